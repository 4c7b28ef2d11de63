# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gathers the facts for the plan from the node and the disk. Changes nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from .._base.clock import now
from .._base.host import Host, free_bytes
from .._base.marks import without_marks
from .._proof.view import fingerprint, segments_of
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.scope import Scope
from .._qdrant.values import ACTIVE, Cluster, ShardView, Snapshot
from .errors import best_effort
from .options import BackupOptions
from .select import select, unfinished_switches
from .values import CollectionFacts, NodeFacts
from .workers import each

_NOT_DESCRIBED = "the node does not describe it"


def gather(options: BackupOptions, node: Node) -> NodeFacts:
    """The state of the node. QdrantError if it does not answer; a single broken collection is a fact, not an error."""
    version = node.version()
    names = node.collections()
    aliases = without_marks(node.aliases())
    host = Host(options.state_dir, node.url)
    intents = tuple(host.intents())
    selection = select(options.collections, names, aliases, unfinished_switches(intents, aliases))
    found = each(
        options.parallel,
        lambda name: collection_facts(node, name, segments=options.reuse_days > 0),
        list(selection.names),
        "facts",
    )
    cluster = cluster_of(node, found)
    per_shard = options.per_shard(cluster)
    if per_shard:
        found = each(options.parallel, lambda facts: with_shards(node, facts), found, "facts")
    collections = {facts.name: facts for facts in found}
    return NodeFacts(
        url=node.url,
        version=version,
        cluster=cluster,
        names=tuple(sorted(names)),
        aliases=aliases,
        selection=selection,
        collections=collections,
        recoveries=node.recoveries_running(),
        intents=intents,
        free=free_bytes(options.snapshots_dir),
        noted_server=host.noted_server(),
        storage=node.snapshot_storage(),
        quotas=node.quotas(version),
        silent=node.silent_peers() if per_shard else None,
        moment=now(),
    )


def cluster_of(node: Node, collections: Iterable[CollectionFacts]) -> Cluster:
    """The node's cluster. A token for some collections may not read it; their shards show enough."""
    try:
        return node.cluster()
    except QdrantError as error:
        if error.kind != "forbidden":
            raise
    return seen_cluster(facts.shards for facts in collections if facts.shards is not None)


def seen_cluster(views: Iterable[ShardView]) -> Cluster:
    """The cluster as the shards of some collections show it, if a shard is on another node."""
    seen = list(views)
    others = {shard.peer_id for view in seen for shard in view.remote}
    if not others:
        return Cluster(False, None, {})
    return Cluster(True, seen[0].peer_id, dict.fromkeys(sorted({seen[0].peer_id, *others}), ""))


def collection_facts(node: Node, name: str, *, segments: bool = False) -> CollectionFacts:
    """One collection; ``error``: the node's error if it refuses (deleted since, no shard that can answer). segments:
    also read what shows that it has changed.

    A missing description is not an error: with one dead peer, the node answers 500, but can snapshot its own shards.
    """
    warnings: list[str] = []
    try:
        shards = node.shards(name)
        scope = Scope.collection(name)
        info = best_effort(node, lambda: node.collection(name), _NOT_DESCRIBED, warnings)
        local = best_effort(node, lambda: node.list_snapshots(scope), "its snapshots were not listed", warnings)
        # In this order: what is written between the two reads changes the count, or came after the backup.
        found = best_effort(node, lambda: fingerprint(segments_of(node, name, shards)), "", []) if segments else None
        counted = best_effort(node, lambda: node.count(name), "", []) if found else None
    except QdrantError as error:
        if not error.answered:
            raise
        return CollectionFacts(name, error=error.sentence())
    if info is None and not any(shard.state == ACTIVE for shard in shards.local):
        return CollectionFacts(name, shards=shards, error=warnings[0])
    return CollectionFacts(
        name,
        info,
        shards,
        tuple(local or ()),
        tuple(warnings),
        listed=local is not None,
        fingerprint=found or "",
        counted=counted,
    )


def with_shards(node: Node, facts: CollectionFacts) -> CollectionFacts:
    """The same with the snapshots of its shards on this node. A shard whose snapshots cannot be listed has none."""
    found: dict[int, tuple[Snapshot, ...]] = {}
    for shard in facts.shards.local if facts.shards is not None and not facts.error else ():
        try:
            found[shard.shard_id] = tuple(node.list_snapshots(Scope.shard(facts.name, shard.shard_id)))
        except QdrantError as error:
            if not error.answered:
                raise
            found[shard.shard_id] = ()
    return dataclasses.replace(facts, of_shards=found)
