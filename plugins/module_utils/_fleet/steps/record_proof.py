# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record the proof beside each node's part of the backup: its archives were part of what was proven."""

from __future__ import annotations

import dataclasses

from ..._restore.scene import Scene
from ..._restore.state import State
from ..._restore.steps.record_proof import RecordProof
from ..task import sharded


class RecordProofs(RecordProof):
    """The same barrier of a run; one note for each node whose archives were restored."""

    def do(self, scene: Scene, state: State) -> State:
        task = sharded(self.task)
        sizes: dict[str, int] = dict.fromkeys(task.archived.nodes, 0)
        for (dummy, node), size in {(one.location, one.node): one.bytes for one in task.archived.shards}.items():
            sizes[node] += size
        for node, size in sizes.items():
            scene.proofs.note(task.of(dataclasses.replace(task.source, node=node, bytes=size)), state)
        return state
