# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the node and the disk everything that the plan needs. Changes nothing."""

from __future__ import annotations

from .._base.host import Host, free_bytes
from .._base.marks import without_marks
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.scope import Scope
from .options import BackupOptions
from .select import select
from .values import CollectionFacts, NodeFacts


def gather(options: BackupOptions, node: Node) -> NodeFacts:
    """The node as it is now. QdrantError where it does not answer; a single broken collection is a fact, no error."""
    version = node.version()
    names = node.collections()
    aliases = without_marks(node.aliases())
    selection = select(options.collections, names, aliases)
    return NodeFacts(
        url=node.url,
        version=version,
        cluster=node.cluster(),
        names=tuple(sorted(names)),
        aliases=aliases,
        selection=selection,
        collections={name: collection_facts(node, name) for name in selection.names},
        recoveries=node.recoveries_running(),
        intents=tuple(Host(options.state_dir, node.url).intents()),
        free=free_bytes(options.snapshots_dir),
    )


def collection_facts(node: Node, name: str) -> CollectionFacts:
    """One collection; ``error`` holds the node's words where it refuses (dirty shard, gone meanwhile)."""
    try:
        return CollectionFacts(
            name,
            node.collection(name),
            node.shards(name),
            tuple(node.list_snapshots(Scope.collection(name))),
        )
    except QdrantError as error:
        if not error.answered:
            raise
        return CollectionFacts(name, error=error.sentence())
