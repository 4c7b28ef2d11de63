# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Delete what an interrupted restore left under the name."""

from __future__ import annotations

import dataclasses

from ..._base.plan import Step as PlannedStep
from ..._qdrant.errors import QdrantError
from ..last_look import confirm_lock
from ..scene import Scene
from ..standing import Claim, Standing
from ..state import State
from ..task import Task
from .base import Step


class DeleteLeftover(Step):
    """What an interrupted restore left. If it has points, a safety snapshot was taken before: another client may have
    filled it."""

    action = "delete leftover"
    stage = "prepare"
    shown = True

    def describe(self) -> PlannedStep:
        return PlannedStep(self.action, self.task.name, destructive=True)

    def do(self, scene: Scene, state: State) -> State:
        try:
            return delete_leftover(scene, self.task, state)
        except QdrantError as error:
            return dataclasses.replace(state, standing=Standing.IN_DOUBT, changed=True).fails(self.action, error)


def delete_leftover(scene: Scene, task: Task, state: State) -> State:
    """The name is free afterwards. NotAskedError where the lock was lost, QdrantError where the node does not do it."""
    confirm_lock(scene, task)
    scene.node.delete_collection(task.name)
    return dataclasses.replace(state, changed=True).clears(Claim.FREE)
