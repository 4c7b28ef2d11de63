# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Move the aliases that clients use to the restored collection, all in one call."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ..._base.errors import EngineError
from ..._base.plan import Step as PlannedStep
from ..._qdrant.effects import NONE
from ..._qdrant.errors import QdrantError
from ..errors import RestoreError
from ..last_look import check_still, confirm_lock
from ..scene import Scene
from ..state import State
from ..task import Switching, Task
from .alias import alias_command, creation, deletion
from .base import Step


class MoveAliases(Step):
    """Deleting and creating them in one call leaves no moment without them: a client's read finds the old collection or
    the new one. The server does all of a call or nothing, and tells its aliases. Where it does not tell them after an
    answer that was lost, they count as moved: the undoing looks at each, and the record of the switch stays. Undone by
    the inverse call."""

    action = "move aliases"
    stage = "switch"

    def __init__(self, task: Task, switching: Switching, aliases: Sequence[str]) -> None:
        super().__init__(task)
        self.switching, self.aliases = switching, tuple(aliases)

    def describe(self) -> PlannedStep:
        detail = {"from": self.switching.old.name, "to": self.task.name}
        return PlannedStep(self.action, ", ".join(self.aliases), detail=detail)

    def do(self, scene: Scene, state: State) -> State:
        task = self.task
        held = scene.node.aliases()
        apart = self._apart(held)
        if apart:
            return state.fails(self.action, self._error(scene, "; ".join(apart), held))
        confirm_lock(scene, task)
        check_still(scene, task, self.switching)
        try:
            scene.node.change_aliases(moving(self.aliases, held, task.name))
        except EngineError as error:
            if isinstance(error, QdrantError) and error.effect == NONE:
                return state.fails(self.action, self._error(scene, error.said, held))
            try:
                now = scene.node.aliases()
            except EngineError as silent:
                return self._unseen(scene, state, f"{error.said}; then {silent.said}", held)
            if any(now.get(alias) != task.name for alias in self.aliases):
                return state.fails(self.action, self._error(scene, error.said, now))
        try:
            lost = scene.not_pointing(self.aliases, task.name)
            now = scene.node.aliases() if lost else {}
        except EngineError as silent:
            return self._unseen(scene, state, silent.said, held)
        aliases = tuple(sorted({*state.aliases, *self.aliases} - {*lost}))
        state = dataclasses.replace(state, aliases=aliases, moved=self.aliases, changed=True)
        if lost:
            said = f"the node answered true, and {', '.join(lost)} does not point to {task.name}"
            return state.fails(self.action, self._error(scene, said, now))
        return state

    def _unseen(self, scene: Scene, state: State, said: str, held: Mapping[str, str]) -> State:
        """They may have been moved."""
        told = f"whether they point to {self.task.name} is not known: {said}"
        return dataclasses.replace(state, moved=self.aliases, changed=True).fails(
            self.action, self._error(scene, told, held)
        )

    def undo(self, scene: Scene, state: State) -> State:
        """Back to the old collection, while it exists and the aliases still point to the new one."""
        if not state.moved:
            return state
        try:
            held, there = scene.node.aliases(), scene.node.collections()
            back = [alias for alias in self.switching.old.aliases if held.get(alias) == self.task.name]
            added = [alias for alias in state.moved if alias not in self.switching.old.aliases]
            if self.switching.old.name not in there:
                return state
            actions = moving(back, held, self.switching.old.name) + [
                deletion(alias) for alias in added if held.get(alias) == self.task.name
            ]
            if actions:
                scene.node.change_aliases(actions)
        except EngineError as error:
            return state.warns(f"The aliases were not moved back: {error.sentence()}")
        kept = tuple(alias for alias in state.aliases if alias not in state.moved)
        return dataclasses.replace(state, aliases=kept, moved=())

    def _apart(self, held: Mapping[str, str]) -> list[str]:
        """What another client has done with the aliases since the plan was made."""
        found, old = [], self.switching.old
        for alias in self.aliases:
            at = held.get(alias)
            if at is None and alias in old.aliases:
                found.append(f"alias {alias} was removed during the restore")
            elif at not in (None, old.name, self.task.name):
                found.append(f"alias {alias} was moved to {at} during the restore")
        return found

    def _error(self, scene: Scene, said: str, held: Mapping[str, str]) -> RestoreError:
        command = alias_command(scene.node, moving(self.aliases, held, self.task.name))
        return RestoreError(
            "move the aliases",
            f"{', '.join(self.aliases)} to {self.task.subject}",
            said,
            f"To move them by hand: {command}",
            command=command,
        )


def moving(aliases: Sequence[str], held: Mapping[str, str], collection: str) -> list[dict[str, Any]]:
    """The actions that let the aliases point to a collection, in one call."""
    actions: list[dict[str, Any]] = []
    for alias in aliases:
        if held.get(alias) != collection:
            actions += [deletion(alias)] if alias in held else []
            actions.append(creation(collection, alias))
    return actions
