# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create the collection, empty, with the shards and indexes of the backup, and wait until every node has it."""

from __future__ import annotations

from typing import Any

from ..._base.errors import EngineError
from ..._base.plan import Step as PlannedStep
from ..._qdrant.effects import UNKNOWN
from ..._qdrant.errors import QdrantError
from ..._restore.errors import RestoreError
from ..._restore.last_look import confirm_lock, last_look
from ..._restore.match import creation_body, missing_indexes, update_body
from ..._restore.scene import Scene
from ..._restore.standing import Claim, Standing
from ..._restore.state import State
from ..._restore.steps.create import create_indexes
from ..placing import keys_of, misfit
from ..ready import wait_for_shards
from ..scene import FleetScene, fleet
from ..state import FleetState, of_fleet
from .base import FleetStep


class CreateEmpty(FleetStep):
    """A shard's archive holds no configuration, so the collection is there before the first recover. What an
    interrupted restore created is completed."""

    action = "create"
    stage = "create"
    shown = True

    def describe(self) -> PlannedStep:
        task = self.sharded
        params = (task.source.config or {}).get("params") or {}
        detail: dict[str, Any] = {"shards": len(task.source.known_shards), "replication_factor": task.copies}
        if task.source.custom_sharding:
            detail["shard_keys"] = [key for key, dummy in task.source.shard_keys]
            kept = [str(key) for key, peers in task.placed if peers is not None]
            detail["placement"] = "as in the backup" if len(kept) == len(task.placed) else "by Qdrant"
        elif params:
            detail["placement"] = "by Qdrant"
        return PlannedStep("complete" if task.goes_on else self.action, task.name, detail=detail)

    def work(self, scene: FleetScene, state: FleetState) -> State:
        last_look(scene, self.task, state)
        after = state.asks().answers(state.standing, UNKNOWN).waits()
        try:
            self._create(scene)
        except EngineError as error:
            # A conflict: another client was quicker, and the collection is not ours.
            taken = isinstance(error, QdrantError) and error.kind == "conflict"
            return (state if taken else after).fails(self.action, error)
        return after

    def undo(self, scene: Scene, state: State) -> State:
        """Remove what this run created, where nothing was asked of a shard yet."""
        ours = state.claim is Claim.OURS and state.standing is Standing.IN_DOUBT and not self.sharded.goes_on
        if not ours or of_fleet(state).shards:
            return state
        try:
            confirm_lock(scene, self.task)
            fleet(scene).node.delete_collection(self.task.name)
            return state.clears(Claim.FREE)
        except EngineError as error:
            return state.tries("clean-up", f"what it created is still there: {error.said}")

    def _create(self, scene: FleetScene) -> None:
        task, name, config = self.sharded, self.task.name, self.task.source.config or {}
        if name not in scene.node.collections():
            scene.node.create_collection(name, self._body(config))
            more = update_body(config)
            if more:
                scene.node.update_collection(name, more)
        made = keys_of(scene.view(name).shards)
        placed = dict(task.placed)
        for key, ids in task.source.shard_keys:
            if key not in made:
                peers = placed.get(key)
                where = {"placement": list(peers)} if peers else {}
                scene.node.create_shard_key(name, key, shards_number=len(ids), **where)
        view = wait_for_shards(scene, name, task.limits.ready, len(task.source.known_shards))
        wrong = misfit(task.archived, view.shards)
        if wrong:
            raise RestoreError(
                "create the shards of",
                task.subject,
                wrong,
                "Create the collection and its keys so that the ids are those of the backup, and restore into it "
                "(mode: replace).",
            )
        if task.goes_on:  # a dirty shard keeps every node from describing it: see the recipe
            return
        there = scene.node.collection(name).payload_schema
        create_indexes(scene, task, missing_indexes(task.source.payload_schema, there))

    def _body(self, config: dict[str, Any]) -> dict[str, Any]:
        """With as many shards as the backup has, which may have been resharded since the collection was created."""
        body = creation_body(config)
        if not self.task.source.custom_sharding:
            body["shard_number"] = max(1, len(self.task.source.known_shards))
        return body
