# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take a snapshot of what is there before it is overwritten or removed. It stays on the node."""

from __future__ import annotations

import dataclasses

from ..._base.progress import Event
from ..._base.sentences import joined
from ..._qdrant.errors import QdrantError
from ..errors import RestoreError
from ..scene import Scene
from ..state import State
from ..task import REPLACE, Task
from ..values import Target
from .base import Step


class SafetySnapshot(Step):
    """The state before."""

    action = "safety snapshot"
    stage = "prepare"
    shown = True

    def do(self, scene: Scene, state: State) -> State:
        return take_safety_snapshot(scene, self.task, state, self.task.target)


def take_safety_snapshot(scene: Scene, task: Task, state: State, target: Target) -> State:
    """With the snapshot's name. After a replacement that did not end the name is of the one it took: what is there now
    may be mixed, and is kept beside it. RestoreError where none can be taken of a collection that works."""
    begun = target.intent is not None and target.intent.mode == REPLACE
    noted = target.intent.safety_snapshot if target.intent is not None and begun else ""
    before = noted if noted and not _is_gone(scene, task, noted) else ""
    scene.progress(Event("safety snapshot", task.name))
    try:
        taken = scene.node.create_snapshot(task.scope).name
    except QdrantError as error:
        if before or (target.count is None and not target.limited) or begun:
            # What is there is damaged already: that is why it is being replaced.
            return dataclasses.replace(state, safety_snapshot=before)
        if error.answered:
            hint = joined(error.next, "Or restore to another name (name:).")
        else:
            hint = "Check that the node is well (qdrant-backup doctor), then restore again."
        raise RestoreError("take a safety snapshot of", task.subject, error.said, hint) from error
    if noted:
        state = state.warns(f"Snapshot {taken} of {task.name} holds what the restore before left.")
    if noted and not before:
        state = state.warns(f"The safety snapshot {noted}, which that restore took, is not on the node any more.")
    return dataclasses.replace(state, safety_snapshot=before or taken, changed=True)


def _is_gone(scene: Scene, task: Task, snapshot: str) -> bool:
    """Whether the node does not have a snapshot any more. False where it does not tell."""
    try:
        return snapshot not in [one.name for one in scene.node.list_snapshots(task.scope)]
    except QdrantError:
        return False
