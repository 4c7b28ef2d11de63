# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until the restored collection's data is complete."""

from __future__ import annotations

import dataclasses

from ..ready import wait_until_ready
from ..scene import Scene
from ..state import State
from .base import Step


class WaitUntilReady(Step):
    """An optimizer at work is a fact for the report, and waited for only where that was asked for."""

    action = "wait until ready"
    stage = "ready"
    shown = True

    def do(self, scene: Scene, state: State) -> State:
        limits = self.task.limits
        found = wait_until_ready(scene.node, self.task.name, limits.ready, scene.progress, limits.wait_for)
        return dataclasses.replace(state, optimizing=found.optimizing).warns(*found.warnings)
