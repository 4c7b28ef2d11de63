# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's side of one collection: probe, snapshot, probe again. In the main thread, one collection at a time."""

from __future__ import annotations

import dataclasses
import datetime
import time
from typing import Any

from .._base.clock import now
from .._base.host import free_bytes
from .._base.plan import human_bytes
from .._proof.probe import Draft, note, settle
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.names import can_be_snapshotted, parse_snapshot_name
from .._qdrant.scope import Scope
from .._qdrant.values import Collection, ShardView, Snapshot
from .errors import CollectionFailed, best_effort
from .options import BackupOptions
from .plan import TOO_LONG
from .reuse import fingerprint
from .values import CollectionFacts, Item
from .watch import Stages, Watch

# Recall needs up to 32 exact scans, each of them the node's time; it is bounded so that it never outlasts the upload.
RECALL_SECONDS = 0.3
_NO_PROBE = "no probe was noted"
_NOT_COUNTED = "the points were not counted"


@dataclasses.dataclass(frozen=True)
class Begun:
    """A snapshot that was just made, with what was seen before it. counted: exact count, where no probe was drafted."""

    item: Item
    facts: CollectionFacts
    snapshot: Snapshot
    draft: Draft | None
    counted: int | None
    warnings: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Noted:
    """What was seen after it. about: None where the node does not describe the collection (its archive does); probe:
    for the manifest, empty where none could be noted; before, after: None where nobody counted; fingerprint: of the
    node's segments, "" where it does not tell them."""

    shards: ShardView
    about: Collection | None
    probe: dict[str, Any]
    before: int | None
    after: int | None
    quiet: bool
    warnings: tuple[str, ...] = ()
    fingerprint: str = ""


def begin(
    node: Node, facts: CollectionFacts, item: Item, options: BackupOptions, watch: Watch, stages: Stages
) -> Begun:
    """Draft the probe, create the snapshot. QdrantError or CollectionFailed: the collection is not in the backup.

    Probe and counts are for later proofs; that they cannot be had is no reason to have no snapshot.
    """
    warnings: list[str] = []
    draft: Draft | None = None
    counted: int | None = None

    def drafted() -> Draft:
        return note(node, item.name, query_limit=options.probe_query_limit, full=options.probe == "full")

    watch.tell("probe", item.name)
    with stages("probe"):
        if options.probe != "none":
            draft = best_effort(node, drafted, _NO_PROBE, warnings)
        if draft is None:
            counted = best_effort(node, lambda: node.count(item.name), _NOT_COUNTED, warnings)
    _check_room(item, options)
    _keep_apart(item.newest_local)
    watch.tell("snapshot", item.name)
    with stages("snapshot"):
        try:
            snapshot = node.create_snapshot(Scope.collection(item.name))
        except QdrantError as error:
            if can_be_snapshotted(item.name):
                raise
            raise CollectionFailed(item.name, error.said, TOO_LONG) from None
    _same_name(item.name, snapshot.name)
    if snapshot.checksum is None:
        warnings.append("the node gave no checksum of the snapshot; the hash noted is of the bytes that were read")
    return Begun(item, facts, snapshot, draft, counted, tuple(warnings))


def settle_all(node: Node, begun: Begun, watch: Watch, stages: Stages) -> Noted:
    """Ask again right after the snapshot. CollectionFailed when a restore began meanwhile: the archive may be mixed."""
    name = begun.item.name
    watch.tell("settle", name)
    warnings: list[str] = []
    probe: dict[str, Any] = {}
    with stages("settle"):
        best_effort(node, lambda: _no_recover(node, name), "whether a restore ran meanwhile is not known", warnings)
        if name in node.aliases():
            raise CollectionFailed(name, "it was dropped, and its name is an alias now", "Back up again.")
        shards = best_effort(node, lambda: node.shards(name), "its shards are noted as before the snapshot", warnings)
        about = best_effort(node, lambda: node.collection(name), "its configuration is the archive's own", warnings)
        before = begun.draft.count if begun.draft is not None else begun.counted
        after: int | None = None
        if begun.draft is not None:
            draft = begun.draft
            settled = best_effort(
                node, lambda: settle(node, name, draft, recall_seconds=RECALL_SECONDS), _NO_PROBE, warnings
            )
            probe = settled or {}
            after = int(probe["counts"]["after"]) if probe else None
        if after is None and before is not None:
            after = best_effort(node, lambda: node.count(name), _NOT_COUNTED, warnings)
        shards = shards or begun.facts.shards
        if shards is None:
            raise CollectionFailed(name, "the node does not tell its shards", "Back up again.")
    quiet = bool(probe and probe["counts"]["quiet"])
    if not probe:
        warnings.append("no probes: only the hash of the archive can be proven")
    elif probe.get("busy"):
        warnings.append("too busy to probe: most sampled points changed while the snapshot was taken")
    return Noted(shards, about, probe, before, after, quiet, tuple(warnings), fingerprint_of(node, name, shards))


def fingerprint_of(node: Node, name: str, shards: ShardView | None) -> str:
    """The segments' fingerprint, "" also where the node is too slow to tell: it only saves an upload."""
    return best_effort(node, lambda: fingerprint(node, name, shards), "", []) or ""


def _same_name(wanted: str, file: str) -> None:
    """Through an alias the server answers with its target's snapshot, and says so only in the file's name."""
    parsed = parse_snapshot_name(file)
    if parsed is not None and parsed.kind == "collection" and parsed.collection != wanted:
        raise CollectionFailed(
            wanted, f"the node made a snapshot of {parsed.collection}: the name became an alias of it", "Back up again."
        )


def _no_recover(node: Node, name: str) -> None:
    if node.recoveries_running(name):
        raise CollectionFailed(
            name,
            "a restore of it ran while the snapshot was taken, so the archive may hold a mixture",
            "Back it up again when the restore has ended.",
        )


def _check_room(item: Item, options: BackupOptions) -> None:
    """The plan has judged the space, but by a guess, for all snapshots at once, and some time ago."""
    free = free_bytes(options.snapshots_dir)
    if free is None or free - (item.expected or 0) >= options.min_free:
        return
    raise CollectionFailed(
        item.name,
        f"its snapshot needs about {human_bytes(item.expected or 0)}, {human_bytes(free)} are free where snapshots are "
        f"kept, and {human_bytes(options.min_free)} must stay free",
        "Free some space, lower keep_local, or lower min_free.",
    )


def _keep_apart(newest_local: str) -> None:
    """Two creates of one collection within one second would get one name: wait for the next second of the clock."""
    parsed = parse_snapshot_name(newest_local) if newest_local else None
    if parsed is None:
        return
    try:
        made = datetime.datetime.strptime(parsed.time, "%Y-%m-%d-%H-%M-%S").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return
    if abs((now() - made).total_seconds()) < 1:
        time.sleep(1.05 - time.time() % 1)
