# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set one alias on the restored collection."""

from __future__ import annotations

from ..._restore.scene import Scene
from ..._restore.state import State
from ..._restore.steps.alias import SetAlias, alias_command, creation


class SetClusterAlias(SetAlias):
    """A collection that lacks shards gets none: clients would take it for the whole."""

    def do(self, scene: Scene, state: State) -> State:
        if state.proof is not None and not state.proof.whole:
            command = alias_command(scene.node, [creation(self.task.name, self.alias)])
            return state.warns(
                f"{self.task.name} lacks shards, so alias {self.alias} was not set. To set it: {command}"
            )
        return super().do(scene, state)
