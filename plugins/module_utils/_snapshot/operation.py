# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entry point of this room: facts -> plan -> apply -> report."""

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
from .._qdrant.names import is_of_another
from .._qdrant.scope import Scope
from .._qdrant.values import Snapshot
from .orphans import orphans, remove
from .plan import make_plan
from .values import SnapshotFacts, SnapshotOptions

_SAME_SECOND = 1.1  # both kinds have the same file name in one second, and the full snapshot removes the other's file

KINDS = ("collection", "shard", "full")


def manage(options: SnapshotOptions, node: Node, *, check: bool = False, progress: Progress = silent) -> dict[str, Any]:
    """Create, keep or delete snapshots of one kind, as the options say.

    Returns {"changed", "plan", "snapshot": the new one or one younger than max_age, "deleted": [names], "snapshots":
    [names], "orphans_removed": [paths], "warnings", "diff"}. LockedError if another run holds the lock of the node.
    """
    scope = scope_of(options.kind, options.collection, options.shard_id)
    host = Host(options.state_dir, node.url)
    facts = gather(options, scope, node, host)
    plan = make_plan(facts, options)
    plan.refuse_or_go()
    if check or not plan.changes:
        return _carry_out(options, scope, node, facts, plan, check, progress)
    # A backup may be reading a file that rotation would delete, and a full snapshot removes snapshots made in the same
    # second. The facts are gathered again, because the previous holder of the lock may have changed them.
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


def scope_of(kind: str, collection: str | None, shard_id: int | None) -> Scope:
    """The scope in the options; UsageError if an option is missing."""
    if kind not in KINDS:
        raise UsageError(f"kind {kind!r} is unknown", f"Choose one of {', '.join(KINDS)}.")
    if kind == "full":
        return Scope.full()
    if not collection:
        raise UsageError(f"kind: {kind} needs a collection", "Set collection.")
    if kind == "collection":
        return Scope.collection(collection)
    if shard_id is None:
        raise UsageError("kind: shard needs shard_id", "Set shard_id; GET /collections/NAME/cluster lists the shards.")
    return Scope.shard(collection, shard_id)


def gather(options: SnapshotOptions, scope: Scope, node: Node, host: Host) -> SnapshotFacts:
    """The snapshots on the node. For an unknown collection, the server answers 404 and names it."""
    if options.state == "absent" and not options.snapshot:
        raise UsageError("state: absent needs the name of a snapshot", "Set snapshot to the one to delete.")
    snapshots = newest_first(node.list_snapshots(scope))
    others = _others(options, scope, node, snapshots)
    moment = now()
    return SnapshotFacts(
        url=node.url,
        snapshots=tuple(snapshots),
        ages={
            s.name: (moment - parse_utc(s.creation_time)).total_seconds() if s.creation_time else None
            for s in snapshots
            if s.name not in others or scope.kind != "collection"
        },
        alias_of=node.aliases().get(options.collection, "") if options.collection else "",
        recovering=node.recoveries_running() if options.state == "present" else 0,
        intents=tuple(host.intents()),
        others=others,
    )


def _others(options: SnapshotOptions, scope: Scope, node: Node, snapshots: list[Snapshot]) -> frozenset[str]:
    """Nodes that keep their snapshots in one bucket list those of all. Only the names of collections' snapshots show
    which server made them: of another kind, each may be another server's."""
    if options.state != "present" or not snapshots or not node.snapshot_storage().in_s3:
        return frozenset()
    if scope.kind != "collection":
        return frozenset(snapshot.name for snapshot in snapshots)
    peer_id = node.shards(options.collection or "").peer_id
    return frozenset(snapshot.name for snapshot in snapshots if is_of_another(snapshot.name, peer_id))


def newest_first(snapshots: list[Snapshot]) -> list[Snapshot]:
    """Sorted by time of creation, then by name; the server's list has no order."""
    return sorted(snapshots, key=lambda s: (s.creation_time or "", s.name), reverse=True)


def _create(options: SnapshotOptions, scope: Scope, node: Node) -> tuple[Snapshot, list[str]]:
    _leave_the_second(options, scope, node)
    if options.kind != "full" or not options.snapshots_dir:
        return node.create_snapshot(scope), []
    before = orphans(options.snapshots_dir)
    created = node.create_snapshot(scope)
    return created, remove(orphans(options.snapshots_dir) - before)


def _leave_the_second(options: SnapshotOptions, scope: Scope, node: Node) -> None:
    """Wait until the second of the last snapshot of any kind has passed."""
    scopes = [scope]
    if options.kind != "shard":
        names = [scope.name] if scope.name else node.collections()
        scopes = [Scope.full(), *map(Scope.collection, names)]
    times = [s.creation_time for scope in scopes for s in _seen(node, scope) if s.creation_time]
    if times and (now() - parse_utc(max(times))).total_seconds() <= 1:
        time.sleep(_SAME_SECOND)


def _seen(node: Node, scope: Scope) -> list[Snapshot]:
    """The snapshots; none if the key may not list them: a token for one collection may not list full snapshots."""
    try:
        return node.list_snapshots(scope)
    except QdrantError as error:
        if error.kind != "forbidden":
            raise
        return []
