# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The coverage guard: compares the contents of an archive with the node's view. Pure.

A snapshot contains the shards of the node that answered. The answer does not show whether that was another node (behind
a load balancer) or a node without a shard: it is 200 and an archive of some kilobytes.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from .._archive.facts import UNNAMED_SHARD, ArchiveFacts
from .._base.counted import points as points_of
from .._qdrant.names import parse_snapshot_name
from .._qdrant.values import ACTIVE, Cluster, ShardView

BALANCER = (
    "The URL may be that of a load balancer. A snapshot holds the data of one node: "
    "set url to the node's own address, and back up each node separately."
)


@dataclasses.dataclass(frozen=True)
class Coverage:
    """captured: ids of Active shards that the archive holds; known: {id: {state, key, peers}} of the whole collection;
    failure: why the archive is not a backup of this node's part, "" if it is."""

    captured: tuple[int, ...] = ()
    known: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    failure: str = ""


def known_shards(view: ShardView) -> dict[str, dict[str, Any]]:
    """Every shard of the collection with its best state, its key and the peers that hold a replica."""
    known: dict[str, dict[str, Any]] = {}
    replicas = [(shard.shard_id, view.peer_id, shard.state, shard.shard_key) for shard in view.local]
    replicas += [(shard.shard_id, shard.peer_id, shard.state, shard.shard_key) for shard in view.remote]
    for shard_id, peer, state, key in sorted(replicas, key=lambda replica: replica[:2]):
        about = known.setdefault(str(shard_id), {"state": state, "key": key, "peers": []})
        about["peers"].append(peer)
        about["state"] = ACTIVE if ACTIVE in (state, about["state"]) else about["state"]
    return known


def judge(view: ShardView, archive: ArchiveFacts, snapshot: str, cluster: Cluster, points: int | None) -> Coverage:
    """Compare one archive with the node's view. points: exact count of the collection in the cluster, None if unknown:
    then an archive without data does not count as that of an empty collection."""
    known = known_shards(view)
    held = {shard_id for shard_id, shard in archive.shards.items() if shard.has_data}
    active = {shard.shard_id for shard in view.local if shard.state == ACTIVE}
    states = {shard.shard_id: shard.state for shard in view.local}
    failure = _wrong_node(snapshot, view) or _without_data(held, active, view, cluster, points)
    warnings = []
    unready = sorted(shard_id for shard_id, state in states.items() if state != ACTIVE)
    if unready:
        text = ", ".join(f"{shard_id} ({states[shard_id]})" for shard_id in unready)
        warnings.append(f"replicas here that are not Active do not count as captured: shard {text}")
    elsewhere = sorted(int(shard_id) for shard_id in known if int(shard_id) not in states)
    if elsewhere:
        shards = ", ".join(str(shard_id) for shard_id in elsewhere)
        warnings.append(f"this node holds no replica of shard {shards}: other nodes' backups must have it")
    foreign = sorted(held - set(states))
    if foreign:
        warnings.append(f"the archive holds shards that the node did not list: {', '.join(map(str, foreign))}")
    return Coverage(tuple(sorted(held & active)), known, tuple(warnings), failure)


def judge_shard(view: ShardView, archive: ArchiveFacts, snapshot: str, collection: str, shard: int) -> Coverage:
    """Compare the archive of one shard with the node's view after its snapshot.

    Nothing in such an archive tells the id of its shard. The name that the node gave it does, and the archive names the
    peers that had a replica.
    """
    known = known_shards(view)
    states = {one.shard_id: one for one in view.local}
    here, facts = states.get(shard), archive.shards.get(UNNAMED_SHARD)
    failure = ""
    if here is None or here.state != ACTIVE:
        now = "is not on this node any more" if here is None else f"is {here.state} on this node now"
        failure = f"Shard {shard} {now}, so its snapshot may not be complete. Back up again."
    else:
        failure = _wrong_shard(snapshot, collection, shard)
    if not failure and here is not None and (facts is None or not facts.has_data):
        failure = (
            f"The archive of shard {shard} has no data, and the node reports {points_of(here.points_count)}. {BALANCER}"
        )
    if not failure and facts is not None and facts.peers and view.peer_id not in facts.peers:
        peers = ", ".join(map(str, sorted(facts.peers)))
        failure = f"The archive of shard {shard} is from peer {peers}, not from peer {view.peer_id}. {BALANCER}"
    return Coverage((shard,), known, (), failure)


def _wrong_shard(snapshot: str, collection: str, shard: int) -> str:
    parsed = parse_snapshot_name(snapshot)
    if parsed is None or (parsed.kind, parsed.collection, parsed.number) == ("shard", collection, shard):
        return ""
    return f"The node named the snapshot of shard {shard} of {collection} {snapshot}, which is another one. {BALANCER}"


def _wrong_node(snapshot: str, view: ShardView) -> str:
    """A node without cluster mode also has an id, which is in the name and in the view."""
    parsed = parse_snapshot_name(snapshot)
    if parsed is None or parsed.kind != "collection" or parsed.number == view.peer_id:
        return ""
    return f"The snapshot is from peer {parsed.number}, but peer {view.peer_id} answered the requests. {BALANCER}"


def _without_data(held: set[int], active: set[int], view: ShardView, cluster: Cluster, points: int | None) -> str:
    missing = sorted(active - held)
    if missing and (points or points is None or held):
        shards = ", ".join(str(shard_id) for shard_id in missing)
        return f"The archive does not hold shard {shards}, which is Active on this node. {BALANCER}"
    if not held and points and not view.local and not cluster.enabled:
        return f"The archive has no points, but the collection has {points}. {BALANCER}"
    return ""
