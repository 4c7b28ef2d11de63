# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When is a restored collection ready: every replica active, nothing queued, nothing moving, optimiser at rest."""

from __future__ import annotations

import time

from .._base.errors import EngineError
from .._base.progress import Event, Progress
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError


def wait_until_ready(node: Node, collection: str, seconds: float, progress: Progress) -> list[str]:
    """Wait for a restored collection; warnings where it works but is not at rest. EngineError where it does not work.

    An answer of 200 to the recover says none of this; ``green`` alone does not either.
    """
    began, pause, missing = time.monotonic(), 0.02, "it was not looked at"
    deadline = began + seconds
    while True:
        missing, fatal = _missing(node, collection)
        if not missing:
            return []
        if fatal or time.monotonic() > deadline or (missing == _NO_SHARD and time.monotonic() > began + _GRACE):
            break
        progress(Event("wait until ready", collection, text=missing))
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)
    if missing == _OPTIMISING:
        return [f"{collection} is still being optimised: it is complete, and searches are slower until that ends."]
    raise EngineError(
        "bring to readiness",
        f"collection {collection} on {node.url}",
        f"{missing} after {time.monotonic() - began:.0f} s",
        _MAKE_KEYS if missing == _NO_SHARD else _LOOK,
    )


# Other nodes' replicas of what was recovered are Active, and answer, until the cluster has agreed that they are not.
AGREEMENT = 15.0


class Agreement:
    """Called where a restored collection is not what it should be: waits, and says whether to look once more, which is
    so where other nodes have replicas of it and may not have heard of the restore yet."""

    def __init__(self, node: Node, collection: str, seconds: float, progress: Progress) -> None:
        self._node, self._collection, self._seconds, self._progress = node, collection, seconds, progress
        self._end = 0.0

    def __call__(self) -> bool:
        if not self._node.shards(self._collection).remote:
            return False
        self._end = self._end or time.monotonic() + AGREEMENT
        if time.monotonic() > self._end:
            return False
        time.sleep(1.0)
        wait_until_ready(self._node, self._collection, self._seconds, self._progress)
        return True


# A recover into a free name makes no shard of a collection with shard keys, answers true, and restores no point.
_NO_SHARD, _GRACE = "it has no shard", 5.0
_MAKE_KEYS = "Drop it, create it with its shard keys, in the order of their shards, and restore with mode: replace."
_LOOK = "Look at the server's log; the collection must not be used before it is ready."
_OPTIMISING = "the optimiser is at work"


def _missing(node: Node, collection: str) -> tuple[str, bool]:
    """What is not as it should be yet ("" when all is), and whether waiting is in vain."""
    try:
        seen, shards = node.collection(collection), node.shards(collection)
    except QdrantError as error:  # a node that is restarted now comes back with what it answered 200 for
        return error.said or str(error), error.kind not in ("unreachable", "no_answer", "server_error")
    if seen.optimizer_status != "ok":
        return f"the optimiser reports {seen.optimizer_status}", True
    if seen.status == "red":
        return "its status is red", True
    if not shards.local and not shards.remote:
        return _NO_SHARD, False
    if not shards.all_active:
        return "a replica is not active", False
    if shards.transfers or shards.resharding:
        return "shards are being moved", False
    if seen.update_queue_length:
        return f"{seen.update_queue_length} updates wait to be applied", False
    return (_OPTIMISING if seen.status == "yellow" else ""), False
