# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a collection is still what its previous backup has. Pure.

No single fact of a node is enough. By the list of segments with their versions, Qdrant itself decides which files a
replica still needs, but a deletion during an optimization is only in the proxy of a segment
(``ProxySegment.get_segment_manifest`` in Qdrant 1.18): then the exact count is another one. An index that is made then
is in the payload schema.
"""

from __future__ import annotations

from .._base.clock import parse_utc
from .._proof.probe import FORMAT
from .._qdrant.values import ACTIVE, ShardView
from .._repository.manifest import CollectionEntry
from .options import BackupOptions
from .values import CollectionFacts, Prior

_DAY = 86400.0


def same_probe(entry: CollectionEntry, facts: CollectionFacts, kind: str) -> bool:
    """Whether the probe of an earlier entry still tells everything about a collection with the same segments. kind: the
    option ``probe``."""
    if facts.info is None or facts.shards is None or entry.archive.content_digest is None:
        return False
    described = (facts.info.config, facts.info.payload_schema) == (entry.config, entry.payload_schema)
    quiet = entry.points.quiet and entry.points.after is not None and not facts.info.update_queue_length
    noted = entry.probe.get("format") == FORMAT and not entry.probe.get("busy")
    complete = kind == "sample" or (kind == "full" and bool(entry.probe.get("full")))
    return described and quiet and noted and complete and _all_here(facts.shards)


def needs_no_snapshot(facts: CollectionFacts, prior: Prior | None, options: BackupOptions) -> bool:
    """Whether the archive of the previous backup is also that of this one (``reuse_days``): nothing has changed, its
    snapshot is young enough, and still on the node if the node keeps any."""
    if not options.reuse_days or prior is None or facts.info is None or facts.shards is None:
        return False
    entry = prior.entry
    at_rest = facts.info.status == "green" and facts.info.optimizer_status == "ok" and _settled(facts.shards)
    known = bool(facts.fingerprint) and entry.extra.get("fingerprint") == facts.fingerprint
    return (
        at_rest
        and known
        and not entry.suspect
        and facts.counted == entry.points.after
        and same_probe(entry, facts, options.probe)
        and sorted(entry.shards.captured) == sorted(shard.shard_id for shard in facts.shards.local)
        and _is_young(prior, options)
        and (not options.keep_local or _is_on_the_node(facts, entry))
    )


def taken_in(prior: Prior) -> str:
    """The id of the backup that took the snapshot of this entry."""
    return str(prior.entry.extra.get("taken_in") or prior.backup_id)


def _all_here(view: ShardView) -> bool:
    """Whether this node has a replica of every shard. A probe is of the whole collection, and changes of shards on
    other nodes do not show here."""
    return {shard.shard_id for shard in view.remote} <= {shard.shard_id for shard in view.local}


def _settled(view: ShardView) -> bool:
    moving = view.transfers or view.resharding
    return not moving and all(shard.state == ACTIVE for shard in view.local)


def _is_young(prior: Prior, options: BackupOptions) -> bool:
    age = parse_utc(options.backup_id) - parse_utc(taken_in(prior))
    return age.total_seconds() <= options.reuse_days * _DAY


def _is_on_the_node(facts: CollectionFacts, entry: CollectionEntry) -> bool:
    snapshot = entry.extra.get("snapshot")
    name = snapshot.get("name") if isinstance(snapshot, dict) else None
    return any(one.name == name for one in facts.local)
