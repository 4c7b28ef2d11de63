# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps each kind of restore takes, in order. The plan prints these objects, and these objects are carried out.

A later kind (a rehearsal, one shard) is one more function here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Callable

from .steps.alias import SetAlias
from .steps.base import Step
from .steps.create import CreateWithKeys
from .steps.delete_leftover import DeleteLeftover
from .steps.delete_old import DeleteOld
from .steps.indexes import CompleteIndexes
from .steps.mark_part import MarkPart
from .steps.move_aliases import MoveAliases
from .steps.note import AliasesDone, CloseNote, EndNote, OpenNote, RecordProof
from .steps.note_switch import NoteSwitch
from .steps.prove import Compare, Prove
from .steps.read_archive import ReadArchive
from .steps.ready import WaitUntilReady
from .steps.recover import Recover
from .steps.safety_snapshot import SafetySnapshot
from .steps.store_old import StoreOld
from .task import FINISH, KEEP, NEW, REPLACE, SWITCH, Switching, Task


def steps_of(task: Task) -> tuple[Step, ...]:
    """The steps for one task."""
    return tuple(RECIPES[task.recipe](task))


def new(task: Task) -> Iterator[Step]:
    """Into a free name."""
    if task.leftover:
        if task.target.may_hold_points:
            yield SafetySnapshot(task)
        yield DeleteLeftover(task)
    yield OpenNote(task)
    if task.makes_keys:
        yield CreateWithKeys(task)
    yield Recover(task)
    yield from _proven(task)


def replace(task: Task) -> Iterator[Step]:
    """Over a collection that is there."""
    if task.source.kind == "repository":
        yield ReadArchive(task)
    yield SafetySnapshot(task)
    yield OpenNote(task)
    yield Recover(task)
    if task.source.payload_schema:
        yield CompleteIndexes(task)
    yield from _proven(task)


def _proven(task: Task) -> Iterator[Step]:
    """From recovered to usable."""
    yield WaitUntilReady(task)
    yield Prove(task)
    yield CloseNote(task)
    if task.record:
        yield RecordProof(task)
    yield from _ended(task)


def switch(task: Task) -> Iterator[Step]:
    """Into a name of its own beside what clients use; then their aliases are moved."""
    yield from new(task)


def finish(task: Task) -> Iterator[Step]:
    """What an earlier run restored and proved, before it was ended."""
    yield Prove(task)
    if task.record:
        yield RecordProof(task)
    yield from _ended(task)


def keep(task: Task) -> Iterator[Step]:
    """What exists, and is left alone."""
    yield Compare(task)


def _ended(task: Task) -> Iterator[Step]:
    """What follows when all collections of the run are proven."""
    yield EndNote(task)
    if task.source.elsewhere or task.target.marks or task.target.old_marks:
        yield MarkPart(task)
    if task.switching is not None:
        yield from switched(task, task.switching)
    else:
        for alias in task.missing:
            yield SetAlias(task, alias)
    if task.ends_later:
        yield AliasesDone(task)


def switched(task: Task, switching: Switching) -> Iterator[Step]:
    """From proven to used. Nothing of the old collection is deleted before it is kept in a snapshot that was read."""
    drops = switching.drops and switching.old.exists
    at_once = switching.at_once(task.missing)
    if drops:
        yield StoreOld(task, switching)
    yield NoteSwitch(task, switching)
    if at_once:
        yield MoveAliases(task, switching, at_once)
    if drops:
        yield DeleteOld(task, switching)
    for alias in task.missing:
        if alias not in at_once:
            yield SetAlias(task, alias)


RECIPES: dict[str, Callable[[Task], Iterator[Step]]] = {
    NEW: new,
    REPLACE: replace,
    SWITCH: switch,
    FINISH: finish,
    KEEP: keep,
}
