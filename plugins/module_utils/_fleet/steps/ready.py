# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until every replica is Active on every node."""

from __future__ import annotations

import dataclasses

from ..._base.plan import Step as PlannedStep
from ..._restore.state import State
from ..ready import wait_for_transfers, wait_until_active
from ..scene import FleetScene
from ..state import FleetState
from .base import FleetStep


class WaitUntilActive(FleetStep):
    """Of all nodes: each has its own view, which may be late."""

    action = "wait until ready"
    stage = "ready"
    shown = True

    def work(self, scene: FleetScene, state: FleetState) -> State:
        limits = self.task.limits
        expected = [one.shard for one in self.sharded.broken]
        optimizing, warnings = wait_until_active(scene, self.task.name, limits.ready, limits.wait_for, expected)
        return dataclasses.replace(state, optimizing=optimizing).warns(*warnings)


class WaitForTransfers(FleetStep):
    """A shard that is being moved is not overwritten: the move would overwrite it again."""

    action = "wait for transfers"
    stage = "prepare"
    changes = False

    def describe(self) -> PlannedStep:
        seconds = f"{self.task.limits.ready:g} s at most"
        return PlannedStep(self.action, self.task.name, changes=False, detail={"deadline": seconds})

    def work(self, scene: FleetScene, state: FleetState) -> State:
        wait_for_transfers(scene, self.task.name, self.task.limits.ready)
        return state
