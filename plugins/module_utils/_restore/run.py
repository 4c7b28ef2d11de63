# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the steps of one task in order, and undoes them backwards where one fails. It knows no step by name."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence

from .._base.errors import EngineError
from .._base.progress import Event
from .scene import Scene
from .state import State
from .steps.base import Step


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
