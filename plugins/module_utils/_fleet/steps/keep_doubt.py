# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a repair, keep the note of replicas that are in doubt and that Qdrant is to copy from healthy ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from ..._base.clock import now, utc_text
from ..._restore.state import State
from ..._restore.steps.alias import alias_command, creation
from ..scene import FleetScene
from ..state import FleetState
from ..task import ShardedTask
from .base import FleetStep


class KeepDoubt(FleetStep):
    """This run cannot make those copies, so it cannot end their doubt either."""

    action = "keep intent"
    stage = "finish"

    def __init__(self, task: ShardedTask, doubts: Sequence[str]) -> None:
        super().__init__(task)
        self.doubts = tuple(doubts)

    def work(self, scene: FleetScene, state: FleetState) -> State:
        intent = dataclasses.replace(self.task.intent(utc_text(now())), shards=", ".join(self.doubts))
        scene.host.open_intent(intent)
        then = ""
        if self.task.missing:
            creations = [creation(self.task.name, alias) for alias in self.task.missing]
            then = f"; then create alias {', '.join(self.task.missing)}: {alias_command(scene.node, creations)}"
        return state.warns(
            f"{', '.join(self.doubts)} (shard@node) of {self.task.name} may still be mixed: let Qdrant copy them as "
            f"the plan says, then close the note: {intent.settle()}{then}"
        )
