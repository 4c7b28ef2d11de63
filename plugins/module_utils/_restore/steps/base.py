# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every step of a restore has. To add a step: write its file here, and name it in ``recipes.py``."""

from __future__ import annotations

from ..._base.plan import Step as PlannedStep
from ..scene import Scene
from ..state import State
from ..task import Task


class Step:
    """One action on one task, made by the recipe when the plan is made.

    action: its name in the plan and in progress; stage: the part of ``seconds`` that it counts to; shown: whether
    progress names the collection (not for what takes a moment); changes: False if it changes nothing on the node.
    """

    action = ""
    stage = ""
    shown = False
    changes = True

    def __init__(self, task: Task) -> None:
        self.task = task

    def describe(self) -> PlannedStep:
        """The line of the plan."""
        return PlannedStep(self.action, self.task.name, changes=self.changes)

    def lines(self) -> tuple[PlannedStep, ...]:
        """The lines of the plan; a step that does several things at once has one for each."""
        return (self.describe(),)

    def do(self, scene: Scene, state: State) -> State:
        """The state afterwards. A failure is in it (``State.fails``), or raised as an EngineError where the state did
        not change. Safe to repeat."""
        raise NotImplementedError

    def undo(self, scene: Scene, state: State) -> State:
        """Take back what can be, after this step or a later one failed. Never raises an EngineError."""
        return state
