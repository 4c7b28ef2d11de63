# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits until all nodes see the same, complete shards of a collection."""

from __future__ import annotations

import time
from collections.abc import Sequence

from .._base.counted import counted
from .._base.progress import Event
from .._qdrant.errors import QdrantError
from .._restore.errors import NotReadyError
from .._restore.steps.ready import GREEN, more_time
from .absence import Absence
from .scene import FleetScene
from .values import View
from .views import unready

_LOOK = "GET URL/collections/NAME/cluster of each node shows its shards. Then run the same command again."


def wait_for_shards(scene: FleetScene, collection: str, seconds: float, shards: int) -> View:
    """The view once every node has the collection with its shards, all Active. NotReadyError after ``seconds``."""
    began, pause, absence = time.monotonic(), 0.02, Absence(scene.nodes)
    while True:
        view = scene.view(collection)
        wrong = unready(view)
        if not wrong and len(view.shards) != shards:
            wrong = f"it has {len(view.shards)} of {shards} shards"
        if not wrong:
            return view
        _wait_or_raise(scene, collection, absence, wrong, began, seconds, pause)
        pause = min(pause * 1.5, 1.0)


def wait_for_transfers(scene: FleetScene, collection: str, seconds: float) -> None:
    """Until no shard of the collection is moved."""
    began, absence = time.monotonic(), Absence(scene.nodes)
    while True:
        view = scene.view(collection)
        if not view.transfers and not view.resharding:
            return
        _wait_or_raise(scene, collection, absence, "shards are being moved", began, seconds, 0.5)


def wait_until_active(
    scene: FleetScene, collection: str, seconds: float, wait_for: str, expected: Sequence[int] = ()
) -> tuple[bool, list[str]]:
    """(whether an optimizer works on it, warnings) once every replica is Active on all nodes, nothing is moved and no
    update is queued. NotReadyError after ``seconds``. expected: shards that must be complete; none: all."""
    began, pause, absence = time.monotonic(), 0.02, Absence(scene.nodes)
    while True:
        wrong = _unready(scene.view(collection), expected)
        optimizing = False
        for name, node in scene.nodes.items():
            if wrong:
                break
            try:
                about = node.collection(collection)
            except QdrantError as error:
                wrong = f"{name}: {error.said or error}"
                continue
            if about.optimizer_status != "ok":
                wrong = f"on {name} the optimizer reports {about.optimizer_status}"
            elif about.status == "red":
                wrong = f"on {name} its status is red"
            elif about.update_queue_length:
                wrong = f"on {name} {counted(about.update_queue_length, 'update')} not applied yet"
            optimizing = optimizing or about.status == "yellow"
        late = time.monotonic() - began > seconds
        if not wrong and (not optimizing or wait_for != GREEN or late):
            told = f"{collection} is still being optimized: it is complete, and searches are slower until that ends."
            return optimizing, [told] if optimizing and wait_for == GREEN else []
        _wait_or_raise(scene, collection, absence, wrong or "the optimizer is at work", began, seconds, pause)
        pause = min(pause * 1.5, 1.0)


def _unready(view: View, expected: Sequence[int]) -> str:
    """For some shards: replicas of others are left to Qdrant."""
    if not expected:
        return unready(view)
    some = View(
        {shard: view.shards.get(shard) for shard in expected},
        tuple(one for one in view.replicas if one.shard in expected),
        apart=view.apart,
    )
    return unready(some)


def _wait_or_raise(
    scene: FleetScene, collection: str, absence: Absence, wrong: str, began: float, seconds: float, pause: float
) -> None:
    spent = time.monotonic() - began
    where = f"collection {collection} on {', '.join(scene.nodes)}"
    absence.check("check", where)
    if spent > seconds:
        raise NotReadyError(where, wrong, spent, f"{more_time(seconds)} {_LOOK}")
    scene.progress(Event("wait until ready", collection, text=wrong))
    time.sleep(pause)
