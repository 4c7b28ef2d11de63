# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Note on the host what is about to be done, and which shards on which nodes are in doubt until they are recovered."""

from __future__ import annotations

import dataclasses

from ..._base.clock import now, utc_text
from ..._base.errors import EngineError
from ..._base.intent import RECOVER
from ..._restore.ending import CLOSED
from ..._restore.scene import Scene
from ..._restore.state import State
from ..ending import ending_of
from ..scene import FleetScene
from ..state import FleetState, of_fleet
from ..task import doubtful, pair
from .base import FleetStep


class OpenShardsNote(FleetStep):
    """Written and synced before the first call that changes anything."""

    action = "write intent"
    stage = "prepare"

    def work(self, scene: FleetScene, state: FleetState) -> State:
        intent = self.task.intent(utc_text(now()), state.safety_snapshot)
        scene.host.open_intent(dataclasses.replace(intent, shards=self._planned()))
        return state

    def _planned(self) -> str:
        """What is recovered, and what an interrupted run left in doubt: that stays so until it is recovered, also if it
        is not recovered now."""
        planned = {(one.shard, node) for one in self.sharded.handed for node in one.holders}
        return ", ".join(pair(*one) for one in sorted(planned | doubtful(self.task.target)))

    def _left(self, state: FleetState) -> str:
        """What is in doubt after a failure."""
        if not state.shards:
            return self._planned()
        asked = {(one.shard, one.node) for one in state.shards}
        others = [pair(*one) for one in sorted(doubtful(self.task.target) - asked)]
        return ", ".join((*state.doubtful, *others))

    def undo(self, scene: Scene, state: State) -> State:
        """Closed, or left with what is known, as the table of endings has it."""
        step = ending_of(self.task.recipe, state.standing).note
        try:
            if step == CLOSED:
                scene.host.close_intent(self.task.name)
            else:
                intent = self.task.intent(utc_text(now()), state.safety_snapshot, step)
                shards = self._left(of_fleet(state)) if step == RECOVER else ""
                scene.host.open_intent(dataclasses.replace(intent, shards=shards))
        except EngineError as error:
            return state.warns(error.sentence())
        return state
