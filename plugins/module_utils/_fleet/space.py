# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each node of a cluster needs on its disk. Pure.

Nothing is compared with it: Qdrant's API tells the size of a node's disk at most, never what is free.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._base.plan import human_bytes
from .._restore.overview import WAL_BYTES
from .._restore.task import REPLACE
from .task import ShardedTask
from .values import FleetFacts


def most_on_a_node(facts: FleetFacts, tasks: Sequence[ShardedTask]) -> int:
    """Bytes that the node with the most shards needs. Shards of a new collection are taken for evenly spread."""
    kept = dict.fromkeys((member.name for member in facts.members), 0)
    largest = spread = 0
    for task in tasks:
        for one in task.handed:
            size = one.archive.bytes * (2 if task.recipe == REPLACE else 1) + WAL_BYTES  # with the safety snapshot
            largest = max(largest, one.archive.bytes)
            for node in one.holders:
                kept[node] = kept.get(node, 0) + size
            spread += 0 if one.holders else size * task.copies
    return max(kept.values(), default=0) + spread // max(1, len(facts.members)) + largest


def space_warnings(facts: FleetFacts, tasks: Sequence[ShardedTask]) -> Iterator[str]:
    """What has to be free, because it cannot be checked."""
    wanted = most_on_a_node(facts, tasks)
    if wanted > 0:
        yield (
            f"Free space on the nodes cannot be checked, because Qdrant's API does not tell it: about "
            f"{human_bytes(wanted)} must be free on each node's disk."
        )
