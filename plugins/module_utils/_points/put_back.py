# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts points of a backup back into the live collection: compare, plan, write in batches, compare again.

Nothing is deleted. Right before each batch its points are read again: what was written since is left alone. No note
on the host is needed: every batch leaves a collection in which some points are back, and the next run finds the rest.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

from .._base.errors import RefusedError, UsageError
from .._base.host import Host
from .._base.plan import Plan
from .._base.progress import Progress, silent
from .._proof.by_engine import EngineOptions
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.values import Collection
from .._repository.keeper import node_lock
from .._restore.report import Times
from .comparison import Compared, samples_of
from .opening import decide_way, open_backup
from .options import CHANGED, ENGINE, MISSING, PointsOptions, selection_of
from .plan import PutBackFacts, command, make_plan
from .servers import require_own
from .source import Source, find
from .writing import Done, Writing

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue


def put_back(
    options: PointsOptions,
    engine: EngineOptions,
    node: Node,
    catalogue: Catalogue,
    *,
    check: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Put missing or changed points back; ``check``: plan only, without locks. The report: see ``_report``.

    UsageError, RefusedError (nothing was changed), LockedError, StoreError, QdrantError. Errors once a point was
    written are in ``failed``.
    """
    if options.points not in (MISSING, CHANGED):
        raise UsageError(f"points is {options.points!r}", "Set missing or changed.")
    if options.points_rate < 0:
        raise UsageError(f"points_rate is {options.points_rate}", "Set a number of points per second, or 0.")
    times = Times()
    way = decide_way(options, "put points of a backup back", check=check)
    selection = selection_of(options)
    source = find(catalogue, options)
    about = _about(node, options, source.backup_id)
    source = require_own(
        "put points back into",
        source,
        options,
        node,
        catalogue,
        lambda named: command(options, named, "--points", options.points),
    )
    with contextlib.ExitStack() as stack:
        opening = open_backup(way, options, engine, catalogue.store, source, node, progress)
        # The node opens it by a restore of its own, which holds the same locks.
        backup = stack.enter_context(opening) if way != ENGINE else None
        confirm, told = _locks(stack, options, node, catalogue, source) if not check else (_nothing, ())
        backup = backup or stack.enter_context(opening)
        work = Writing(options, engine, node, source, selection, backup, about, confirm, progress)
        parts, facts = work.compared()
        plan = make_plan(facts, options)
        plan.refuse_or_go()
        times.note("plan")
        done, found = (Done(), None) if check else work.apply(parts, plan)
        times.note("restore")
        return _report(options, source, way, plan, facts, parts, done, found, check, told, times.all())


def _about(node: Node, options: PointsOptions, backup_id: str) -> Collection:
    try:
        return node.collection(options.target)
    except QdrantError as error:
        if error.kind != "not_found":
            raise
        name = ("--name", options.live_name) if options.live_name else ()
        raise RefusedError(
            "put points back into",
            f"collection {options.target}",
            "it does not exist",
            f"Restore it as a whole: {command(options, backup_id, *name, selects=False)}",
        ) from None


def _nothing() -> None:
    """No lock to confirm."""


def _locks(
    stack: contextlib.ExitStack, options: PointsOptions, node: Node, catalogue: Catalogue, source: Source
) -> tuple[Callable[[], None], tuple[str, ...]]:
    """The locks of the host and of the repository, as a restore holds them: no backup is made meanwhile."""
    host = Host(options.state_dir, node.url)
    stack.enter_context(host.lock("restore of points"))
    whose = options.node_name or source.archives[0].node
    lock = node_lock(catalogue.store, options.cluster, whose, "a restore of points", host.mark(), must=False)
    keeper = stack.enter_context(lock)
    return keeper.confirm, tuple(keeper.warnings)


def _report(
    options: PointsOptions,
    source: Source,
    way: str,
    plan: Plan,
    facts: PutBackFacts,
    parts: Sequence[Compared],
    done: Done,
    found: dict[str, int] | None,
    check: bool,
    told: Sequence[str],
    seconds: dict[str, float],
) -> dict[str, Any]:
    """{"changed", "ok", "applied", "points_mode": "missing" or "changed", "collection", "name", "backup_id", "nodes",
    "points": counts of the comparison, "selected": whether filter or ids chose points, "samples", "put_back": points,
    each read again and compared, "batches", "already": points that were as in the backup right before their batch,
    "points_left_alone": number, "skipped": [{"id", "why"}], "after": counts of the second comparison, None without it,
    "seconds": {"plan", "restore", "total"}, "opened_with": engine or node, "plan", "failed", "warnings"}."""
    return {
        # After an error, a batch may be written and not read again.
        "changed": plan.changes if check else done.put_back > 0 or bool(done.failed and done.batches),
        "ok": not done.failed,
        "applied": not check,
        "points_mode": options.points,
        "collection": options.collection,
        "name": options.target,
        "backup_id": source.backup_id,
        "nodes": list(source.nodes),
        "points": facts.counts,
        "selected": bool(options.filter or options.ids or options.ids_file),
        "samples": samples_of(parts),
        "put_back": done.put_back,
        "batches": done.batches,
        "already": done.already,
        "points_left_alone": done.left_alone,
        "skipped": done.skipped,
        "after": found,
        "seconds": seconds,
        "opened_with": way,
        "plan": plan.as_dict(),
        # Of the report of a restore, for whoever reads both.
        "collections": [],
        "left_alone": [],
        "left_out": [],
        "not_done": [],
        "failed": done.failed,
        "warnings": [*plan.warnings, *told],
    }
