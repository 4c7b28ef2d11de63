# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps each restore of a cluster takes, in order. The plan prints these objects, and they are carried out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Callable

from .._restore.recipes import switched
from .._restore.steps.base import Step
from .._restore.steps.indexes import CompleteIndexes
from .._restore.steps.note import AliasesDone, CloseNote, EndNote
from .._restore.steps.prove import Compare
from .._restore.task import FINISH, KEEP, NEW, REPAIR, REPLACE, SWITCH
from .steps.alias import SetClusterAlias
from .steps.create import CreateEmpty
from .steps.keep_doubt import KeepDoubt
from .steps.open_note import OpenShardsNote
from .steps.prove import ProveCluster, ProveShards
from .steps.read_archives import ReadArchives
from .steps.ready import WaitForTransfers, WaitUntilActive
from .steps.record_proof import RecordProofs
from .steps.recover import RecoverShards
from .steps.safety import SafetySnapshots
from .task import ShardedTask


def steps_of(task: ShardedTask) -> tuple[Step, ...]:
    """The steps for one collection."""
    return tuple(_RECIPES[task.recipe](task))


def _new(task: ShardedTask) -> Iterator[Step]:
    yield OpenShardsNote(task)
    yield CreateEmpty(task)
    yield RecoverShards(task)
    if task.goes_on and task.source.payload_schema:
        yield CompleteIndexes(task)
    yield WaitUntilActive(task)
    yield from _proven(task)


def _replace(task: ShardedTask) -> Iterator[Step]:
    yield ReadArchives(task)
    yield WaitForTransfers(task)
    yield SafetySnapshots(task)
    yield OpenShardsNote(task)
    yield RecoverShards(task)
    if task.source.payload_schema:
        yield CompleteIndexes(task)
    yield WaitUntilActive(task)
    yield from _proven(task)


def _repair(task: ShardedTask) -> Iterator[Step]:
    if not task.handed:
        return
    yield ReadArchives(task)
    yield WaitForTransfers(task)
    yield OpenShardsNote(task)
    yield RecoverShards(task)
    yield WaitUntilActive(task)
    yield ProveShards(task)
    if task.doubts_left:
        yield KeepDoubt(task, task.doubts_left)
    else:
        yield CloseNote(task)
        yield from _ended(task)


def _finish(task: ShardedTask) -> Iterator[Step]:
    yield from _proven(task, close=False)


def _keep(task: ShardedTask) -> Iterator[Step]:
    yield Compare(task)


def _proven(task: ShardedTask, close: bool = True) -> Iterator[Step]:
    yield ProveCluster(task)
    if close:
        yield CloseNote(task)
    if task.record:
        yield RecordProofs(task)
    yield from _ended(task)


def _ended(task: ShardedTask) -> Iterator[Step]:
    yield EndNote(task)
    if task.switching is not None:
        yield from switched(task, task.switching)
    else:
        for alias in task.missing:
            yield SetClusterAlias(task, alias)
    if task.ends_later:
        yield AliasesDone(task)


_RECIPES: dict[str, Callable[[ShardedTask], Iterator[Step]]] = {
    NEW: _new,
    SWITCH: _new,  # beside what clients use: its steps end with their aliases
    REPLACE: _replace,
    REPAIR: _repair,
    FINISH: _finish,
    KEEP: _keep,
}
