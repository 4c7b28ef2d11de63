# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disk space for new snapshots: the lack, and old snapshots that may be deleted for it.

Rotation runs after a commit. On a disk that is too small for ``keep_local``, no run would get that far, so old
snapshots that are in the repository are deleted first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .._base.plan import Refusal, human_bytes
from .._retention.local import is_committed, local_snapshot, newest_first
from .options import BackupOptions
from .values import Item, NodeFacts, RepositoryFacts, Spare


def missing(options: BackupOptions, node: NodeFacts, items: Iterable[Item]) -> int:
    """Missing bytes for the snapshots of these items; 0 if there is enough, or if it is unknown."""
    expected = [item.expected or 0 for item in items]
    if node.free is None or not expected:
        return 0
    return max(0, options.min_free + sum(expected) - node.free)


def spares(node: NodeFacts, repository: RepositoryFacts | None) -> list[Spare]:
    """Local snapshots that may be deleted, oldest first: never the newest of a collection, one that an open restore
    needs, or one that no manifest names (before the repository is read: any)."""
    kept = {intent.safety_snapshot for intent in node.intents}
    known = repository.local if repository is not None else None
    found: list[tuple[str, Spare]] = []
    for scope, local in (pair for facts in node.collections.values() for pair in facts.snapshots()):
        for snapshot in newest_first(local_snapshot(one) for one in local)[1:]:
            if snapshot.name in kept or (known is not None and not is_committed(snapshot, known.get(scope, ()))):
                continue
            found.append((snapshot.time, Spare(scope, snapshot.name, snapshot.bytes)))
    return [spare for dummy, spare in sorted(found, key=lambda one: (one[0], one[1].collection, one[1].snapshot))]


def chosen_spares(found: Sequence[Spare], lack: int, expected: int = 0) -> tuple[Spare, ...]:
    """The first of them that free ``lack`` bytes; none if all of them are too few.

    expected: estimated bytes of all new snapshots; if possible, a quarter more is freed, because data grows.
    """
    taken: list[Spare] = []
    for spare in found:
        if sum(one.bytes for one in taken) >= lack + expected // 4:
            break
        taken.append(spare)
    return tuple(taken) if sum(one.bytes for one in taken) >= lack else ()


def refusal(options: BackupOptions, node: NodeFacts, items: Iterable[Item], found: Sequence[Spare]) -> Refusal:
    """The refusal if there is not enough space."""
    need = human_bytes(sum(item.expected or 0 for item in items))
    spare = human_bytes(sum(one.bytes for one in found))
    return Refusal(
        "min_free",
        f"The snapshots need about {need}, {human_bytes(node.free or 0)} are free in their folder, older ones that "
        f"are in the repository would free {spare}, and {human_bytes(options.min_free)} must stay free: a full disk "
        "makes Qdrant refuse every write.",
        "Free some space, lower keep_local, or lower min_free.",
    )
