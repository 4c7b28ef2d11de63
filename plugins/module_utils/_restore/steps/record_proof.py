# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the proof beside the backup, before anything that may still fail."""

from __future__ import annotations

from ..scene import Scene
from ..state import State
from .base import Step


class RecordProof(Step):
    """The barrier of a run: the proofs of all its collections are kept as one document once each has got here. What
    comes after it in a recipe is done then."""

    action = "record proof"
    changes = False

    def do(self, scene: Scene, state: State) -> State:
        scene.proofs.note(self.task, state)
        return state
