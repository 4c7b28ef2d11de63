# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door of this room: facts -> plan -> apply -> report."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable

from .._base.errors import EngineError
from .._base.host import Host
from .._base.plan import Plan
from .._base.progress import Progress, silent
from .._qdrant.client import Node
from .apply import Restorer
from .choose import already_back, to_do
from .facts import gather
from .plan import make_plan
from .values import RestoreFacts, RestoreOptions

if TYPE_CHECKING:
    from .._repository.store import Store

LOCK_SECONDS = 900.0  # renewed while the restore runs; what a dead run leaves behind ends then


def restore(
    options: RestoreOptions, node: Node, store: Store | None, *, check: bool = False, progress: Progress = silent
) -> dict[str, Any]:
    """Bring collections back and prove them.

    Returns {"changed", "ok", "plan", "collections": [a report each], "failed": [an error each], "not_done": [names],
    "left_out": [names], "warnings"}. Raises RefusedError (nothing was changed) when the plan has refusals; a collection
    that fails ends the work, and is told in "failed" with what was not begun in "not_done".
    """
    if check:
        facts = gather(options, node, store)
        plan = make_plan(facts, options)
        plan.refuse_or_go()
        return {**_report(plan, [], [], []), "left_out": _left_out(facts, options)}
    host = Host(options.state_dir, node.url)
    with host.lock("restore"):
        facts = gather(options, node, store)
        plan = make_plan(facts, options)
        plan.refuse_or_go()
        with _repository_lock(options, facts, store, host.mark()) as confirm:
            _wait_for_snapshots(node, options.silence_seconds)
            report = _carry_out(plan, Restorer(facts, options, node, store, progress, confirm), facts)
            return {**report, "left_out": _left_out(facts, options)}


def _left_out(facts: RestoreFacts, options: RestoreOptions) -> list[str]:
    return sorted({*facts.left_out, *(source.collection for source, dummy in already_back(facts, options))})


def _wait_for_snapshots(node: Node, seconds: float) -> None:
    """A backup from elsewhere may have begun a snapshot before it met our lock; one taken during a recover is a
    mixture, and can break the recover."""
    deadline = time.monotonic() + seconds
    while node.snapshots_running():
        if time.monotonic() > deadline:
            raise EngineError(
                "begin the restore",
                f"on {node.url}",
                f"a snapshot is still being created after {seconds:.0f} s",
                "Nothing was changed. Wait until it has ended (metric snapshot_creation_running is 0).",
            )
        time.sleep(0.1)


def _carry_out(plan: Plan, restorer: Restorer, facts: RestoreFacts) -> dict[str, Any]:
    done: list[dict[str, Any]] = []
    pairs = to_do(facts, restorer.options)
    for number, (source, target) in enumerate(pairs):
        try:
            done.append(restorer.restore(source, target))
        except EngineError as error:
            failed = {"collection": source.collection, "name": target.name, **error.as_dict()}
            left = [t.name for dummy, t in pairs[number + 1 :]]
            return {**_report(plan, done, [failed], left), "changed": restorer.touched}
    return _report(plan, done, [], [])


def _report(
    plan: Plan, done: list[dict[str, Any]], failed: list[dict[str, Any]], not_done: list[str]
) -> dict[str, Any]:
    warnings = list(plan.warnings)
    for item in done:
        warnings += [text for text in item["warnings"] if text not in warnings]
    return {
        "changed": plan.changes,
        "ok": not failed,
        "plan": plan.as_dict(),
        "collections": done,
        "failed": failed,
        "not_done": not_done,
        "warnings": warnings,
    }


def _nobody_else() -> None:
    """No lock, nothing to lose."""


@contextlib.contextmanager
def _repository_lock(
    options: RestoreOptions, facts: RestoreFacts, store: Store | None, mark: str
) -> Iterator[Callable[[], None]]:
    """Runs from elsewhere keep off this node meanwhile. A repository that we may only read cannot hold our lock:
    then the host's lock is the only one, which is what a restore on a fresh host has anyway. Yields what raises
    LockedError when the lock is not ours any more."""
    nodes = [source.node for source, dummy in facts.pairs if source.kind == "repository"]
    if store is None or not nodes:
        yield _nobody_else
        return
    from .._repository.errors import StoreError
    from .._repository.keeper import Keeper
    from .._repository.lock import Lock

    holder = f"a restore on {socket.gethostname()}, process {os.getpid()} {mark}"
    lock = Lock(store, options.cluster, options.node_name or nodes[0], holder, LOCK_SECONDS, dead_mark=mark)
    keeper = None
    try:
        keeper = Keeper(lock, LOCK_SECONDS)
    except StoreError as error:
        if error.kind != "forbidden":
            raise
    try:
        yield keeper.confirm if keeper is not None else _nobody_else
    finally:
        if keeper is not None:
            keeper.close()
