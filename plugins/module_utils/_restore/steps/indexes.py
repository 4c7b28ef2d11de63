# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a replacement, let the collection know of the archive's payload indexes."""

from __future__ import annotations

from ..._qdrant.errors import QdrantError
from ..match import missing_indexes
from ..scene import Scene
from ..state import State
from .base import Step
from .create import create_indexes


class CompleteIndexes(Step):
    """A recover does so only for a collection that it makes itself. Until then the indexes are in the segments that
    came back, and shown, but in no new one; where the collection has one of another type on the field, the node builds
    that again. If it is not known which indexes the collection had, all are created."""

    action = "complete indexes"
    stage = "recover"

    def do(self, scene: Scene, state: State) -> State:
        missing = missing_indexes(self.task.source.payload_schema, self.task.target.payload_schema)
        for field, index in missing.items():
            try:
                create_indexes(scene, self.task, {field: index})
            except QdrantError as error:
                state = state.warns(f"An index that {self.task.name} lacks could not be made: {error.sentence()}")
        return state
