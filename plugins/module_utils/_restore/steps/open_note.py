# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Note on the host what is about to be done, so that a kill or a power cut cannot hide it."""

from __future__ import annotations

from ..._base.clock import now, utc_text
from ..._base.errors import EngineError
from ..._base.intent import RECOVER
from ..ending import CLOSED, ending_of
from ..scene import Scene
from ..state import State
from .base import Step


class OpenNote(Step):
    """Written and synced before the first destructive call. While it is open, status and backups say that contents may
    be mixed."""

    action = "write intent"
    stage = "prepare"

    def do(self, scene: Scene, state: State) -> State:
        self._write(scene, state, RECOVER)
        return state

    def undo(self, scene: Scene, state: State) -> State:
        """Closed, or left with what is known, as the table of endings has it."""
        step = ending_of(self.task.recipe, state.standing, state.claim).note
        try:
            if step == CLOSED:
                scene.host.close_intent(self.task.name)
            elif step != RECOVER:
                self._write(scene, state, step)
        except EngineError as error:
            return state.warns(error.sentence())
        return state

    def _write(self, scene: Scene, state: State, step: str) -> None:
        scene.host.open_intent(self.task.intent(utc_text(now()), state.safety_snapshot, step))
