# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the collection with its shard keys and indexes before the recover."""

from __future__ import annotations

from typing import Any

from ..._base.errors import EngineError
from ..._base.plan import Step as PlannedStep
from ..._base.progress import Event
from ..._qdrant.effects import UNKNOWN
from ..errors import RestoreError
from ..last_look import last_look
from ..match import creation_body, missing_indexes, update_body
from ..scene import Scene
from ..standing import Claim, Standing
from ..state import State
from ..task import Task
from ..values import shard_keys_of
from .base import Step
from .delete_leftover import delete_leftover


class CreateWithKeys(Step):
    """A recover alone would make no shards for a custom-sharded collection, answer true, and restore no point."""

    action = "create"
    stage = "recover"
    shown = True

    def describe(self) -> PlannedStep:
        return PlannedStep(
            self.action, self.task.name, detail={"shard_keys": [k for k, dummy in self.task.source.shard_keys]}
        )

    def do(self, scene: Scene, state: State) -> State:
        last_look(scene, self.task, state)
        state = state.asks().answers(state.standing, UNKNOWN).waits()
        try:
            self._create(scene)
        except EngineError as error:
            return state.fails(self.action, error)
        return state

    def undo(self, scene: Scene, state: State) -> State:
        """Remove what was made here, where nothing was recovered into it."""
        if state.standing is not Standing.IN_DOUBT or state.claim is not Claim.OURS:
            return state
        try:
            return delete_leftover(scene, self.task, state)
        except EngineError as error:
            return state.tries("clean-up", f"what it left is still there: {error.said}")

    def _create(self, scene: Scene) -> None:
        source, name = self.task.source, self.task.name
        scene.node.create_collection(name, creation_body(source.config or {}))
        more = update_body(source.config or {})
        if more:
            scene.node.update_collection(name, more)
        for key, ids in source.shard_keys:
            scene.node.create_shard_key(name, key, shards_number=len(ids))
        made = shard_keys_of(scene.node.shards(name))
        if made != source.shard_keys:
            raise RestoreError(
                "create the shard keys of",
                self.task.subject,
                f"the node gave them the shards {made}, the archive has {source.shard_keys}",
                "Create the collection and its keys so that the ids are these, and restore into it (mode: replace).",
            )
        create_indexes(scene, self.task, missing_indexes(source.payload_schema, {}))


def create_indexes(scene: Scene, task: Task, indexes: dict[str, Any]) -> None:
    """Make payload indexes; one that is there stays as it is."""
    for field, index in indexes.items():
        scene.progress(Event("create index", f"{task.name}: {field}"))
        scene.node.create_index(task.name, field, index)
