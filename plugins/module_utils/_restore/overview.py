# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan at a glance: what a restore reads, needs and costs, whether there is room, and the target before and after it.
Pure.

A recover unpacks the archive into the storage folder. The safety snapshot, and the copy that a file or an upload makes,
lie in the snapshots folder. The two folders may be on one disk or on two, and be seen from here or not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from .._base.clock import parse_utc
from .._base.counted import points
from .._base.plan import Refusal, human_bytes
from .task import KEEP, REPAIR, REPLACE, Switching, Task
from .values import RestoreFacts, RestoreOptions, Source

WAL_BYTES = 64 << 20  # what Qdrant wants free for the write-ahead log of each shard; below it every write fails
IN_FLIGHT = 256 << 20


@dataclasses.dataclass(frozen=True)
class Need:
    """Bytes needed during the restore in the storage folder and in the snapshots folder."""

    storage: int = 0
    snapshots: int = 0


@dataclasses.dataclass(frozen=True)
class Overview:
    """A plan at a glance."""

    need: Need
    age: float | None  #: seconds since the oldest of the backups began, None if it is not known
    room: int  #: bytes of archives that may be unpacked side by side
    summary: dict[str, Any]  #: JSON-able: what is read, needed and lost
    diff: dict[str, str]  #: the target before and after it, as text


def overview(facts: RestoreFacts, options: RestoreOptions, tasks: Sequence[Task]) -> Overview:
    """What the restore reads, needs and costs, computed once for the plan and its warnings."""
    made = [parse_utc(task.source.made_at) for task in tasks if task.restores and task.source.made_at]
    age = (parse_utc(facts.now) - min(made)).total_seconds() if made and facts.now else None
    wanted = need(tasks)
    told = _summary(facts, options, tasks, wanted, age)
    return Overview(wanted, age, in_flight(facts, options, tasks), told, _diff(tasks))


def need(tasks: Sequence[Task]) -> Need:
    """What is kept of each collection adds up. What is let go of again counts once, for the largest: others are brought
    back beside it only as far as there is room (``in_flight``)."""
    kept, passing = _needed_to_keep(tasks), _passing(tasks)
    return Need(kept.storage + passing.storage, kept.snapshots + passing.snapshots)


def in_flight(facts: RestoreFacts, options: RestoreOptions, tasks: Sequence[Task]) -> int:
    """Bytes of archives that may be unpacked side by side. One that is larger goes alone."""
    kept = _needed_to_keep(tasks)
    spare = [free - wanted - options.min_free for free, wanted, dummy in _disks(facts, kept)]
    # An archive may need its size twice: the copy that is handed over, and what is unpacked.
    return max(0, min([IN_FLIGHT, *(room // 2 for room in spare)]))


def _needed_to_keep(tasks: Sequence[Task]) -> Need:
    tasks = [task for task in tasks if task.restores]
    storage = sum(task.source.bytes + WAL_BYTES * task.shards for task in tasks)
    safety = [t.source.bytes for t in tasks if _takes_safety(t)]
    return Need(storage, sum(safety))


def _takes_safety(task: Task) -> bool:
    dropped = task.switching is not None and task.switching.drops
    return task.recipe == REPLACE or dropped or (task.target.begun and task.target.may_hold_points)


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


def _summary(
    facts: RestoreFacts, options: RestoreOptions, tasks: Sequence[Task], wanted: Need, age: float | None
) -> dict[str, Any]:
    """JSON-able: what is read, from which storage class; space; versions; the backup's grade and age; what exists and
    would be lost; the seconds expected. None: not known."""
    sources = [task.source for task in tasks if task.restores]
    size = sum(source.bytes for source in sources)
    measured = facts.measured
    seconds = round(measured.seconds_for(size), 1) if measured is not None else None
    return {
        "archives": sum(task.archives for task in tasks),
        "bytes": size,
        "storage_classes": _classes(sources),
        "needed_bytes": wanted.storage + wanted.snapshots if sources else 0,
        "free_bytes": {"storage": facts.storage_free_bytes, "snapshots": facts.free_bytes},
        "versions": {
            "backup": sorted({source.qdrant_version for source in sources if source.qdrant_version}),
            "node": facts.version,
        },
        "backup_id": ", ".join(sorted({source.backup_id for source in sources if source.backup_id})),
        "age_seconds": age,
        "rpo_seconds": options.rpo,
        "grades": {source.collection: source.grade for source in sources if source.kind == "repository"},
        "exists": [found for task in tasks for found in _exists(task)],
        "expected_seconds": seconds,
        "measured": None
        if measured is None
        else {"restores": measured.restores, "bytes": measured.bytes, "seconds": round(measured.seconds, 1)},
    }


def _classes(sources: Sequence[Source]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for source in sources:
        if source.storage_class:
            entry = found.setdefault(source.storage_class, {"archives": 0, "bytes": 0})
            entry["archives"] += 1
            entry["bytes"] += source.bytes
    return found


def _exists(task: Task) -> Iterator[dict[str, Any]]:
    """Collections that clients use now. lost: whether their points are overwritten or are not used any more."""
    old = task.switching.old if task.switching is not None else None
    if old is not None and old.exists and old.name != task.name:
        yield {"name": old.name, "points": old.count, "backup_points": task.source.points, "lost": True}
    if task.target.exists:
        lost = task.restores and not task.leftover and task.recipe != REPAIR  # a warning names the shards of a repair
        points = task.source.points
        yield {"name": task.name, "points": task.target.count, "backup_points": points, "lost": lost}


def _diff(tasks: Sequence[Task]) -> dict[str, str]:
    """{"before": text, "after": text}, as Ansible shows them with --diff: a line for each collection and alias."""
    before = [line for task in tasks for line in (_before(task), *_old(task, task.switching))]
    after = [_after(task) for task in tasks]
    after += [_kept(task.switching) for task in tasks if task.switching is not None and _keeps(task.switching)]
    aliases = [f"alias {alias}: {task.name}" for task in tasks if task.recipe != KEEP for alias in task.missing]
    return {"before": _text(before), "after": _text([*after, *aliases])}


def _before(task: Task) -> str:
    if task.leftover:
        return f"collection {task.name}: incomplete, from a restore that did not end"
    if not task.target.exists:
        return f"collection {task.name}: does not exist"
    return f"collection {task.name}: {points(task.target.count)}"


def _old(task: Task, switching: Switching | None) -> list[str]:
    """What clients use before a switch."""
    if switching is None or not switching.old.exists:
        return []
    old = switching.old
    return [_kept(switching), *(f"alias {alias}: {old.name}" for alias in old.aliases if alias in task.missing)]


def _kept(switching: Switching) -> str:
    return f"collection {switching.old.name}: {points(switching.old.count)}"


def _keeps(switching: Switching) -> bool:
    return switching.old.exists and not switching.drops


def _after(task: Task) -> str:
    if not task.restores:
        return _before(task)
    source = task.source
    where = f"backup {source.backup_id} of {source.node}" if source.backup_id else f"{source.kind} {source.collection}"
    size = human_bytes(source.bytes) if source.sized else "size unknown"
    safety = "; the state before is kept in a safety snapshot" if task.recipe == REPLACE else ""
    return f"collection {task.name}: {points(source.points)}, from {where} ({size}){safety}"


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
