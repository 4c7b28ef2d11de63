# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every step of this room has: its own scene, state and task."""

from __future__ import annotations

from ..._restore.scene import Scene
from ..._restore.state import State
from ..._restore.steps.base import Step
from ..scene import FleetScene, fleet
from ..state import FleetState, of_fleet
from ..task import ShardedTask


class FleetStep(Step):
    """A step on all nodes. ``work`` is its ``do``."""

    def __init__(self, task: ShardedTask) -> None:
        super().__init__(task)
        self.sharded = task

    def do(self, scene: Scene, state: State) -> State:
        return self.work(fleet(scene), of_fleet(state))

    def work(self, scene: FleetScene, state: FleetState) -> State:
        """The state afterwards, see ``Step.do``."""
        raise NotImplementedError
