# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Close the host's note: first it says that the collection is proven, then it goes."""

from __future__ import annotations

from ..._base.clock import now, utc_text
from ..._base.intent import PROVEN
from ..proofs import proof_text
from ..scene import Scene
from ..state import State
from .base import Step


class CloseNote(Step):
    """From here on nothing is in doubt. The note stays until the run has recorded the proofs of all its collections,
    and holds this one: a run that is killed before loses no proof, and the same command finishes it."""

    action = "close intent"

    def do(self, scene: Scene, state: State) -> State:
        text = proof_text(self.task, state, scene.proofs.repository)
        scene.host.open_intent(self.task.intent(utc_text(now()), state.safety_snapshot, PROVEN, text))
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
