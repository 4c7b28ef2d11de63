# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shards of a collection, put together from what each node sees. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from .._base.counted import counted
from .._qdrant.values import ACTIVE, ShardView
from .values import Replica, ShardKey, View


def combined(
    views: Mapping[str, ShardView],
    names: Mapping[int, str],
    counts: Mapping[tuple[int, str], int | None] | None = None,
    why: Mapping[tuple[int, str], str] | None = None,
    silent: Mapping[str, str] | None = None,
) -> View:
    """views: by node; names: peer id to node; counts and why: by (shard, node), see ``Replica``; silent: nodes that did
    not tell their view, and why."""
    states: dict[tuple[int, int], list[str]] = {}
    keys: dict[int, ShardKey] = {}
    seen: dict[str, set[tuple[int, int]]] = {}
    for node, view in views.items():
        pairs = [(local.shard_id, view.peer_id, local.state, local.shard_key) for local in view.local]
        pairs += [(remote.shard_id, remote.peer_id, remote.state, remote.shard_key) for remote in view.remote]
        seen[node] = {(shard, peer) for shard, peer, dummy, dummy2 in pairs}
        for shard, peer, state, key in pairs:
            states.setdefault((shard, peer), []).append(state)
            keys[shard] = key if key is not None else keys.get(shard)
    most = max((view.shard_count for view in views.values()), default=0)
    counted, reasons, gone = counts or {}, why or {}, silent or {}
    replicas = []
    for (shard, peer), found in sorted(states.items()):
        node = names.get(peer, "")
        state = next((one for one in found if one != ACTIVE), ACTIVE)
        reason = reasons.get((shard, node), "") or gone.get(node, "")
        replicas.append(Replica(shard, peer, node, state, keys.get(shard), counted.get((shard, node)), reason))
    return View(
        dict(sorted(keys.items())),
        tuple(replicas),
        max((view.transfers for view in views.values()), default=0),
        max((view.resharding for view in views.values()), default=0),
        _apart(seen),
        max(0, most - len(keys)),
    )


def with_hidden(view: View, known: Mapping[int, ShardKey]) -> View:
    """The view with the shards that lost their last replica. known: of the backup; if they cannot be told from it, they
    stay hidden."""
    unseen = {shard: key for shard, key in known.items() if shard not in view.shards}
    if not view.hidden or len(unseen) != view.hidden:
        return view
    return dataclasses.replace(view, shards=dict(sorted({**view.shards, **unseen}.items())), hidden=0)


def _apart(seen: Mapping[str, set[tuple[int, int]]]) -> str:
    """What two nodes see differently."""
    for node, pairs in sorted(seen.items()):
        first = min(seen)
        if pairs != seen[first]:
            return f"{first} sees {counted(len(seen[first]), 'replica')}, {node} sees {len(pairs)}"
    return ""


def unready(view: View, expected: Sequence[int] = ()) -> str:
    """Why a collection's shards are not complete yet, "" if they are. expected: shards that must have a replica."""
    if view.apart:
        return f"the nodes see different shards: {view.apart}"
    if not view.replicas:
        return "it has no shard"
    if view.hidden:
        return f"{view.hidden} of its shards {'has' if view.hidden == 1 else 'have'} no replica"
    empty = [shard for shard in (expected or view.shards) if not view.of(shard)]
    if empty:
        return f"shard {', '.join(map(str, empty))} has no replica"
    for one in view.replicas:
        if one.state != ACTIVE or one.why:
            where = one.node or f"peer {one.peer}"
            return f"the replica of shard {one.shard} on {where} is {one.state}" + (f" ({one.why})" if one.why else "")
    if view.transfers or view.resharding:
        return "shards are being moved"
    return ""


def unequal(view: View) -> str:
    """Which replicas of a shard hold different numbers of points, "" if none do or nothing is known."""
    for shard in view.shards:
        counts = {one.node: one.count for one in view.of(shard) if one.count is not None}
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{count} on {node}" for node, count in sorted(counts.items()))
            return f"the replicas of shard {shard} hold different numbers of points: {told}"
    return ""
