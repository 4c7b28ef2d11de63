# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the node and the disk everything that the plan needs. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable

from .._base.host import Host, free_bytes
from .._base.marks import without_marks
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.scope import Scope
from .._qdrant.values import ACTIVE, Cluster, ShardView
from .errors import best_effort
from .options import BackupOptions
from .select import select
from .values import CollectionFacts, NodeFacts

_NOT_DESCRIBED = "the node does not describe it"


def gather(options: BackupOptions, node: Node) -> NodeFacts:
    """The node as it is now. QdrantError where it does not answer; a single broken collection is a fact, no error."""
    version = node.version()
    names = node.collections()
    aliases = without_marks(node.aliases())
    selection = select(options.collections, names, aliases)
    collections = {name: collection_facts(node, name) for name in selection.names}
    return NodeFacts(
        url=node.url,
        version=version,
        cluster=cluster_of(node, collections.values()),
        names=tuple(sorted(names)),
        aliases=aliases,
        selection=selection,
        collections=collections,
        recoveries=node.recoveries_running(),
        intents=tuple(Host(options.state_dir, node.url).intents()),
        free=free_bytes(options.snapshots_dir),
    )


def cluster_of(node: Node, collections: Iterable[CollectionFacts]) -> Cluster:
    """The node's cluster. A token for some collections may not ask for it; their shards tell as much as is needed."""
    try:
        return node.cluster()
    except QdrantError as error:
        if error.kind != "forbidden":
            raise
    return seen_cluster(facts.shards for facts in collections if facts.shards is not None)


def seen_cluster(views: Iterable[ShardView]) -> Cluster:
    """The cluster as far as the shards of some collections show it: one, where a shard is on another node."""
    seen = list(views)
    others = {shard.peer_id for view in seen for shard in view.remote}
    if not others:
        return Cluster(False, None, {})
    return Cluster(True, seen[0].peer_id, dict.fromkeys(sorted({seen[0].peer_id, *others}), ""))


def collection_facts(node: Node, name: str) -> CollectionFacts:
    """One collection; ``error`` holds the node's words where it refuses (gone meanwhile, no shard that could answer).

    Not being described is no failure: with one peer dead the node answers 500, and snapshots its own shards well.
    """
    warnings: list[str] = []
    try:
        shards = node.shards(name)
        scope = Scope.collection(name)
        info = best_effort(node, lambda: node.collection(name), _NOT_DESCRIBED, warnings)
        local = best_effort(node, lambda: node.list_snapshots(scope), "its snapshots were not listed", warnings)
    except QdrantError as error:
        if not error.answered:
            raise
        return CollectionFacts(name, error=error.sentence())
    if info is None and not any(shard.state == ACTIVE for shard in shards.local):
        return CollectionFacts(name, shards=shards, error=warnings[0])
    return CollectionFacts(name, info, shards, tuple(local or ()), tuple(warnings))
