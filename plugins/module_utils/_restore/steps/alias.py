# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set one alias on the restored collection."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ..._base.errors import EngineError
from ..._base.plan import Step as PlannedStep
from ..._qdrant.by_hand import change_aliases
from ..._qdrant.client import Node
from ..errors import RestoreError
from ..scene import Scene
from ..state import State
from ..task import Task
from .base import Step


class SetAlias(Step):
    """Only where it is absent or already right: an existing one is never moved. A collection of which parts are missing
    gets none: clients would take it for the whole."""

    action = "create alias"
    stage = "alias"

    def __init__(self, task: Task, alias: str) -> None:
        super().__init__(task)
        self.alias = alias

    def describe(self) -> PlannedStep:
        return PlannedStep(self.action, self.alias, detail={"collection": self.task.name})

    def do(self, scene: Scene, state: State) -> State:
        name, alias = self.task.name, self.alias
        try:
            held = scene.node.aliases().get(alias)
            if held is None and state.proof is not None and not state.proof.whole:
                return state.warns(
                    f"{name} gets {alias} with the last part: restore the other nodes, and ask for it there too."
                )
            if held is None:
                scene.node.change_aliases([creation(name, alias)])
        except EngineError as error:
            return state.fails(self.action, self._error(scene, error.said, [creation(name, alias)]))
        if held not in (None, name):
            moving = [deletion(alias), creation(name, alias)]
            return state.fails(self.action, self._error(scene, f"it points to {held}", moving))
        return dataclasses.replace(state, aliases=tuple(sorted({*state.aliases, alias})))

    def _error(self, scene: Scene, said: str, actions: list[dict[str, Any]]) -> RestoreError:
        """The alias alone is missing: with the one call that sets it."""
        command = alias_command(scene.node, actions)
        verb = "move" if len(actions) > 1 else "set"
        return RestoreError(
            "set the alias",
            f"{self.alias} on {self.task.subject}",
            said,
            f"To {verb} the alias: {command}",
            alias=self.alias,
            command=command,
        )


def alias_command(node: Node, actions: Sequence[Mapping[str, Any]]) -> str:
    """The command that sends alias actions in one call."""
    return change_aliases(node.url, actions, keyed=bool(node.options.api_key))


def creation(collection: str, alias: str) -> dict[str, Any]:
    """The action that makes an alias."""
    return {"create_alias": {"collection_name": collection, "alias_name": alias}}


def deletion(alias: str) -> dict[str, Any]:
    """The action that removes an alias."""
    return {"delete_alias": {"alias_name": alias}}
