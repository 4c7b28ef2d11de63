# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives of shards of which nodes, or this host, could make nothing: whether they are damaged in the store."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from .._base.sentences import joined
from .._restore.commands import command
from .._restore.damage import Examined, examined
from .._restore.state import State
from .._restore.task import NEW, REPLACE
from .scene import FleetScene
from .state import FleetState, ShardState
from .task import Handed, ShardedTask

OTHER_ID = "ANOTHER_ID"


def examined_shards(
    scene: FleetScene, task: ShardedTask, handed: Sequence[Handed], wrong: Sequence[ShardState]
) -> Examined:
    """Of the archives in the store that nodes blamed, with the command that restores another backup. Each archive is
    read once, whatever number of nodes got it."""
    archives = {one.shard: one.archive for one in handed}
    blamed = {archives[one.shard].location: one for one in wrong if _blames(one)}
    found = []
    for one in blamed.values():
        archive = archives[one.shard]
        own = dataclasses.replace(archive.source(task.source), collection=archive.part(task.source.collection))
        found.append(examined(scene, task.of(own), State(attempts=one.attempts)))
    if not found:
        return Examined()
    # What an interrupted restore created belongs to its backup: another one replaces it.
    mode = REPLACE if task.recipe == NEW else task.mode
    changes = {"backup-id": OTHER_ID, "mode": mode}
    if task.switching is not None:  # what another backup is restored to has its id in its name
        changes["name"] = ""
    told = dict.fromkeys(one.told for one in found)
    return Examined(
        "; ".join(one.wrong for one in found if one.wrong),
        joined(*told, f"To restore another one: {command(task, **changes)}"),
    )


def blames_archive(state: FleetState) -> bool:
    """Whether a node, or this host, could make nothing of the bytes of an archive."""
    return any(_blames(one) for one in state.shards)


def _blames(one: ShardState) -> bool:
    return any(attempt.blames_archive for attempt in one.attempts)
