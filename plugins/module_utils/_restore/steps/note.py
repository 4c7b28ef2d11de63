# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The note on the host, from before the first destructive call until the proof is in the repository."""

from __future__ import annotations

from ..._base.clock import now, utc_text
from ..._base.errors import EngineError
from ..._base.intent import PROVEN, RECOVER
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


class CloseNote(Step):
    """From here on nothing is in doubt. The note stays until the run has recorded the proofs of all its collections,
    and holds this one: a run that is killed before loses no proof, and the same command finishes it."""

    action = "close intent"

    def do(self, scene: Scene, state: State) -> State:
        text = scene.proofs.text(self.task, state)
        scene.host.open_intent(self.task.intent(utc_text(now()), state.safety_snapshot, PROVEN, text))
        return state


class RecordProof(Step):
    """The barrier of a run: the proofs of all its collections are kept as one document once each has got here. What
    comes after it in a recipe is done then."""

    action = "record proof"
    changes = False

    def do(self, scene: Scene, state: State) -> State:
        scene.proofs.note(self.task, state)
        return state


class EndNote(Step):
    """The proof is recorded. The note goes, unless aliases are missing: then it says so until they are set."""

    action = "end intent"
    changes = False

    def do(self, scene: Scene, state: State) -> State:
        if self.task.ends_later:
            scene.host.open_intent(self.task.intent(utc_text(now()), state.safety_snapshot, PROVEN))
        else:
            scene.host.close_intent(self.task.name)
        return state


class AliasesDone(Step):
    """The note that aliases are missing goes away."""

    action = "close note of aliases"

    def do(self, scene: Scene, state: State) -> State:
        scene.host.close_intent(self.task.name)
        return state
