# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan at a glance: what a restore reads, needs and costs, and the target before and after it. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from .._base.clock import parse_utc
from .._base.plan import human_bytes
from .space import Need, need
from .task import KEEP, REPAIR, REPLACE, Switching, Task
from .values import RestoreFacts, RestoreOptions, Source


@dataclasses.dataclass(frozen=True)
class Estimate:
    """age: seconds since the oldest of the backups began, None if it is not known."""

    need: Need
    age: float | None = None


def estimate(facts: RestoreFacts, tasks: Sequence[Task]) -> Estimate:
    """What a restore needs, and how old it makes the data: once, for the summary and the warnings."""
    made = [parse_utc(task.source.made_at) for task in tasks if task.restores and task.source.made_at]
    age = (parse_utc(facts.now) - min(made)).total_seconds() if made and facts.now else None
    return Estimate(need(tasks), age)


def summary(facts: RestoreFacts, options: RestoreOptions, tasks: Sequence[Task], estimated: Estimate) -> dict[str, Any]:
    """JSON-able: what is read, from which storage class; space; versions; the backup's grade and age; what exists and
    would be lost; the seconds expected. None: not known."""
    sources = [task.source for task in tasks if task.restores]
    size = sum(source.bytes for source in sources)
    wanted = estimated.need
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
        "age_seconds": estimated.age,
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


def diff_of(tasks: Sequence[Task]) -> dict[str, str]:
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
    return f"collection {task.name}: {_points(task.target.count)}"


def _old(task: Task, switching: Switching | None) -> list[str]:
    """What clients use before a switch."""
    if switching is None or not switching.old.exists:
        return []
    old = switching.old
    return [_kept(switching), *(f"alias {alias}: {old.name}" for alias in old.aliases if alias in task.missing)]


def _kept(switching: Switching) -> str:
    return f"collection {switching.old.name}: {_points(switching.old.count)}"


def _keeps(switching: Switching) -> bool:
    return switching.old.exists and not switching.drops


def _after(task: Task) -> str:
    if not task.restores:
        return _before(task)
    source = task.source
    where = f"backup {source.backup_id} of {source.node}" if source.backup_id else f"{source.kind} {source.collection}"
    size = human_bytes(source.bytes) if source.sized else "size unknown"
    safety = "; the state before is kept in a safety snapshot" if task.recipe == REPLACE else ""
    return f"collection {task.name}: {_points(source.points)}, from {where} ({size}){safety}"


def _points(count: int | None) -> str:
    return "number of points unknown" if count is None else f"{count} points"


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
