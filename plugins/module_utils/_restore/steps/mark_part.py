# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell the other nodes of the cluster that this one's part of the collection is back."""

from __future__ import annotations

from ..._base.clock import now
from ..._base.marks import mark_of
from ..._qdrant.errors import QdrantError
from ..scene import Scene
from ..state import State
from .alias import creation, deletion
from .base import Step


class MarkPart(Step):
    """With the last part, and before parts of another backup count for theirs, marks go away. If a mark cannot be
    created, the restore is good nevertheless."""

    action = "mark part"

    def do(self, scene: Scene, state: State) -> State:
        source, target = self.task.source, self.task.target
        whole = state.proof is None or state.proof.whole
        actions = [deletion(mark.alias) for mark in target.marks if whole or mark.backup_id != source.backup_id]
        actions += [deletion(alias) for alias in target.old_marks]
        if not whole and source.peer_id is not None and source.backup_id:
            mark = mark_of(target.name, source.backup_id, source.peer_id, now())
            actions.append(creation(target.name, mark))
        try:
            if actions:
                scene.node.change_aliases(actions)
        except QdrantError as error:
            return state.warns(
                f"The other nodes could not be told that this node's part of {target.name} is back ({error.said}): "
                "restore those into it (mode: replace)."
            )
        return state
