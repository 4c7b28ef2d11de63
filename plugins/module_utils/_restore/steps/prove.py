# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare what came back with what was noted when the backup was made."""

from __future__ import annotations

import dataclasses

from ..._base.plan import Step as PlannedStep
from ..._proof.compared import Compared
from ..errors import RestoreError
from ..kept import settings_warnings
from ..prove import prove
from ..ready import Agreement
from ..scene import Scene
from ..state import Proof, State
from ..task import FINISH
from .base import Step


class Prove(Step):
    """A restore that contradicts its backup is none."""

    action = "prove"
    stage = "prove"
    shown = True

    def describe(self) -> PlannedStep:
        source = self.task.source
        detail = {"points": source.points, "quiet": source.quiet}
        return PlannedStep(self.action, self.task.name, changes=False, detail=detail)

    def do(self, scene: Scene, state: State) -> State:
        task, source, target = self.task, self.task.source, self.task.target
        restored = {mark.peer for mark in target.marks if mark.backup_id == source.backup_id}
        restored |= {source.peer_id} if source.peer_id is not None else set()
        again = Agreement(scene.node, task.name, task.limits, scene.progress)
        proof = prove(scene.node, source, task.name, task.recipe, restored, again)
        state = state.warns(*again.warnings)
        if target.moving:
            proof = self._moving(proof)
        if task.recipe != FINISH:
            state = state.warns(*settings_warnings(scene.node, source, task.name, task.version))
        state = state.judges(proof)
        if proof.failures:
            return state.fails(self.action, RestoreError("prove", task.subject, "; ".join(proof.failures)))
        return state

    def _moving(self, proof: Proof) -> Proof:
        """Writers were allowed explicitly: what they changed is not a fault of the archive. The rest proves nothing."""
        source = self.task.source
        told = f" ({'; '.join(proof.failures)})" if proof.failures else ""
        warning = (
            f"{self.task.name} is being written to: of what came back "
            f"{'nothing is' if source.unchecked else 'only the bytes of the archive are'} proven{told}."
        )
        return dataclasses.replace(
            proof,
            compared=Compared(hash=not source.unchecked),
            grade=int(not source.unchecked),
            proven=False,
            failures=(),
            warnings=(*proof.warnings, warning),
        )
