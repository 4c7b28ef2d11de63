# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take a snapshot of every shard before it is overwritten, on one node that serves it. It stays on that node."""

from __future__ import annotations

import dataclasses

from ..._base.errors import EngineError
from ..._base.progress import Event
from ..._base.sentences import joined
from ..._qdrant.scope import Scope
from ..._restore.errors import RestoreError
from ..._restore.state import State
from ..scene import FleetScene
from ..state import FleetState
from .base import FleetStep


class SafetySnapshots(FleetStep):
    """An interrupted replacement has taken them: what is there now may be mixed, and is not stored again. A shard that
    no node serves has nothing to store."""

    action = "safety snapshot"
    stage = "prepare"
    shown = True

    def work(self, scene: FleetScene, state: FleetState) -> State:
        note = self.task.target.intent
        if note is not None and note.mode == self.task.mode and note.safety_snapshot:
            return dataclasses.replace(state, safety_snapshot=note.safety_snapshot)
        view = scene.view(self.task.name, count=True)
        taken: list[tuple[int, str, str]] = []
        for one in self.sharded.handed:
            good = [replica.node for replica in view.of(one.shard) if replica.healthy]
            if not good:
                continue
            scene.progress(Event("safety snapshot", self.task.name, text=f"shard {one.shard} on {good[0]}"))
            try:
                made = scene.nodes[good[0]].create_snapshot(Scope.shard(self.task.name, one.shard))
            except EngineError as error:
                where = f"shard {one.shard} of {self.task.subject}, on {good[0]}"
                hint = joined(error.next, "Or restore to another name (name:).")
                raise RestoreError("take a safety snapshot of", where, error.said, hint) from error
            taken.append((one.shard, good[0], made.name))
        told = ", ".join(f"{name} on {node}" for dummy, node, name in taken)
        return dataclasses.replace(state, safety=tuple(taken), safety_snapshot=told, changed=True)
