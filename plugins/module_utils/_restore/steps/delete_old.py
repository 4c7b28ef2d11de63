# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Delete the collection that clients used before a switch."""

from __future__ import annotations

import dataclasses
import time

from ..._base.errors import EngineError
from ..._base.marks import without_marks
from ..._base.plan import Step as PlannedStep
from ..._qdrant.errors import QdrantError
from ..errors import RestoreError
from ..last_look import check_still, confirm_lock
from ..scene import Scene
from ..state import State
from ..task import Switching, Task
from .base import Step

_UNDER_WAY = 0.5  # seconds for requests that began before the aliases were moved


class DeleteOld(Step):
    """Its safety snapshot was read before. If only space is to be freed, a failure is a warning; if an alias is to get
    the collection's name, the switch is undone."""

    action = "delete the old collection"
    stage = "switch"
    shown = True

    def __init__(self, task: Task, switching: Switching) -> None:
        super().__init__(task)
        self.switching = switching

    def describe(self) -> PlannedStep:
        return PlannedStep(self.action, self.switching.old.name, destructive=True)

    def do(self, scene: Scene, state: State) -> State:
        name = self.switching.old.name
        try:
            confirm_lock(scene, self.task)
            held = sorted(alias for alias, to in without_marks(scene.node.aliases()).items() if to == name)
            if held:
                raise RestoreError(
                    "delete", f"collection {name}", f"it has the alias {', '.join(held)}", "Check who created it."
                )
            check_still(scene, self.task, self.switching)
            time.sleep(_UNDER_WAY if state.moved else 0.0)
            scene.node.delete_collection(name)
        except EngineError as error:
            if isinstance(error, QdrantError) and name not in scene.node.collections():
                return dataclasses.replace(state, changed=True, old_deleted=True)  # only the answer was lost
            if self.switching.takes_name:
                return state.fails(self.action, error)
            return state.warns(f"Collection {name} was not deleted: {error.sentence()}")
        return dataclasses.replace(state, changed=True, old_deleted=True)
