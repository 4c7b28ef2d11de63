# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as the target before and after it, one line for each collection and alias. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from .._base.counted import points
from .._base.plan import human_bytes
from .task import KEEP, REPLACE, Switching, Task


def diff_of(tasks: Sequence[Task]) -> dict[str, str]:
    """{"before": text, "after": text}, as Ansible shows them with --diff."""
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
