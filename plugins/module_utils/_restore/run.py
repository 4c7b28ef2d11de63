# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the steps of a task in order, and undoes them backwards where one fails. It knows no step by name.

The tasks of a run are done in threads, each with a connection of its own.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Sequence

from .._base.errors import EngineError
from .._base.progress import Event
from .._qdrant.client import Node
from .plan import Job
from .scene import Scene
from .state import State
from .steps.base import Step


class _StoppedError(Exception):
    """The run has ended in another thread."""


class Crew:
    """shared: every job works with the scene as it is, because one runs at a time or because the scene is safe for
    several threads."""

    def __init__(self, scene: Scene, shared: bool) -> None:
        self.scene, self._shared = scene, shared
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._idle: list[Node] = []

    def work(self, job: Job) -> State:
        """Do the steps of a job up to the barrier."""
        if self._shared:
            return run(job.to_the_barrier, self.scene, job.first)
        node = self._take()
        try:
            scene = dataclasses.replace(self.scene, node=node, progress=self._tell, confirm=self._confirm, alone=False)
            return run(job.to_the_barrier, scene, job.first)
        finally:
            self._idle.append(node)

    def stop(self) -> None:
        """End what other threads do at their next word."""
        self._ended.set()

    def close(self) -> None:
        """Give the connections back."""
        for node in self._idle:
            node.close()

    def _take(self) -> Node:
        """A node of this thread's own: a session is not for several."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return Node(self.scene.node.options)

    def _tell(self, event: Event) -> None:
        if self._ended.is_set():
            raise _StoppedError
        with self._lock:
            self.scene.progress(event)

    def _confirm(self) -> None:
        with self._lock:
            self.scene.confirm()


def run(steps: Sequence[Step], scene: Scene, state: State) -> State:
    """The state at the end, with its failure where there was one: the report then has what is in doubt, what was done,
    and what the operator is to do."""
    begun: list[Step] = []
    for step in steps:
        begun.append(step)
        state = _do(step, scene, state)
        if state.failure is not None:
            for earlier in reversed(begun):
                state = earlier.undo(scene, state)
            return _advised(begun[0], scene, state)
    return state


def _do(step: Step, scene: Scene, state: State) -> State:
    scene.progress(Event(step.action, step.task.name if step.shown else ""))
    began = time.monotonic()
    try:
        after = step.do(scene, state)
    except EngineError as error:
        after = state.fails(step.action, error)
    after = after.spends(step.stage, time.monotonic() - began)
    return after if after.failure is not None else dataclasses.replace(after, done=(*after.done, step.action))


def _advised(step: Step, scene: Scene, state: State) -> State:
    """With what the operator is to do, which depends on how it ended."""
    if state.failure is not None:
        error = state.failure.error
        error.next = scene.advise(step.task, state, error.next)
        error.args = (error.sentence(),)
    return state
