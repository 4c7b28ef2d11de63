# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why the restore of a cluster would refuse: nodes, their state, and the shards of each collection. Pure.

What one node's restore refuses too (names, aliases, versions, archives) is in ``_restore``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._base.counted import counted
from .._base.plan import Refusal
from .._qdrant.by_hand import change_cluster, delete_collection, remove_peer
from .._qdrant.versions import restore_rule
from .._restore import refuse as one_node
from .._restore.commands import command
from .._restore.errors import CHOOSE_OF_ALL
from .._restore.match import differences
from .._restore.task import REPAIR, REPLACE
from .._restore.values import RestoreOptions
from .placing import known_shards, misfit, new_ids, targets_of
from .task import ShardedTask
from .values import FleetFacts, Member
from .views import with_hidden

LISTENER = "Listener"


def refusals(facts: FleetFacts, options: RestoreOptions, tasks: Sequence[ShardedTask]) -> Iterator[Refusal]:
    """Those of the nodes, then those of the backup and each collection. A cluster that is not known whole is judged no
    further."""
    wrong = list(member_refusals(facts.members))
    yield from wrong
    if wrong:
        return
    for refusal in one_node.refusals(facts.base, options, tasks):
        if refusal.code != "incomplete_backup":
            yield refusal
    if facts.base.incomplete and not options.allow_incomplete:
        yield _incomplete(facts, tasks)
    for task in tasks:
        yield from one_node.of_collection(task, _task_refusals(task, facts))


def member_refusals(members: Sequence[Member]) -> Iterator[Refusal]:
    """Whether these are all nodes of one cluster, and each is well."""
    for member in members:
        if member.silent:
            yield Refusal(
                "node_silent",
                f"Node {member.name} ({member.url}) does not answer: {member.silent}.",
                "Check the address, and start the node. Only if its machine is gone, remove it from the cluster "
                f"({remove_peer('URL', 'PEER_ID', keyed=member.keyed)}, on another node), and leave it out here.",
            )
    if any(member.silent for member in members):
        return
    if len({member.version for member in members}) > 1:
        told = ", ".join(f"{member.name} {member.version}" for member in members)
        yield Refusal(
            "mixed_versions",
            f"The nodes run different versions of Qdrant ({told}): an upgrade is under way.",
            "Finish the upgrade first, then restore.",
        )
    enabled = [member for member in members if member.enabled]
    if not enabled and len(members) == 1:
        return
    for member in members:
        if not member.enabled:
            yield Refusal(
                "not_one_cluster",
                f"Node {member.name} ({member.url}) does not run in cluster mode, and {len(members)} nodes are given.",
                "Name the nodes of one cluster, or one node alone.",
            )
    yield from _cluster_refusals(enabled)


def _cluster_refusals(members: Sequence[Member]) -> Iterator[Refusal]:
    seen: dict[int | None, Member] = {}
    for member in members:
        twin = seen.setdefault(member.peer_id, member)
        if twin is not member:
            yield Refusal(
                "same_node_twice",
                f"{twin.name} ({twin.url}) and {member.name} ({member.url}) are the same node (peer {member.peer_id}).",
                "Give each node's own address, never a load balancer's.",
            )
        if member.trouble:
            yield Refusal(
                "no_consensus",
                f"Node {member.name} takes no part in the cluster's consensus: {member.trouble}.",
                f"Check its log, and GET {member.url}/cluster.",
            )
    given = {member.peer_id for member in members}
    strangers = [member for member in members if members[0].peer_id not in member.peers]
    if strangers:
        names = ", ".join(member.name for member in strangers)
        yield Refusal(
            "not_one_cluster",
            f"{names} and {members[0].name} are of different clusters.",
            "Name the nodes of one cluster.",
        )
        return
    absent = {peer: address for member in members for peer, address in member.peers.items() if peer not in given}
    for peer, address in sorted(absent.items()):
        yield Refusal(
            "peer_without_url",
            f"Peer {peer} ({address or 'address unknown'}) belongs to the cluster, and no address of its REST API was "
            "given.",
            "Name every node (--node-url NAME=URL, module: nodes). Only if its machine is gone, remove it: "
            f"{remove_peer(members[0].url, str(peer), keyed=members[0].keyed)}",
        )
    if not absent and len({frozenset(member.peers) for member in members}) > 1:
        told = ", ".join(f"{member.name} knows {len(member.peers)}" for member in members)
        yield Refusal(
            "peers_differ",
            f"The nodes do not know the same peers: {told}.",
            "Wait until every node shows the same peers (GET /cluster), then restore.",
        )


def _incomplete(facts: FleetFacts, tasks: Sequence[ShardedTask]) -> Refusal:
    newest = f"Use the newest complete backup: --backup-id {facts.newest_whole}; or" if facts.newest_whole else ""
    again = f": {command(tasks[0], '--allow-incomplete')}" if len(tasks) == 1 else "."
    return Refusal(
        "incomplete_backup",
        f"The backup is incomplete: {facts.base.incomplete}.",
        f"{newest or CHOOSE_OF_ALL + '. Or'} restore what it has (allow_incomplete: true){again}",
        facts.base.incomplete_of,
    )


