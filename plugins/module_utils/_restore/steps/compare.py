# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare a collection that exists with the backup, and leave it alone."""

from __future__ import annotations

import dataclasses

from ..._base.plan import Step as PlannedStep
from ..prove import difference
from ..scene import Scene
from ..state import State
from .base import Step


class Compare(Step):
    """For ``mode: missing``. A difference is not a failure: the collection may have changed since the backup."""

    action = "compare"
    stage = "prove"
    shown = True

    def describe(self) -> PlannedStep:
        detail = {"points": self.task.source.points, "exists": self.task.target.count}
        return PlannedStep(self.action, self.task.name, changes=False, detail=detail)

    def do(self, scene: Scene, state: State) -> State:
        return dataclasses.replace(state, proof=difference(scene.node, self.task.source, self.task.name))
