# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the node's disks have room for a restore. Pure.

A recover unpacks the archive into the storage folder. The safety snapshot, and the copy that a file or an upload makes,
lie in the snapshots folder. The two folders may be on one disk or on two, and be seen from here or not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from .._base.plan import Refusal, human_bytes
from .task import REPLACE, Task
from .values import RestoreFacts, RestoreOptions

WAL_BYTES = 64 << 20  # what Qdrant wants free for the write-ahead log of each shard; below it every write fails
IN_FLIGHT = 256 << 20


@dataclasses.dataclass(frozen=True)
class Need:
    """Bytes needed during the restore in the storage folder and in the snapshots folder."""

    storage: int = 0
    snapshots: int = 0


def need(tasks: Sequence[Task]) -> Need:
    """What is kept of each collection adds up. What is let go of again counts once, for the largest: others are brought
    back beside it only as far as there is room (``in_flight``)."""
    kept, passing = _kept(tasks), _passing(tasks)
    return Need(kept.storage + passing.storage, kept.snapshots + passing.snapshots)


def in_flight(facts: RestoreFacts, options: RestoreOptions, tasks: Sequence[Task]) -> int:
    """Bytes of archives that may be unpacked side by side. One that is larger goes alone."""
    kept = _kept(tasks)
    spare = [free - wanted - options.min_free for free, wanted, dummy in _disks(facts, kept)]
    # An archive may need its size twice: the copy that is handed over, and what is unpacked.
    return max(0, min([IN_FLIGHT, *(room // 2 for room in spare)]))


def _kept(tasks: Sequence[Task]) -> Need:
    tasks = [task for task in tasks if task.restores]
    storage = sum(task.source.bytes + WAL_BYTES * task.shards for task in tasks)
    safety = [t.source.bytes for t in tasks if _takes_safety(t)]
    return Need(storage, sum(safety))


def _takes_safety(task: Task) -> bool:
    dropped = task.switching is not None and task.switching.drops
    return task.recipe == REPLACE or dropped or bool(task.target.begun and task.target.count)


def _passing(tasks: Sequence[Task]) -> Need:
    tasks = [task for task in tasks if task.restores]
    segments = [t.source.bytes if t.source.largest_segment is None else t.source.largest_segment for t in tasks]
    copies = [t.source.bytes for t in tasks if t.ways[:1] in (("file",), ("upload",))]
    return Need(max(segments, default=0), max(copies, default=0))


def space_refusals(facts: RestoreFacts, options: RestoreOptions, tasks: Sequence[Task]) -> Iterator[Refusal]:
    """A disk that would be too full. Where only one folder is seen, its disk is taken for both."""
    if not any(task.restores for task in tasks):
        return
    wanted = need(tasks)
    for free, bytes_, where in _disks(facts, wanted):
        if free - bytes_ < options.min_free:
            yield Refusal(
                "no_space",
                f"{human_bytes(free)} are free{where}; the restore needs about {human_bytes(bytes_)} and "
                f"{human_bytes(options.min_free)} must stay free (Qdrant refuses every write on a full disk).",
                "Free some space, or lower min_free.",
            )


def _disks(facts: RestoreFacts, wanted: Need) -> list[tuple[int, int, str]]:
    seen = [free for free in (facts.storage_free_bytes, facts.free_bytes) if free is not None]
    if facts.free_bytes is not None and facts.storage_free_bytes is not None and not facts.one_disk:
        return [
            (facts.storage_free_bytes, wanted.storage, " in the storage folder"),
            (facts.free_bytes, wanted.snapshots, " in the snapshots folder"),
        ]
    return [(min(seen), wanted.storage + wanted.snapshots, "")] if seen else []


def space_warnings(facts: RestoreFacts, tasks: Sequence[Task], wanted: Need) -> Iterator[str]:
    """The disks that could not be checked. Those of a cluster's nodes are in ``_fleet``."""
    if not any(task.restores and not task.by_shard for task in tasks):
        return
    if facts.free_bytes is None and facts.storage_free_bytes is None:
        yield (
            "Free space of the node's disk could not be checked (snapshots_dir, storage_dir): the restore needs about "
            f"{human_bytes(wanted.storage + wanted.snapshots)}."
        )
    elif facts.storage_free_bytes is None:
        yield (
            "Free space in the node's storage folder could not be checked (storage_dir): where it is on another disk "
            f"than the snapshots, about {human_bytes(wanted.storage)} must be free there."
        )
