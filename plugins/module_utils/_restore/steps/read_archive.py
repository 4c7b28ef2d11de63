# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the archive whole before anything is overwritten with it."""

from __future__ import annotations

from ..._base.plan import Step as PlannedStep
from ..damage import damage, noted
from ..errors import RestoreError
from ..scene import Scene
from ..state import State
from .base import Step


class ReadArchive(Step):
    """Of a repository. Archives of the other kinds were read when their facts were gathered."""

    action = "verify archive"
    stage = "prepare"
    shown = True

    def describe(self) -> PlannedStep:
        return PlannedStep(self.action, self.task.source.location, self.task.source.bytes)

    def do(self, scene: Scene, state: State) -> State:
        if scene.store is None:
            return state
        wrong = damage(scene.store, self.task.source, scene.progress)
        if wrong:
            where = f"{self.task.source.location} in {scene.store.url}"
            raise RestoreError("verify", where, wrong, noted(scene, self.task, wrong))
        return state
