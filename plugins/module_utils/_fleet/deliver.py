# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands one shard's archive to one node, and lets it recover; ends in a standing that is known.

A recover whose answer was not 200 is never judged by looking: it is waited out, and repeated whole.
"""

from __future__ import annotations

import dataclasses
import time
from typing import Callable

from .._base.errors import EngineError
from .._qdrant.effects import DONE, NEVER, NONE, SAME
from .._qdrant.errors import QdrantError
from .._qdrant.scope import Scope
from .._restore.deliver import Handover, by_url, upload, upload_name
from .._restore.errors import NotAskedError, effect_of, is_damage, retry_of
from .._restore.standing import Standing, answered, asked, waited
from .._restore.state import Attempt, State, sentence_of
from . import absence
from .scene import FleetScene
from .state import ShardState
from .task import Handed, ShardedTask

TRIES = 3  # of one way: Qdrant itself makes one GET and never repeats it


class _ShardHandover(Handover):
    """Of one shard. before: raises if nothing may be asked any more; the collection was looked at before all shards."""

    def __init__(self, one: Handed, task: ShardedTask, scene: FleetScene, before: Callable[[], None]) -> None:
        super().__init__(one.archive.source(task.source), task, scene, State())
        self._before = before

    def look(self) -> None:
        self._before()
        self.asked = True


def deliver(
    scene: FleetScene, task: ShardedTask, one: Handed, state: ShardState, look: Callable[[], None]
) -> ShardState:
    """The shard on its node afterwards. state: before; look: raises if nothing may be asked any more."""
    began = time.monotonic()
    for way in task.ways:
        for number in range(TRIES):
            state, error = _try(scene, task, one, state, way, look)
            if error is None:
                return dataclasses.replace(state, way=way, error="", seconds=time.monotonic() - began)
            retry = retry_of(error)
            ended = state.standing is Standing.ASKED or isinstance(error, NotAskedError) or retry == NEVER
            if ended or (number == TRIES - 1 and way == task.ways[-1]):
                return _given_up(state, began)
            if retry != SAME and not (effect_of(error) != NONE and number == 0):
                break
            time.sleep(min(2.0**number, 5.0))
    return _given_up(state, began)


def _given_up(state: ShardState, began: float) -> ShardState:
    said = sentence_of(state.attempts) or "no delivery is possible"
    return dataclasses.replace(state, error=said, seconds=time.monotonic() - began)


def _try(
    scene: FleetScene, task: ShardedTask, one: Handed, state: ShardState, way: str, look: Callable[[], None]
) -> tuple[ShardState, EngineError | None]:
    """One try, and what has to follow it. A standing of ASKED afterwards: the node may be at work still."""
    own = dataclasses.replace(task, scope=Scope.shard(task.name, one.shard))
    here = dataclasses.replace(scene, node=scene.nodes[state.node], alone=False)
    work = _ShardHandover(one, own, here, look)
    before = state.standing
    try:
        if way == "url":
            by_url(work)
        else:
            _upload(scene, work, one)
    except EngineError as error:
        state = _with(state, way, error)
        if not work.asked:
            return state, error
        state = dataclasses.replace(state, standing=_after(before, effect_of(error)))
        return _wait(scene, task, state, error), error
    return dataclasses.replace(state, standing=_after(before, DONE)), None


def _after(before: Standing, effect: str) -> Standing:
    asked(before)
    return answered(before, effect)


def _with(state: ShardState, way: str, error: EngineError) -> ShardState:
    attempt = Attempt(way, error.said or str(error), is_damage(error))
    return dataclasses.replace(state, attempts=(*state.attempts, attempt))


def _wait(scene: FleetScene, task: ShardedTask, state: ShardState, error: EngineError) -> ShardState:
    """Wait the recover out. While a node fetches a shard's archive, nothing shows it: a call that was given up may go
    on, and nothing is asked of the node then."""
    if state.standing is not Standing.ASKED or (isinstance(error, QdrantError) and error.abandoned):
        return state
    settle = 0.0 if not isinstance(error, QdrantError) or error.answered else 2.0
    try:
        scene.nodes[state.node].wait_recovered(task.name, task.limits.silence, settle=settle, absent=absence.RESTART)
    except QdrantError as failed:
        return dataclasses.replace(state, attempts=(*state.attempts, Attempt("wait", failed.said)))
    return dataclasses.replace(state, standing=waited(state.standing))


def _upload(scene: FleetScene, work: Handover, one: Handed) -> None:
    """Unlike a collection's, a shard's uploaded archive does not stay on the node."""
    if scene.copies is None:
        raise EngineError("upload", one.archive.location, "this host has no folder for copies", "Set spool_dir.")
    with scene.copies.of(one.archive) as (path, sha256):
        work.look()
        upload(work, path, upload_name(path), sha256)
