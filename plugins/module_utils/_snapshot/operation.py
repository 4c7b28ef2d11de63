# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door of this room: facts -> plan -> apply -> report."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from .._base.clock import now, parse_utc
from .._base.errors import UsageError
from .._base.host import Host
from .._base.plan import Plan
from .._base.progress import Event, Progress, silent
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.scope import Scope
from .._qdrant.values import Snapshot
from .orphans import orphans, remove
from .plan import make_plan
from .values import SnapshotFacts, SnapshotOptions

_SAME_SECOND = 1.1  # snapshots of both kinds in one second have one name, and the full one takes the other's file away

KINDS = ("collection", "shard", "full")


def manage(options: SnapshotOptions, node: Node, *, check: bool = False, progress: Progress = silent) -> dict[str, Any]:
    """Bring the node's snapshots of one kind to the state wanted.

    Returns {"changed", "plan", "snapshot": the one created or good enough, "deleted": [names], "snapshots": [what is
    there], "orphans_removed": [paths], "warnings", "diff"}. LockedError where another run is at work on the node.
    """
    scope = scope_of(options.kind, options.collection, options.shard_id)
    host = Host(options.state_dir, node.url)
    facts = gather(options, scope, node, host)
    plan = make_plan(facts, options)
    plan.refuse_or_go()
    if check or not plan.changes:
        return _carry_out(options, scope, node, facts, plan, check, progress)
    # A backup may be reading the very file that rotation would take, and a full snapshot takes away what is made in
    # the same second. Whoever had the lock may have changed what was seen before it.
    with host.lock(plan.operation):
        facts = gather(options, scope, node, host)
        plan = make_plan(facts, options)
        plan.refuse_or_go()
        return _carry_out(options, scope, node, facts, plan, check, progress)


def _carry_out(
    options: SnapshotOptions,
    scope: Scope,
    node: Node,
    facts: SnapshotFacts,
    plan: Plan,
    check: bool,
    progress: Progress,
) -> dict[str, Any]:
    report: dict[str, Any] = {"changed": plan.changes, "plan": plan.as_dict(), "deleted": [], "orphans_removed": []}
    report["warnings"] = list(plan.warnings)
    before = [s.name for s in facts.snapshots]
    created: Snapshot | None = None
    for step in plan.steps:
        if step.action == "create" and not check:
            progress(Event("create", str(scope)))
            created, report["orphans_removed"] = _create(options, scope, node)
        elif step.action == "delete":
            report["deleted"].append(step.subject)
            if not check:
                node.delete_snapshot(scope, step.subject)
    after = before if check else [s.name for s in newest_first(node.list_snapshots(scope))]
    if check:
        after = [name for name in before if name not in report["deleted"]]
        after += ["(a new snapshot)"] if any(step.action == "create" for step in plan.steps) else []
    newest = created or (facts.snapshots[0] if facts.snapshots and options.state == "present" else None)
    report["snapshot"] = dataclasses.asdict(newest) if newest is not None and not (check and plan.changes) else None
    report["snapshots"] = after
    report["diff"] = {"before": {"snapshots": sorted(before)}, "after": {"snapshots": sorted(after)}}
    return report


def scope_of(kind: str, collection: str, shard_id: int | None) -> Scope:
    """The scope that the options name; UsageError where one is missing."""
    if kind not in KINDS:
        raise UsageError(f"kind {kind!r} is unknown", f"Choose one of {', '.join(KINDS)}.")
    if kind == "full":
        return Scope.full()
    if not collection:
        raise UsageError(f"kind: {kind} needs a collection", "Name it (collection).")
    if kind == "collection":
        return Scope.collection(collection)
    if shard_id is None:
        raise UsageError("kind: shard needs shard_id", "Give its number; the collection's cluster view lists them.")
    return Scope.shard(collection, shard_id)


def gather(options: SnapshotOptions, scope: Scope, node: Node, host: Host) -> SnapshotFacts:
    """What is there. A collection that does not exist is the server's 404, which names it."""
    if options.state == "absent" and not options.snapshot:
        raise UsageError("state: absent needs the name of a snapshot", "Name the one to delete (snapshot).")
    snapshots = newest_first(node.list_snapshots(scope))
    moment = now()
    return SnapshotFacts(
        url=node.url,
        snapshots=tuple(snapshots),
        ages={
            s.name: (moment - parse_utc(s.creation_time)).total_seconds() if s.creation_time else None
            for s in snapshots
        },
        alias_of=node.aliases().get(options.collection, "") if options.collection else "",
        recovering=node.recoveries_running() if options.state == "present" else 0,
        intents=tuple(host.intents()),
    )


def newest_first(snapshots: list[Snapshot]) -> list[Snapshot]:
    """By the time of creation, then by name; the server lists in no order."""
    return sorted(snapshots, key=lambda s: (s.creation_time or "", s.name), reverse=True)


def _create(options: SnapshotOptions, scope: Scope, node: Node) -> tuple[Snapshot, list[str]]:
    _leave_the_second(options, node)
    if options.kind != "full" or not options.snapshots_dir:
        return node.create_snapshot(scope), []
    before = orphans(options.snapshots_dir)
    created = node.create_snapshot(scope)
    return created, remove(orphans(options.snapshots_dir) - before)


def _leave_the_second(options: SnapshotOptions, node: Node) -> None:
    """Wait until the second of the last snapshot of any kind has passed."""
    scopes = [Scope.full()] + [Scope.collection(name) for name in _names(options, node)]
    if options.kind == "shard" and options.shard_id is not None:
        scopes = [Scope.shard(options.collection, options.shard_id)]
    times = [s.creation_time for scope in scopes for s in _seen(node, scope) if s.creation_time]
    if times and (now() - parse_utc(max(times))).total_seconds() <= 1:
        time.sleep(_SAME_SECOND)


def _seen(node: Node, scope: Scope) -> list[Snapshot]:
    """Its snapshots; none where the key may not ask: a token for one collection sees no full ones."""
    try:
        return node.list_snapshots(scope)
    except QdrantError as error:
        if error.kind != "forbidden":
            raise
        return []


def _names(options: SnapshotOptions, node: Node) -> list[str]:
    return node.collections() if options.kind == "full" else [options.collection]
