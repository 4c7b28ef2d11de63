# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record the proof beside each node's part of the backup: its archives were part of what was proven."""

from __future__ import annotations

import dataclasses

from ..._restore.scene import Scene
from ..._restore.state import State
from ..._restore.steps.note import RecordProof
from ..task import sharded


class RecordProofs(RecordProof):
    """The same barrier of a run; one entry for each archive that was restored."""

    def do(self, scene: Scene, state: State) -> State:
        task = sharded(self.task)
        for location, archive in {one.location: one for one in task.archived.shards}.items():
            own = dataclasses.replace(task.source, node=archive.node, location=location, bytes=archive.bytes)
            scene.proofs.note_part(task.of(own), state, archive.part(task.source.collection))
        return state
