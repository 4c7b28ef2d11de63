# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits until a restored collection is ready: its data is complete. An optimizer at work takes nothing away from it."""

from __future__ import annotations

import dataclasses
import time

from ..._base.counted import counted
from ..._base.progress import Event, Progress
from ..._qdrant.client import Node
from ..._qdrant.errors import QdrantError
from ..errors import NotReadyError
from ..scene import Scene
from ..state import State
from ..task import Limits
from .base import Step

GREEN = "green"  # of ``wait_for``: an optimizer at work is waited for too
# A recover into a free name makes no shard of a collection with shard keys, answers true, and restores no point.
_NO_SHARD, _GRACE = "it has no shard", 5.0
_MAKE_KEYS = (
    "Drop it, create it with its shard keys, in the order of their shards, and restore into it (mode: replace)."
)
_LOOK = "Do not use the collection yet. Find the cause in the server's log (journalctl -u qdrant)."
_OPTIMIZING = "the optimizer is at work"


@dataclasses.dataclass(frozen=True)
class Readiness:
    """Of a collection whose data is complete. optimizing: an optimizer is at work; warnings: sentences."""

    optimizing: bool = False
    warnings: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class _Seen:
    """missing: what is not as it should be yet, "" when the data is complete; fatal: waiting is without success."""

    missing: str = ""
    fatal: bool = False
    optimizing: bool = False


def wait_until_ready(
    node: Node, collection: str, seconds: float, progress: Progress, wait_for: str = "data"
) -> Readiness:
    """Wait until all replicas are active, nothing is moved, and no update is queued. NotReadyError where that does not
    come within ``seconds``. An answer of 200 to the recover says none of this; ``green`` alone does not either.

    wait_for: ``green`` waits for the optimizer too; where it goes on for longer, that is a warning.
    """
    began, pause = time.monotonic(), 0.02
    while True:
        seen = _look(node, collection)
        spent = time.monotonic() - began
        waiting = seen.missing or (_OPTIMIZING if seen.optimizing and wait_for == GREEN else "")
        if not waiting:
            return Readiness(seen.optimizing)
        if seen.fatal or spent > seconds or (seen.missing == _NO_SHARD and spent > _GRACE):
            break
        progress(Event("wait until ready", collection, text=waiting))
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)
    if not seen.missing:
        said = f"{collection} is still being optimized: it is complete, and searches are slower until that ends."
        return Readiness(True, (said,))
    advice = _MAKE_KEYS if seen.missing == _NO_SHARD else _LOOK if seen.fatal else more_time(seconds)
    raise NotReadyError(f"collection {collection} on {node.url}", seen.missing, spent, advice)


def more_time(seconds: float) -> str:
    """The advice after ``seconds`` of waiting."""
    return f"{_LOOK} If the server only needs more time, raise ready_timeout (--ready-timeout; now {seconds:g} s)."


# Other nodes' replicas of what was recovered are Active, and answer, until the cluster has agreed that they are not.
AGREEMENT = 15.0


class Agreement:
    """Called where a restored collection is not what it should be: waits, and says whether to look once more, which is
    so where other nodes have replicas of it and may not have heard of the restore yet. warnings: of its waits."""

    def __init__(self, node: Node, collection: str, limits: Limits, progress: Progress) -> None:
        self._node, self._collection, self._limits, self._progress = node, collection, limits, progress
        self._end = 0.0
        self.warnings: tuple[str, ...] = ()

    def __call__(self) -> bool:
        if not self._node.shards(self._collection).remote:
            return False
        self._end = self._end or time.monotonic() + AGREEMENT
        if time.monotonic() > self._end:
            return False
        time.sleep(1.0)
        limits = self._limits
        found = wait_until_ready(self._node, self._collection, limits.ready, self._progress, limits.wait_for)
        self.warnings += tuple(text for text in found.warnings if text not in self.warnings)
        return True


def _look(node: Node, collection: str) -> _Seen:
    try:
        seen, shards = node.collection(collection), node.shards(collection)
    except QdrantError as error:  # a node that is restarted now comes back with what it answered 200 for
        return _Seen(error.said or str(error), error.kind not in ("unreachable", "no_answer", "server_error"))
    if seen.optimizer_status != "ok":
        return _Seen(f"the optimizer reports {seen.optimizer_status}", fatal=True)
    if seen.status == "red":
        return _Seen("its status is red", fatal=True)
    if not shards.local and not shards.remote:
        return _Seen(_NO_SHARD)
    if not shards.all_active:
        return _Seen("a replica is not active")
    if shards.transfers or shards.resharding:
        return _Seen("shards are being moved")
    if seen.update_queue_length:
        return _Seen(f"{counted(seen.update_queue_length, 'update')} not applied yet")
    return _Seen(optimizing=seen.status == "yellow")


class WaitUntilReady(Step):
    """An optimizer at work is a fact for the report, and waited for only where that was asked for."""

    action = "wait until ready"
    stage = "ready"
    shown = True

    def do(self, scene: Scene, state: State) -> State:
        limits = self.task.limits
        found = wait_until_ready(scene.node, self.task.name, limits.ready, scene.progress, limits.wait_for)
        return dataclasses.replace(state, optimizing=found.optimizing).warns(*found.warnings)
