# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backs up one collection on the node: probe, snapshot, probe again."""

from __future__ import annotations

import dataclasses
import datetime
import time
from typing import Any

from .._base.clock import now
from .._base.host import free_bytes
from .._base.plan import human_bytes
from .._base.stages import Stages
from .._proof.probe import Draft, note, settle
from .._proof.view import Segments, View, fingerprint, segments_of
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.names import can_be_snapshotted, parse_snapshot_name
from .._qdrant.scope import Scope
from .._qdrant.values import Collection, ShardView, Snapshot
from .._repository.parts import SHARD, part_name
from .errors import CollectionFailed, best_effort
from .options import BackupOptions
from .plan import TOO_LONG
from .values import CollectionFacts, Item, Prior
from .watch import Watch

# Recall needs up to 32 exact scans on the node; it is limited so that it never lasts longer than the upload.
RECALL_SECONDS = 0.3
_NO_PROBE = "no probe was recorded"
_NOT_COUNTED = "the points were not counted"


@dataclasses.dataclass(frozen=True)
class Before:
    """The facts of a collection just before its snapshot. segments: None if the node does not report them; carried: its
    newest backup if nothing has changed since: then that probe applies to this snapshot too."""

    facts: CollectionFacts
    segments: Segments | None
    carried: Prior | None = None

    @property
    def fingerprint(self) -> str:
        """Of the segments, "" if unknown."""
        return fingerprint(self.segments)

    def fingerprint_of(self, shard: int | None) -> str:
        """Of one shard's segments, or of all."""
        return self.fingerprint if shard is None else shard_fingerprint(self.segments, shard)


@dataclasses.dataclass(frozen=True)
class Drafted:
    """The facts right before the snapshots of a collection. counted: exact count, if no probe was drafted."""

    draft: Draft | None
    counted: int | None
    warnings: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Begun:
    """A new snapshot, with the facts from before. shard: the shard that it is of, None for the collection; counted:
    exact count, if no probe was drafted."""

    item: Item
    before: Before
    snapshot: Snapshot
    draft: Draft | None
    counted: int | None
    warnings: tuple[str, ...] = ()
    shard: int | None = None

    @property
    def scope(self) -> Scope:
        """Its place on the node."""
        return scope_of(self.item.name, self.shard)

    @property
    def part(self) -> str:
        """The name of its archive in the backup."""
        return part_of(self.item.name, self.shard)


@dataclasses.dataclass(frozen=True)
class Noted:
    """The facts from after it. about: None if the node does not describe the collection (its archive does); probe: for
    the manifest, empty if none could be recorded; before, after: None if not counted; fingerprint: of the node's
    segments, "" if it does not report them; segments: the same, None if it does not report them."""

    shards: ShardView
    about: Collection | None
    probe: dict[str, Any]
    before: int | None
    after: int | None
    quiet: bool
    warnings: tuple[str, ...] = ()
    fingerprint: str = ""
    segments: Segments | None = None

    def fingerprint_of(self, shard: int | None) -> str:
        """Of one shard's segments, or of all."""
        return self.fingerprint if shard is None else shard_fingerprint(self.segments, shard)


def scope_of(collection: str, shard: int | None) -> Scope:
    """The place of snapshots of a collection or of one of its shards."""
    return Scope.collection(collection) if shard is None else Scope.shard(collection, shard)


def part_of(collection: str, shard: int | None) -> str:
    """The name of an archive in the backup (``part_name``)."""
    return collection if shard is None else part_name(collection, SHARD, (shard,))


def shard_fingerprint(segments: Segments | None, shard: int) -> str:
    """``fingerprint`` of one shard; "" if the node does not report its segments."""
    found = (segments or {}).get(shard)
    return fingerprint({shard: found}) if found else ""


def look_before(node: Node, facts: CollectionFacts) -> Before:
    """The current segments. They only save an upload, so an error is ignored."""
    return Before(facts, _segments(node, facts.name, facts.shards))


def begin(
    node: Node,
    before: Before,
    item: Item,
    options: BackupOptions,
    watch: Watch,
    stages: Stages,
    *,
    hashed: bool = True,
) -> Begun:
    """Draft the probe, create the snapshot. QdrantError or CollectionFailed: the collection is not in the backup.
    hashed: the node is one that reports checksums of its snapshots."""
    drafted = draft_of(node, before, item, options, watch, stages)
    return snapshot_of(node, before, item, None, drafted, watch, stages, hashed=hashed, newest_local=item.newest_local)


def draft_of(node: Node, before: Before, item: Item, options: BackupOptions, watch: Watch, stages: Stages) -> Drafted:
    """Draft the probe, or count. Both are for later proofs: without them, the snapshot is still created."""
    warnings: list[str] = []
    draft: Draft | None = None
    counted: int | None = None

    def drafted() -> Draft:
        view = _view(node, before)
        return note(node, item.name, query_limit=options.probe_query_limit, full=options.probe == "full", view=view)

    watch.tell("probe", item.name)
    with stages("probe"):
        if options.probe != "none" and before.carried is None:
            draft = best_effort(node, drafted, _NO_PROBE, warnings)
        if draft is None and before.carried is None:
            counted = best_effort(node, lambda: node.count(item.name), _NOT_COUNTED, warnings)
    return Drafted(draft, counted, tuple(warnings))


