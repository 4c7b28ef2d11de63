# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the restore of one collection stands on all nodes. Each step takes a state and returns the next."""

from __future__ import annotations

import dataclasses
from typing import Any

from .._base.intent import RECOVER
from .._restore.standing import Standing
from .._restore.state import Attempt, State
from .._restore.task import REPAIR, Task
from .task import ShardedTask, pair


@dataclasses.dataclass(frozen=True)
class ShardState:
    """One shard on one node. attempts: deliveries that failed; error: why it is not whole, "" if it is."""

    shard: int
    node: str
    standing: Standing = Standing.UNTOUCHED
    way: str = ""
    attempts: tuple[Attempt, ...] = ()
    error: str = ""
    seconds: float = 0.0

    @property
    def in_doubt(self) -> bool:
        """Whether the replica may be a mixture, or be recovered still."""
        return self.standing in (Standing.ASKED, Standing.IN_DOUBT)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        out: dict[str, Any] = {
            "shard": self.shard,
            "node": self.node,
            "standing": self.standing.value,
            "delivery": self.way,
            "tried": [{"delivery": one.way, "said": one.said} for one in self.attempts],
            "seconds": round(self.seconds, 3),
        }
        return {**out, "error": self.error} if self.error else out


@dataclasses.dataclass(frozen=True)
class FleetState(State):
    """shards: every shard on every node that was asked for it, or was to be; safety: a snapshot of each shard before a
    replacement, as (shard, node, name)."""

    shards: tuple[ShardState, ...] = ()
    safety: tuple[tuple[int, str, str], ...] = ()

    @classmethod
    def first(cls, task: Task) -> State:
        """Before the first step. Like a replacement, what goes on with an interrupted restore takes over its doubt."""
        state, note = super().first(task), task.target.intent
        begun = task.recipe == REPAIR and note is not None and note.step == RECOVER
        return dataclasses.replace(state, standing=Standing.IN_DOUBT) if task.leftover or begun else state

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Shards on nodes whose contents are in doubt."""
        return tuple(pair(one.shard, one.node) for one in self.shards if one.in_doubt)

    def as_dict(self, task: Task) -> dict[str, Any]:
        return {**super().as_dict(task), **self._of_cluster(task)}

    def failed_dict(self, task: Task) -> dict[str, Any]:
        return {**super().failed_dict(task), **self._of_cluster(task)}

    def _of_cluster(self, task: Task) -> dict[str, Any]:
        out: dict[str, Any] = {"shards": [one.as_dict() for one in self.shards], "in_doubt": list(self.doubtful)}
        if isinstance(task, ShardedTask):
            out["lacking_shards"] = list(task.archived.lacking) if task.restores and task.creates else []
            out["left_to_qdrant"] = [dataclasses.asdict(one) for one in task.left]
        if self.safety:
            out["safety_snapshots"] = [
                {"shard": shard, "node": node, "snapshot": name} for shard, node, name in self.safety
            ]
        return out


def of_fleet(state: State) -> FleetState:
    """The same, as steps of this room get it."""
    if not isinstance(state, FleetState):
        raise TypeError("a step of a cluster's restore was given the state of one node")
    return state
