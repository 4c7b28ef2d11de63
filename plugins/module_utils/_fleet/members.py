# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks every node of the cluster who it is, and what it sees of a collection. Facts only."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Iterable, Mapping, Sequence
from typing import Callable, TypeVar

from .._base.errors import EngineError, UsageError
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.values import ShardView
from .values import Member, View
from .views import combined

T = TypeVar("T")
_AT_ONCE = 16


def at_once(work: Callable[[str], T], names: Iterable[str]) -> dict[str, T]:
    """The result for each name; several are asked at a time."""
    every = list(names)
    with concurrent.futures.ThreadPoolExecutor(min(_AT_ONCE, max(1, len(every)))) as pool:
        return dict(zip(every, pool.map(work, every)))


def ask_members(nodes: Mapping[str, Node]) -> tuple[Member, ...]:
    """Every node, in the order given. One that does not answer is a member with the reason."""
    found = at_once(lambda name: _member(name, nodes[name]), nodes)
    return tuple(found[name] for name in nodes)


def _member(name: str, node: Node) -> Member:
    keyed = bool(node.options.api_key)
    try:
        version, cluster = node.version(), node.cluster()
        recoveries = node.recoveries_running() or 0
    except UsageError:
        raise
    except EngineError as error:
        return Member(name, node.url, silent=error.said or str(error), keyed=keyed)
    return Member(
        name,
        node.url,
        version,
        cluster.enabled,
        cluster.peer_id,
        cluster.peers,
        cluster.trouble,
        recoveries,
        keyed=keyed,
    )


def names_of_peers(members: Sequence[Member]) -> dict[int, str]:
    """Peer id to the name of its node."""
    return {member.peer_id: member.name for member in members if member.peer_id is not None}


def ask_view(nodes: Mapping[str, Node], members: Sequence[Member], collection: str, *, count: bool = False) -> View:
    """The shards of a collection as all nodes see them. A node that does not know it (404) sees none.

    count: each node also counts its own replicas, exactly: "Active" does not prove that a replica answers.
    """
    asked = at_once(lambda name: _view(nodes[name], collection), nodes)
    views = {name: view for name, view in asked.items() if isinstance(view, ShardView)}
    silent = {name: view for name, view in asked.items() if isinstance(view, str)}
    names = names_of_peers(members)
    # A node without cluster mode has a peer id too, which only its shards show.
    names.update({view.peer_id: name for name, view in views.items() if view.peer_id})
    counts: dict[tuple[int, str], int | None] = {}
    why: dict[tuple[int, str], str] = {}
    if count:

        def of_node(name: str) -> list[tuple[int, int | None, str]]:
            return [(one.shard_id, *_count(nodes[name], collection, one.shard_id)) for one in views[name].local]

        for name, found in at_once(of_node, views).items():
            for shard, number, reason in found:
                counts[shard, name] = number
                if reason:
                    why[shard, name] = reason
    return combined(views, names, counts, why, silent)


def _view(node: Node, collection: str) -> ShardView | str:
    try:
        return node.shards(collection)
    except QdrantError as error:
        if error.kind == "not_found":
            return ShardView(0, 0, (), (), 0, 0)
        return error.said or str(error)


def _count(node: Node, collection: str, shard: int) -> tuple[int | None, str]:
    """(the count, why the replica does not answer)."""
    try:
        return node.shard_count(collection, shard), ""
    except QdrantError as error:
        if error.kind == "rate_limited":
            return None, ""
        return None, "it is dirty: a recover was interrupted" if error.dirty else error.said or str(error)
