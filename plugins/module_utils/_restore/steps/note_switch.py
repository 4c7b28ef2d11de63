# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record on the host what is about to be switched, so that one command can move the aliases back."""

from __future__ import annotations

from ..._base.clock import now, utc_text
from ..._base.errors import EngineError
from ..._base.switched import Switch, forget_switch, note_switch
from ..scene import Scene
from ..state import State
from ..task import Switching, Task
from .base import Step


class NoteSwitch(Step):
    """Written before anything that clients see. It also tells the next run what a killed one was about to move."""

    action = "record switch"
    stage = "switch"

    def __init__(self, task: Task, switching: Switching) -> None:
        super().__init__(task)
        self.switching = switching

    def do(self, scene: Scene, state: State) -> State:
        note_switch(scene.host, self._record(state))
        return state

    def undo(self, scene: Scene, state: State) -> State:
        """Removed where nothing was switched, by this run or an earlier one."""
        old = self.switching.old
        try:
            if old.switch is None and not state.moved and old.name in scene.node.collections():
                forget_switch(scene.host, self.task.name)
        except EngineError as error:
            return state.warns(error.sentence())
        return state

    def _record(self, state: State) -> Switch:
        task, old = self.task, self.switching.old
        before = old.switch
        return Switch(
            collection=task.name,
            before=old.name,
            aliases=tuple(sorted({*task.missing, *(before.aliases if before is not None else ())})),
            at=utc_text(now()),
            backup_id=task.source.backup_id,
            sha256=task.source.sha256,
            origin=task.source.collection,
            takes_name=self.switching.takes_name,
            points=state.proof.points if state.proof is not None else None,
            points_before=before.points_before if before is not None and not old.exists else old.count,
            snapshot=state.old_snapshot or (before.snapshot if before is not None else ""),
            url=task.node,
            nodes=task.nodes,
        )
