# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks all nodes and the repository everything that the plan needs. Changes nothing."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Mapping, Sequence

from .._base.clock import now, utc_text
from .._base.errors import UsageError
from .._base.intent import Intent
from .._base.switched import switches
from .._options import check_choices
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.values import ACTIVE
from .._qdrant.versions import has_quotas
from .._repository.catalogue import Catalogue
from .._repository.store import Store
from .._restore.facts import check_one, needed
from .._restore.facts import check_options as check_of_one
from .._restore.target_facts import HostNotes, target_facts
from .._restore.values import RestoreFacts, RestoreOptions, Target
from .archives import Backup, find
from .hosts import Hosts
from .members import ask_members, ask_view, at_once
from .refuse import member_refusals
from .task import renamed
from .values import FleetFacts, Member, View

_NOT_HERE = ("snapshot", "src", "snapshot_url")


def check_options(options: RestoreOptions, nodes: Mapping[str, Node]) -> None:
    """UsageError for options that do not go with several nodes."""
    check_choices(options)
    for word in _NOT_HERE:
        if getattr(options, word):
            raise UsageError(f"{word} goes with one node, and nodes are given", f"Leave out nodes, or {word}.")
    if options.delivery == "file":
        raise UsageError(
            "delivery: file goes with one node, and nodes are given",
            "Use delivery: url, upload, or auto (the default).",
        )
    if not nodes:
        raise UsageError("No node is given", "Name each node of the cluster: --node-url NAME=URL (module: nodes).")


def checked_store(options: RestoreOptions, store: Store | None) -> Store:
    """The repository. UsageError without one, and for options that contradict each other."""
    found = needed(store)
    mode = "replace" if options.mode == "repair" else options.mode  # which the rules of one node do not know
    check_of_one(dataclasses.replace(options, mode=mode), True)
    return found


def gather(options: RestoreOptions, nodes: Mapping[str, Node], catalogue: Catalogue, hosts: Hosts) -> FleetFacts:
    """All facts of one restore. Nodes that are not one whole cluster are asked nothing more."""
    members = ask_members(nodes)
    first = members[0]
    if list(member_refusals(members)):
        return FleetFacts(members, RestoreFacts(first.url, first.version, False, {}, None, ()), ())
    backup = find(catalogue, options)
    check_one(options, len(backup.archived))
    base, views = _of_cluster(options, nodes, members, backup, catalogue.store, hosts)
    return FleetFacts(members, base, backup.archived, views, backup.peers, backup.newest_whole)


def _of_cluster(
    options: RestoreOptions,
    nodes: Mapping[str, Node],
    members: Sequence[Member],
    backup: Backup,
    store: Store,
    hosts: Hosts,
) -> tuple[RestoreFacts, dict[str, View]]:
    first, node = members[0], nodes[members[0].name]
    aliases, existing = node.aliases(), set(node.collections())
    notes = HostNotes(
        {intent.collection: renamed(intent, members) for intent in hosts.intents()},
        {intent.collection: intent for intent in hosts.unfinished()},
        switches(hosts) if options.mode == "switch" else (),
    )
    targets: list[Target] = []
    views: dict[str, View] = {}
    for one in backup.archived:
        name, intent = notes.of(one.whole, options, existing)
        target = _target(name, nodes, options, aliases, name in existing, intent)
        if target.exists and (options.mode == "replace" or target.begun):
            target = dataclasses.replace(target, moving=_is_moving(nodes, members, name, options.watch_seconds))
        targets.append(notes.noted(target, one.whole, options, list(nodes.values()), aliases, existing))
        if name in existing:
            count = options.mode == "repair"
            views[name] = ask_view(nodes, members, name, count=count)
    base = RestoreFacts(
        node_url=first.url,
        keyed=first.keyed,
        version=first.version,
        cluster_enabled=first.enabled,
        aliases=aliases,
        recoveries_running=sum(member.recoveries for member in members),
        pairs=tuple(zip((one.whole for one in backup.archived), targets)),
        collections=frozenset(existing),
        can_presign=store.kind == "s3",
        incomplete=backup.incomplete,
        incomplete_of=backup.incomplete_of,
        excluded=backup.excluded,
        warnings=backup.warnings,
        quotas=backup.quotas,
        quotas_now=node.quotas(first.version) if backup.quotas or options.restore_quotas else None,
        has_quotas=has_quotas(first.version),
        measured=backup.measured,
        lost=backup.lost,
        now=utc_text(now()),
    )
    return base, views


def _target(
    name: str,
    nodes: Mapping[str, Node],
    options: RestoreOptions,
    aliases: dict[str, str],
    exists: bool,
    intent: Intent | None,
) -> Target:
    """The target as the first node that can describe it has it: one with a dirty shard refuses."""
    if exists and options.mode == "repair":
        return _broken(name, nodes, intent)
    target = Target(name)
    still = dataclasses.replace(options, watch_seconds=0.0)  # watched replica by replica, see below
    for node in nodes.values():
        target = target_facts(name, node, still, aliases, exists, intent)
        if not exists or target.config is not None:
            break
    # Parts that nodes restored one after another are no parts of this restore.
    others = (*target.old_marks, *(mark.alias for mark in target.marks))
    return dataclasses.replace(target, marks=(), old_marks=others)


def _broken(name: str, nodes: Mapping[str, Node], intent: Intent | None) -> Target:
    """The target of a repair: what any node can still describe of it. Its points are not counted: a node closes the
    connection if a shard has no replica."""
    for node in nodes.values():
        with contextlib.suppress(QdrantError):
            about = node.collection(name)
            return Target(name, True, config=about.config, payload_schema=about.payload_schema, intent=intent)
    return Target(name, True, intent=intent)


def _is_moving(nodes: Mapping[str, Node], members: Sequence[Member], name: str, seconds: float) -> bool:
    """Whether a replica's count changes, or updates queue, while we watch. The count of the collection says nothing
    here: after a restore that did not end, it depends on the replicas that answer. Qdrant itself writes to a shard that
    it moves: the replica that is being made, and the queue of its node, do not count."""

    def look() -> tuple[dict[tuple[int, str], int | None], bool]:
        view = ask_view(nodes, members, name, count=True)
        served = {(one.shard, one.node): one.count for one in view.replicas if one.state == ACTIVE}
        return served, not view.transfers and any(at_once(queued, nodes).values())

    def queued(node: str) -> bool:
        try:
            return (nodes[node].collection(name).update_queue_length or 0) > 0
        except QdrantError:  # a dirty shard: nothing can be written to it
            return False

    deadline = time.monotonic() + seconds
    before, busy = look()
    while not busy and time.monotonic() < deadline:
        time.sleep(min(0.25, seconds))
        after, busy = look()
        busy = busy or any(after[one] != before[one] for one in after.keys() & before.keys())
    return busy
