# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which shards a repair restores, and what it leaves to Qdrant. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .._base.counted import counted
from .._qdrant.by_hand import change_cluster
from .._qdrant.values import ACTIVE
from .placing import fewest
from .values import Replica, View


@dataclasses.dataclass(frozen=True)
class Broken:
    """A shard that no healthy replica holds. why: of each replica; holders: the nodes that get its archive."""

    shard: int
    why: str
    holders: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Left:
    """A replica that Qdrant makes from a healthy one. call: the commands for it, "" if Qdrant does it by itself."""

    shard: int
    node: str
    why: str
    call: str = ""


def broken_shards(
    view: View, doubtful: Collection[tuple[int, str]], members: Sequence[str], copies: int
) -> tuple[Broken, ...]:
    """doubtful: (shard, node) whose contents an interrupted restore may have mixed, by this host's note."""
    found = []
    for shard in view.shards:
        replicas = view.of(shard)
        if any(one.healthy and (shard, one.node) not in doubtful for one in replicas):
            continue
        why = "; ".join(_why(one, doubtful) for one in replicas) or "it has no replica"
        holders = view.holders(shard) or fewest(view, members, min(copies, len(members)))
        found.append(Broken(shard, why, holders))
    return tuple(found)


def left_to_qdrant(
    view: View,
    doubtful: Collection[tuple[int, str]],
    members: Sequence[str],
    copies: int,
    collection: str,
    urls: Mapping[str, str],
    peers: Mapping[str, int],
    keyed: bool,
) -> tuple[Left, ...]:
    """Replicas that a healthy one of the same shard can replace, and replicas that a shard lacks."""
    found: list[Left] = []
    broken = {one.shard for one in broken_shards(view, doubtful, members, copies)}
    for shard in view.shards:
        if shard in broken:
            continue
        replicas = view.of(shard)
        good = next(one for one in replicas if one.healthy and (shard, one.node) not in doubtful)
        url = urls[good.node]
        for one in replicas:
            doubt = (shard, one.node) in doubtful
            if one.healthy and not doubt:
                continue
            where = one.node or f"peer {one.peer}"
            call = ""
            if one.state == ACTIVE:  # Qdrant does not know that it is broken
                drop = {"drop_replica": {"shard_id": shard, "peer_id": one.peer}}
                call = " && ".join(
                    change_cluster(url, collection, body, keyed=keyed) for body in (drop, _copy(shard, good, one.peer))
                )
            found.append(Left(shard, where, _why(one, doubtful), call))
        wanted = min(copies, len(members)) - len(replicas)
        free = [name for name in members if name not in view.holders(shard) and name in peers]
        for name in free[: max(0, wanted)]:
            found.append(
                Left(
                    shard,
                    name,
                    f"it has {len(replicas)} of {counted(copies, 'replica')}",
                    change_cluster(url, collection, _copy(shard, good, peers[name]), keyed=keyed),
                )
            )
    return tuple(found)


def _why(one: Replica, doubtful: Collection[tuple[int, str]]) -> str:
    where = one.node or f"peer {one.peer}"
    if not one.node:
        return f"peer {one.peer} is not among the nodes"
    if one.why:
        return f"on {where} {one.why}"
    if one.state != ACTIVE:
        return f"on {where} it is {one.state}"
    return f"on {where} a restore did not end" if (one.shard, one.node) in doubtful else f"on {where} it is Active"


def _copy(shard: int, good: Replica, to: int) -> dict[str, Any]:
    return {"replicate_shard": {"shard_id": shard, "from_peer_id": good.peer, "to_peer_id": to}}