def _task_refusals(task: ShardedTask, facts: FleetFacts) -> Iterator[Refusal]:
    archived, source = task.archived, task.source
    if archived.differ:
        yield Refusal("archives_differ", f"{archived.differ}.", f"{CHOOSE_OF_ALL}.")
    for version in archived.versions:
        broken = restore_rule(version, facts.base.version)
        if broken and version != source.qdrant_version:
            yield Refusal(
                "version",
                f"{broken[0].upper()}{broken[1:]}.",
                "Restore on servers of the same minor version, or the next one.",
            )
    if source.custom_sharding and not facts.clustered:
        yield Refusal(
            "custom_sharding",
            f"{source.collection} uses custom sharding, and a node without cluster mode has no shard keys (it answers: "
            "Distributed mode disabled).",
            "Restore it on a node that runs with cluster mode enabled (one node is enough).",
        )
    elif source.custom_sharding and task.creates:
        yield from _key_refusals(task)
    if task.creates and not source.config:
        yield Refusal(
            "config_unknown",
            f"No node's part of the backup describes {source.collection}, so it cannot be created: an archive of a "
            "shard does not hold its settings.",
            f"{CHOOSE_OF_ALL}, or create the collection with its settings, and restore into it (mode: replace).",
        )
    if task.name in facts.views:
        yield from _view_refusals(task, facts)
    elif task.recipe == REPAIR:
        yield Refusal(
            "nothing_to_repair",
            f"Collection {task.name} does not exist, so there is no part of it to repair.",
            f"Restore it whole: {command(task, mode='')}",
        )


def _view_refusals(task: ShardedTask, facts: FleetFacts) -> Iterator[Refusal]:
    """The shards of a collection that exists."""
    name, view = task.name, facts.views[task.name]
    if task.recipe not in (REPLACE, REPAIR) and not task.goes_on:
        return
    if view.resharding:
        yield Refusal(
            "resharding",
            f"{name} is being resharded: its shards change while they would be restored.",
            "Wait until it has ended, or abort it: "
            + change_cluster(task.node, name, {"abort_resharding": {}}, keyed=task.keyed),
        )
    if any(one.state == LISTENER for one in view.replicas):
        where = ", ".join(sorted({one.node or f"peer {one.peer}" for one in view.replicas if one.state == LISTENER}))
        yield Refusal(
            "listener",
            f"{where} holds listener replicas of {name}: they serve no reads, and a recover would make them active.",
            "Restart the node without node_type: Listener, then restore.",
        )
    wrong = misfit(task.archived, view.shards)
    if wrong and task.recipe == REPLACE:
        yield Refusal(
            "resharded",
            f"{name} does not have the shards of the backup: {wrong}.",
            "Restore to another name (name:), or delete it first: "
            f"{delete_collection(task.node, name, keyed=task.keyed)}",
        )
    if task.recipe == REPAIR:
        yield from _repair_refusals(task, facts)


def _key_refusals(task: ShardedTask) -> Iterator[Refusal]:
    if not task.source.shard_keys:
        yield Refusal(
            "no_shard_keys",
            f"The shard keys of {task.source.collection} are not known.",
            "Create the collection and its keys first, and restore into it (mode: replace).",
        )
        return
    wrong = misfit(task.archived, new_ids(task.archived))
    if wrong:
        ids = ", ".join(str(shard) for dummy, shards in task.source.shard_keys for shard in shards)
        yield Refusal(
            "shard_ids",
            f"The shards of {task.source.collection} have the ids {ids} (keys were deleted), and a new collection "
            "would number them again from 1. The ids of a key's shards decide which point is in which shard.",
            "Create the collection and its keys so that the ids are these, and restore into it (mode: replace).",
        )


def _repair_refusals(task: ShardedTask, facts: FleetFacts) -> Iterator[Refusal]:
    view = with_hidden(facts.views[task.name], known_shards(task.archived))
    if view.hidden:
        yield Refusal(
            "resharded",
            f"{task.name} has {counted(view.hidden, 'shard')} without a replica, and the backup does not show which.",
            "Choose a backup that was made after the last change of its shards or keys.",
        )
    for sentence in differences(task.source.config or {}, task.target.config or task.source.config or {}):
        yield Refusal("config_differs", f"{task.name} does not fit: {sentence}.", f"{CHOOSE_OF_ALL}.")
    targets = set(targets_of(task.archived, view.shards).values())
    lost = [one.shard for one in task.broken if one.shard not in targets]
    held = {one.shard for one in task.handed}
    if lost:
        yield Refusal(
            "resharded",
            f"Shard {', '.join(map(str, lost))} of {task.name} has no counterpart in the backup.",
            "Choose a backup that was made after the last change of its shards or keys.",
        )
    gone = [one.shard for one in task.broken if one.shard in targets and one.shard not in held]
    if gone:
        yield Refusal(
            "incomplete_backup",
            f"The backup has no archive of shard {', '.join(map(str, gone))} of {task.name}, which no healthy replica "
            "holds.",
            f"{CHOOSE_OF_ALL}.",
        )