def snapshot_of(
    node: Node,
    before: Before,
    item: Item,
    shard: int | None,
    drafted: Drafted,
    watch: Watch,
    stages: Stages,
    *,
    hashed: bool,
    newest_local: str,
) -> Begun:
    """Create the snapshot of a collection or of one shard. newest_local: the newest one there, or ""."""
    warnings = list(drafted.warnings)
    _keep_apart(newest_local)
    watch.tell("snapshot", part_of(item.name, shard))
    with stages("snapshot"):
        try:
            snapshot = node.create_snapshot(scope_of(item.name, shard))
        except QdrantError as error:
            if can_be_snapshotted(item.name):
                raise
            raise CollectionFailed(item.name, error.said, TOO_LONG) from None
    _same_name(item.name, snapshot.name)
    if snapshot.checksum is None and hashed:
        warnings.append(
            "the node reported no checksum of the snapshot; the recorded hash is of the bytes that were read"
        )
    return Begun(item, before, snapshot, drafted.draft, drafted.counted, tuple(warnings), shard)


def settle_all(node: Node, begun: Begun, watch: Watch, stages: Stages) -> Noted:
    """Probe again right after the snapshot."""
    watch.tell("settle", begun.item.name)
    with stages("settle"):
        return _carried(begun, begun.before.carried) if begun.before.carried else _settle(node, begun)


def _carried(begun: Begun, prior: Prior) -> Noted:
    """The probe of the archive that this one equals; ``finish`` checks this."""
    facts, points = begun.before.facts, prior.entry.points
    if facts.shards is None:
        raise CollectionFailed(begun.item.name, "the node does not report its shards", "Back up again.")
    return Noted(
        facts.shards,
        facts.info,
        prior.entry.probe,
        points.before,
        points.after,
        points.quiet,
        fingerprint=begun.before.fingerprint,
    )


def _settle(node: Node, begun: Begun) -> Noted:
    name, facts = begun.item.name, begun.before.facts
    warnings: list[str] = []
    probe: dict[str, Any] = {}
    shards = best_effort(node, lambda: node.shards(name), "its shards are recorded as before the snapshot", warnings)
    otherwise = (
        "its configuration is taken from the archive" if begun.shard is None else "the node does not describe it"
    )
    about = best_effort(node, lambda: node.collection(name), otherwise, warnings)
    segments = _segments(node, name, shards or facts.shards)
    view = View(about, shards, segments) if about and shards and segments is not None else None
    before = begun.draft.count if begun.draft is not None else begun.counted
    after: int | None = None
    if begun.draft is not None:
        draft = begun.draft
        settled = best_effort(
            node, lambda: settle(node, name, draft, recall_seconds=RECALL_SECONDS, view=view), _NO_PROBE, warnings
        )
        probe = settled or {}
        after = int(probe["counts"]["after"]) if probe else None
    if after is None and before is not None:
        after = best_effort(node, lambda: node.count(name), _NOT_COUNTED, warnings)
    shards = shards or facts.shards
    if shards is None:
        raise CollectionFailed(name, "the node does not report its shards", "Back up again.")
    quiet = bool(probe and probe["counts"]["quiet"])
    if not probe:
        warnings.append("no probes: only the hash of the archive can be proven")
    elif probe.get("busy"):
        warnings.append("too busy to probe: most sampled points changed during the snapshot")
    return Noted(shards, about, probe, before, after, quiet, tuple(warnings), fingerprint(segments), segments)


def _view(node: Node, before: Before) -> View | None:
    """The collection as it was at the start, if that is enough for a probe. Only payload indexes and queued updates
    must be current; the rest is needed only for the requests."""
    facts = before.facts
    if facts.info is None or facts.shards is None or before.segments is None:
        return None
    if facts.info.payload_schema or facts.info.update_queue_length:
        return View(node.collection(facts.name), facts.shards, before.segments)
    return View(facts.info, facts.shards, before.segments)


def _segments(node: Node, name: str, shards: ShardView | None) -> Segments | None:
    if shards is None:
        return None
    return best_effort(node, lambda: segments_of(node, name, shards), "", [])


def _same_name(wanted: str, file: str) -> None:
    """For an alias, the server creates a snapshot of its target; only the file's name shows this."""
    parsed = parse_snapshot_name(file)
    if parsed is not None and parsed.kind in ("collection", "shard") and parsed.collection != wanted:
        raise CollectionFailed(
            wanted,
            f"the node created a snapshot of {parsed.collection}: the name became an alias of it",
            "Back up again.",
        )


class Crowded(Exception):
    """There is space for a snapshot, but not together with those that are being created."""


def check_room(item: Item, options: BackupOptions, coming: int = 0) -> None:
    """CollectionFailed if its snapshot would leave too little free space. coming: bytes of others that are being
    created; Crowded if these are the reason.

    The plan has checked the space before, but by an estimate for all snapshots.
    """
    free = free_bytes(options.snapshots_dir)
    left = None if free is None else free - (item.expected or 0) - options.min_free
    if left is None or free is None or left >= coming:
        return
    if left >= 0:
        raise Crowded
    raise CollectionFailed(
        item.name,
        f"its snapshot needs about {human_bytes(item.expected or 0)}, {human_bytes(free)} are free in the snapshots "
        f"folder, and {human_bytes(options.min_free)} must stay free",
        "Free some space, lower keep_local, or lower min_free.",
    )


def _keep_apart(newest_local: str) -> None:
    """Two snapshots of one collection within one second would have one name: wait for the next second."""
    parsed = parse_snapshot_name(newest_local) if newest_local else None
    if parsed is None:
        return
    try:
        made = datetime.datetime.strptime(parsed.time, "%Y-%m-%d-%H-%M-%S").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return
    if abs((now() - made).total_seconds()) < 1:
        time.sleep(1.05 - time.time() % 1)
