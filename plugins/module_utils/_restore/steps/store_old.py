# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the collection that clients use in a snapshot of each node, and read that, before the collection is deleted."""

from __future__ import annotations

import dataclasses

from ..._archive.errors import ArchiveError
from ..._archive.inspect import inspect
from ..._base.errors import EngineError
from ..._base.plan import Step as PlannedStep
from ..._qdrant.client import Node
from ..._qdrant.scope import Scope
from ..errors import RestoreError
from ..last_look import check_still, confirm_lock
from ..scene import Scene
from ..state import State
from ..task import Switching, Task
from .base import Step


class StoreOld(Step):
    """The snapshot stays in the node's snapshots folder when its collection is deleted."""

    action = "store the old collection"
    stage = "switch"
    shown = True

    def __init__(self, task: Task, switching: Switching) -> None:
        super().__init__(task)
        self.switching = switching

    def describe(self) -> PlannedStep:
        return PlannedStep(self.action, self.switching.old.name, detail={"points": self.switching.old.count})

    def do(self, scene: Scene, state: State) -> State:
        confirm_lock(scene, self.task)
        check_still(scene, self.task, self.switching)
        for name, node in scene.every_node.items():
            if name and not node.shards(self.switching.old.name).local:
                continue  # of a cluster: its snapshot would be empty
            state = self._store(scene, state, name, node)
            if state.failure is not None:
                break
        return state

    def _store(self, scene: Scene, state: State, name: str, node: Node) -> State:
        """name: of the node, "" for one node alone."""
        scope = Scope.collection(self.switching.old.name)
        taken = node.create_snapshot(scope)
        told = f"{taken.name} on {name}" if name else taken.name
        every = f"{state.old_snapshot}, {told}" if state.old_snapshot else told
        state = dataclasses.replace(state, old_snapshot=every, changed=True)
        try:
            with node.download_snapshot(scope, taken.name) as stream:
                found = inspect(stream, progress=scene.progress)
        except (EngineError, ArchiveError) as error:
            return state.fails(self.action, self._error(node, taken.name, error.said))
        wrong = [problem.rstrip(".") for problem in found.problems]
        if taken.checksum and taken.checksum.lower() != found.sha256:
            wrong.insert(0, f"its sha256 is {found.sha256}, the node noted {taken.checksum.lower()}")
        return state.fails(self.action, self._error(node, taken.name, "; ".join(wrong))) if wrong else state

    def _error(self, node: Node, snapshot: str, said: str) -> RestoreError:
        return RestoreError(
            "read the safety snapshot",
            f"{snapshot} of collection {self.switching.old.name} on {node.url}",
            said,
            "The collection was not deleted. Check the node (qdrant-backup doctor).",
        )
