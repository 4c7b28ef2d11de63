# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which node of a cluster captures which shard. Pure: every node that has the same view arrives at the same answer, so
that each shard is stored once and no node has to ask another one.

Each shard is assigned on its own. If the views of two nodes differ in one replica, only that shard is captured twice or
not at all, and a shard that is not captured is seen when the backup is read.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Collection, Iterable

from .._qdrant.values import ACTIVE, ShardView


@dataclasses.dataclass(frozen=True)
class Assignment:
    """The shards of one collection. takers: shard to the peer that captures it; unheld: shards without an Active
    replica on a peer that answers."""

    takers: dict[int, int]
    unheld: tuple[int, ...] = ()

    def of(self, peer: int) -> tuple[int, ...]:
        """The shards that a peer captures."""
        return tuple(sorted(shard for shard, taker in self.takers.items() if taker == peer))


def assign(view: ShardView, collection: str, backup_id: str, silent: Collection[int] = ()) -> Assignment:
    """Assign every shard of a collection to one peer.

    silent: peers that do not answer. Their shards go to the next peer in turn; the other shards stay where they are.
    The peer whose view this is answers."""
    replicas: dict[int, list[int]] = {}
    places = [(shard.shard_id, view.peer_id, shard.state) for shard in view.local]
    places += [(shard.shard_id, shard.peer_id, shard.state) for shard in view.remote]
    for shard, peer, state in places:
        replicas.setdefault(shard, []).extend([peer] if state == ACTIVE else [])
    gone = set(silent) - {view.peer_id}
    takers = {}
    for shard, peers in replicas.items():
        there = [peer for peer in in_turn(peers, collection, shard, backup_id) if peer not in gone]
        if there:
            takers[shard] = there[0]
    return Assignment(takers, tuple(sorted(replicas.keys() - takers.keys())))


def assign_gaps(
    view: ShardView,
    collection: str,
    backup_id: str,
    missing: Collection[int],
    there: Collection[int],
    silent: Collection[int] = (),
) -> Assignment:
    """Assign the shards of a committed backup that are in no archive. there: peers whose nodes have a manifest of it;
    the others did not run, so they do not get any. The shard of a peer that failed with it goes to this peer again."""
    peers = {view.peer_id, *(shard.peer_id for shard in view.remote)}
    found = assign(view, collection, backup_id, {*silent, *(peers - set(there))})
    takers = {shard: taker for shard, taker in found.takers.items() if shard in missing}
    return Assignment(takers, tuple(sorted(set(missing) - takers.keys())))


def in_turn(peers: Iterable[int], collection: str, shard: int, backup_id: str) -> list[int]:
    """The peers of a shard, from the one whose turn it is. Another backup begins at another peer, so that none always
    has the work, and the shards of one backup are spread over the peers."""
    order = sorted(set(peers))
    if not order:
        return []
    text = f"{backup_id}\0{collection}\0{shard}".encode("utf-8", "surrogatepass")
    first = int.from_bytes(hashlib.sha256(text).digest()[:8], "big") % len(order)
    return order[first:] + order[:first]
