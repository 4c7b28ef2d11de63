# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Room for new snapshots: what is missing, and which old ones may go for it.

Rotation comes after a commit. On a disk that is too small for what ``keep_local`` asks for no run would ever get that
far, so old snapshots that the repository holds go first there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .._base.plan import Refusal, human_bytes
from .._qdrant.names import parse_snapshot_name
from .._qdrant.values import Snapshot
from .._retention.local import LocalSnapshot, is_committed, newest_first
from .options import BackupOptions
from .values import Item, NodeFacts, RepositoryFacts, Spare


def missing(options: BackupOptions, node: NodeFacts, items: Iterable[Item]) -> int:
    """Bytes that are missing for the snapshots of these items; 0 where there is enough, or nothing tells."""
    expected = [item.expected or 0 for item in items]
    if node.free is None or not expected:
        return 0
    return max(0, options.min_free + sum(expected) - node.free)


def spares(node: NodeFacts, repository: RepositoryFacts | None) -> list[Spare]:
    """Local snapshots that may go, oldest first: never the newest of a collection, one that an open restore counts on,
    or one that no manifest names (before the repository was looked at: any, it is not known better)."""
    kept = {intent.safety_snapshot for intent in node.intents}
    known = repository.local if repository is not None else None
    found: list[tuple[str, Spare]] = []
    for name, facts in node.collections.items():
        for snapshot in newest_first(local_snapshot(one) for one in facts.local)[1:]:
            if snapshot.name in kept or (known is not None and not is_committed(snapshot, known.get(name, ()))):
                continue
            found.append((snapshot.time, Spare(name, snapshot.name, snapshot.bytes)))
    return [spare for dummy, spare in sorted(found, key=lambda one: (one[0], one[1].collection, one[1].snapshot))]


def chosen_spares(found: Sequence[Spare], lack: int, expected: int = 0) -> tuple[Spare, ...]:
    """As many of them, from the first, as make room for ``lack`` bytes; none where all of them are too few.

    expected: bytes of all snapshots to come, a guess from the last ones; where there are spares for it, a quarter more
    is made room for, because data grows.
    """
    taken: list[Spare] = []
    for spare in found:
        if sum(one.bytes for one in taken) >= lack + expected // 4:
            break
        taken.append(spare)
    return tuple(taken) if sum(one.bytes for one in taken) >= lack else ()


def refusal(options: BackupOptions, node: NodeFacts, items: Iterable[Item], found: Sequence[Spare]) -> Refusal:
    """Why there is no way to make the snapshots."""
    need = human_bytes(sum(item.expected or 0 for item in items))
    spare = human_bytes(sum(one.bytes for one in found))
    return Refusal(
        "min_free",
        f"The snapshots need about {need}, {human_bytes(node.free or 0)} are free where they are kept, older ones that "
        f"are in the repository would give {spare}, and {human_bytes(options.min_free)} must stay free: a full disk "
        "makes Qdrant refuse every write.",
        "Free some space, lower keep_local, or lower min_free.",
    )


def local_snapshot(snapshot: Snapshot) -> LocalSnapshot:
    """A listed snapshot as retention wants it."""
    return LocalSnapshot(snapshot.name, snapshot_time(snapshot), snapshot.size, snapshot.checksum)


def snapshot_time(snapshot: Snapshot) -> str:
    """``YYYY-MM-DD-HH-MM-SS``, "" where nothing tells."""
    parsed = parse_snapshot_name(snapshot.name)
    if parsed:
        return parsed.time
    return (snapshot.creation_time or "").replace("T", "-").replace(":", "-")
