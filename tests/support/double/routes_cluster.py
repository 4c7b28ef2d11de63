# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster as its nodes see it, and what is asked of it: shards that move, keys, peers that leave."""

from __future__ import annotations

import time
import uuid
from typing import Any, Callable

from . import layout
from .collection import Collection
from .consensus import entry_of
from .dialect import HAS_119
from .errors import ApiError, bad_json, bad_request
from .member import Member
from .node import Node
from .router import Router
from .web import Request

router = Router()
Json = dict[str, Any]


def _member(node: Node) -> Member:
    if isinstance(node, Member):
        return node
    if HAS_119:
        raise ApiError(405, "Qdrant is running in standalone mode")
    raise bad_request("Distributed mode disabled")


# --- the nodes


@router.add("GET /cluster")
def status(node: Node, _request: Request) -> Any:
    if not isinstance(node, Member):
        return {"status": "disabled"}
    state, now = node.consensus.read(), time.strftime("%Y-%m-%dT%H:%M:%S.000000000Z", time.gmtime())
    leader = node.consensus.leader(state)
    away = [about["uri"] for peer, about in state["peers"].items() if not node.consensus.alive(int(peer))]
    said = {"count": 1, "latest_error": "Failed to connect", "latest_error_timestamp": now}
    role = "Leader" if leader == node.peer_id else "Follower" if leader else "Candidate"
    return {
        "status": "enabled",
        "peer_id": node.peer_id,
        "peers": {peer: {"uri": about["uri"]} for peer, about in state["peers"].items()},
        "raft_info": {
            "term": 1,
            "commit": state["commit"],
            "pending_operations": 0,
            "leader": leader,
            "role": role,
            "is_voter": True,
        },
        "consensus_thread_status": {"consensus_thread_status": "stopped_with_err", "err": state["stopped"]}
        if "stopped" in state
        else {"consensus_thread_status": "working", "last_update": now},
        "message_send_failures": dict.fromkeys(away, said),
    }


@router.add("DELETE /cluster/peer/*", changes=True)
def remove_peer(node: Node, request: Request) -> Any:
    given = request.values[0]
    if not given.isdigit():
        raise ApiError(400, f'Deserialize error in path parameters: can not parse "{given}" to a u64')
    force = request.query.get("force") == "true"
    _member(node).change(lambda state: layout.remove_peer(state, int(given), force=force))
    return True


@router.add("POST /cluster/recover", changes=True)
def recover_peer(node: Node, _request: Request) -> Any:
    _member(node).refresh()
    return True


# --- the shards of a collection


@router.add("GET /collections/*/cluster")
def shards(node: Node, request: Request) -> Any:
    collection = node.collection(request.values[0])
    local, remote = [], []
    for shard_id, replicas in sorted(collection.sets.items()):
        key = {} if replicas.key is None else {"shard_key": replicas.key}
        if replicas.local is not None:
            points, state = collection.points_here(replicas.local), replicas.states.get(node.peer_id, "Dead")
            local.append({"shard_id": shard_id, **key, "points_count": points, "state": state})
        for peer, state in replicas.states.items():
            if peer != node.peer_id:
                remote.append({"shard_id": shard_id, **key, "peer_id": peer, "state": state})
    view = {
        "peer_id": node.peer_id,
        "shard_count": len(collection.sets),
        "local_shards": local,
        "remote_shards": remote,
        "shard_transfers": [],
    }
    return {**view, **_under_way(node, collection)}


def _under_way(node: Node, collection: Collection) -> Json:
    """Transfers, and resharding where there is one."""
    if not isinstance(node, Member):
        return {}
    entry = entry_of(node.consensus.read(), collection.name)
    found: Json = {"shard_transfers": entry["transfers"]}
    if entry["resharding"]:
        found["resharding_operations"] = [entry["resharding"]]
    return found


@router.add("POST /collections/*/cluster", changes=True)
def operate(node: Node, request: Request) -> Any:
    asked = request.json().value
    if len(asked) != 1 or next(iter(asked)) not in _OPERATIONS:
        raise bad_json("data did not match any variant of untagged enum ClusterOperations")
    ((kind, given),) = asked.items()
    member = _member(node)
    name = member.resolve(request.values[0])
    member.change(lambda state: _OPERATIONS[kind](state, name, given))
    if kind == "create_sharding_key":
        member.await_replicas(name)
    return True


def _transfer(state: Json, name: str, given: Json, *, stays: bool) -> None:
    layout.need_shard(entry_of(state, name), name, given["shard_id"])
    for peer in (given["to_peer_id"], given["from_peer_id"]):
        layout.need_peer(state, peer)
    transfer = {
        "shard_id": given["shard_id"],
        "from": given["from_peer_id"],
        "to": given["to_peer_id"],
        "sync": stays,
        "method": given.get("method") or "stream_records",
    }
    layout.add_transfer(state, name, transfer, "Partial")


def _start_resharding(state: Json, name: str, given: Json) -> None:
    """Resharding is under way from now on; no point moves."""
    entry = entry_of(state, name)
    if entry["resharding"]:
        raise bad_request(f"resharding {entry['resharding']} is already in progress for collection {name}")
    entry["resharding"] = {
        "uuid": str(uuid.uuid4()),
        "direction": given["direction"],
        "shard_id": len(entry["shards"]) - (given["direction"] == "down"),
        "peer_id": given.get("peer_id") or int(next(iter(state["peers"]))),
        "shard_key": given.get("shard_key"),
    }


def _abort_resharding(state: Json, name: str, _given: Json) -> None:
    entry = entry_of(state, name)
    if not entry["resharding"]:
        raise bad_request(f"resharding is not in progress for collection {name}")
    entry["resharding"] = None


_OPERATIONS: dict[str, Callable[[Json, str, Json], None]] = {
    "move_shard": lambda state, name, given: _transfer(state, name, given, stays=False),
    "replicate_shard": lambda state, name, given: _transfer(state, name, given, stays=True),
    "abort_transfer": layout.abort_transfer,
    "drop_replica": lambda state, name, given: layout.drop_replica(state, name, given["shard_id"], given["peer_id"]),
    "create_sharding_key": layout.add_key,
    "drop_sharding_key": layout.drop_key,
    "start_resharding": _start_resharding,
    "abort_resharding": _abort_resharding,
}


# --- keys


@router.add("GET /collections/*/shards")
def shard_keys(node: Node, request: Request) -> Any:
    collection = node.collection(request.values[0])
    return {"shard_keys": [{"key": one["key"]} for one in collection.key_mapping()]} if collection.custom else {}


@router.add("PUT /collections/*/shards", changes=True)
def create_shard_key(node: Node, request: Request) -> Any:
    return _on_key(node, request, layout.add_key)


@router.add("POST /collections/*/shards/delete", changes=True)
def drop_shard_key(node: Node, request: Request) -> Any:
    return _on_key(node, request, layout.drop_key)


def _on_key(node: Node, request: Request, change: Callable[[Json, str, Json], None]) -> bool:
    body = request.json()
    body.need("shard_key")
    name = node.resolve(request.values[0])
    member = _member(node)
    member.change(lambda state: change(state, name, body.value))
    member.await_replicas(name)
    return True
