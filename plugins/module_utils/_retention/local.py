# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which snapshots on a node may be deleted. Pure: a list in, names out. Snapshots that are not in the repository
stay."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from .._base.errors import UsageError
from .._qdrant.names import parse_snapshot_name
from .._qdrant.scope import Scope
from .._qdrant.values import Snapshot
from .._repository.manifest import CollectionEntry
from .._repository.parts import SHARD


@dataclasses.dataclass(frozen=True)
class LocalSnapshot:
    """A snapshot that the node lists."""

    name: str
    time: str = ""  #: any text that sorts by time, "" if unknown (counts as oldest)
    bytes: int = 0
    sha256: str | None = None  #: hex, None if the node has none


def local_snapshot(snapshot: Snapshot) -> LocalSnapshot:
    """A snapshot as the node lists it."""
    return LocalSnapshot(snapshot.name, snapshot_time(snapshot), snapshot.size, snapshot.checksum)


def snapshot_time(snapshot: Snapshot) -> str:
    """``YYYY-MM-DD-HH-MM-SS``, "" if unknown."""
    parsed = parse_snapshot_name(snapshot.name)
    if parsed:
        return parsed.time
    return (snapshot.creation_time or "").replace("T", "-").replace(":", "-")


def scope_of(entry: CollectionEntry) -> Scope:
    """Where a node has the snapshots of an entry: with the collection, or with one of its shards."""
    return Scope.shard(entry.name, entry.shards.captured[0]) if entry.kind == SHARD else Scope.collection(entry.name)


def gone(scope: Scope) -> tuple[str, ...]:
    """Kinds of errors by which a node says that it has no such collection, or not this shard of it."""
    return ("not_found", "bad_request") if scope.kind == "shard" else ("not_found",)


@dataclasses.dataclass(frozen=True)
class CommittedSnapshot:
    """A snapshot that a manifest of this node names."""

    name: str
    sha256: str | None = None  #: None if the manifest does not hold it


@dataclasses.dataclass(frozen=True)
class LocalPlan:
    """The decision about the snapshots of one collection."""

    delete: tuple[str, ...] = ()  #: names, oldest first
    keep: tuple[tuple[str, str], ...] = ()  #: (name, reason), newest first
    uncommitted: tuple[str, ...] = ()  #: names beyond ``keep`` that stay because no manifest names them


def newest_first(snapshots: Iterable[LocalSnapshot]) -> list[LocalSnapshot]:
    """The same snapshots, newest first; equal times by name."""
    return sorted(snapshots, key=lambda snapshot: (snapshot.time, snapshot.name), reverse=True)


def beyond(snapshots: Iterable[LocalSnapshot], keep: int) -> list[LocalSnapshot]:
    """The candidates for rotation: all but the ``keep`` newest, newest first."""
    if keep < 0:
        raise UsageError(f"keep_local is {keep}", "Set keep_local to a number of snapshots, 0 for none.")
    return newest_first(snapshots)[keep:]


def plan_local(snapshots: Iterable[LocalSnapshot], committed: Iterable[CommittedSnapshot], keep: int) -> LocalPlan:
    """Keep the ``keep`` newest snapshots of one collection, and delete those of the others that the repository has.

    ``keep`` 0 deletes all that are committed. UsageError for a negative number.
    """
    known = tuple(committed)
    snapshots = newest_first(snapshots)
    candidates = {snapshot.name for snapshot in beyond(snapshots, keep)}
    delete: list[str] = []
    kept: list[tuple[str, str]] = []
    uncommitted: list[str] = []
    for snapshot in snapshots:
        if snapshot.name not in candidates:
            kept.append((snapshot.name, f"one of the {keep} newest"))
        elif is_committed(snapshot, known):
            delete.append(snapshot.name)
        else:
            kept.append((snapshot.name, "not known to be in the repository"))
            uncommitted.append(snapshot.name)
    return LocalPlan(tuple(reversed(delete)), tuple(kept), tuple(uncommitted))


def is_committed(snapshot: LocalSnapshot, committed: Iterable[CommittedSnapshot]) -> bool:
    """Whether a manifest names this snapshot: by checksum if both sides have one, else by name.

    Two snapshots of one second have the same name, so a different checksum overrides an equal name.
    """
    for other in committed:
        if snapshot.sha256 and other.sha256:
            if snapshot.sha256.lower() == other.sha256.lower():
                return True
        elif snapshot.name == other.name:
            return True
    return False


def committed_snapshot(entry: CollectionEntry) -> CommittedSnapshot:
    """The snapshot of an entry. After a copy in the store, its hash differs from the archive's."""
    snapshot = entry.extra.get("snapshot")
    if isinstance(snapshot, dict) and snapshot.get("name"):
        return CommittedSnapshot(str(snapshot["name"]), snapshot.get("sha256"))
    return CommittedSnapshot(entry.archive.key.rsplit("/", 1)[-1], entry.archive.sha256)
