# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of the cluster's state: where shards and their replicas are. Pure but for the order of equal peers."""

from __future__ import annotations

import heapq
import itertools
import random
import uuid
from collections.abc import Iterable
from typing import Any

from .collection import keys_of, shown_key
from .errors import bad_request, conflict, not_found, service_error

Json = dict[str, Any]
Transfer = dict[str, Any]

_SOURCES = ("Active", "ReshardingScaleDown")


# --- where new shards go


def spread(peers: Iterable[int], shards: int, copies: int) -> list[list[int]]:
    """Each shard's peers, so that all peers get equally many."""
    pool = list(peers)
    random.shuffle(pool)
    heap = [(0, order, peer) for order, peer in enumerate(pool)]
    found = []
    for dummy in range(shards):
        taken = []
        for dummy in range(min(copies, len(pool))):
            count, order, peer = heapq.heappop(heap)
            taken.append(peer)
            heapq.heappush(heap, (count + 1, order, peer))
        found.append(taken)
    return found


def in_turn(peers: Iterable[int], shards: int, copies: int) -> list[list[int]]:
    """Each shard's peers, one after another: how the shards of a key are placed."""
    pool = list(peers)
    random.shuffle(pool)
    turn = itertools.cycle(pool)
    return [[next(turn) for dummy in range(min(copies, len(pool)))] for dummy in range(shards)]


# --- collections


def collection(config: Json, peers: Iterable[int]) -> Json:
    """A new collection of the state."""
    params, made = config["params"], {**config, "uuid": str(uuid.uuid4())}
    custom = params.get("sharding_method") == "custom"
    placed = [] if custom else spread(peers, params["shard_number"], params["replication_factor"])
    shards = {str(number): _shard(None, some) for number, some in enumerate(placed)}
    return {"config": made, "schema": {}, "shards": shards, "transfers": [], "resharding": None}


def _shard(key: Any, peers: Iterable[int], state: str = "Initializing") -> Json:
    return {"key": key, "replicas": {str(peer): state for peer in peers}}


def add_collection(state: Json, name: str, config: Json) -> None:
    if name in state["collections"]:
        raise conflict(name)
    state["collections"][name] = collection(config, [int(peer) for peer in state["peers"]])


def drop_collection(state: Json, name: str) -> bool:
    if state["collections"].pop(name, None) is None:
        return False
    state["aliases"] = {alias: target for alias, target in state["aliases"].items() if target != name}
    return True


# --- keys


def keys(entry: Json) -> list[Any]:
    return list(dict.fromkeys(shard["key"] for shard in entry["shards"].values() if shard["key"] is not None))


def _needs_keys(entry: Json) -> None:
    if entry["config"]["params"].get("sharding_method") != "custom":
        raise bad_request("Shard Key cannot be created with Auto sharding method")


def add_key(state: Json, name: str, asked: Json) -> None:
    """The shards of a new key."""
    entry = state["collections"][name]
    _needs_keys(entry)
    (key,), params = keys_of(asked["shard_key"]), entry["config"]["params"]
    if key in keys(entry):
        raise bad_request(f"Sharding key {shown_key(key)} already exists for collection {name}")
    pool = asked.get("placement")
    if pool is not None and not pool:
        raise bad_request(
            f"Sharding key {shown_key(key)} placement cannot be empty. "
            "If you want to use random placement, do not specify placement"
        )
    for peer in pool or []:
        need_peer(state, peer)
    number = asked.get("shards_number") or asked.get("shard_number") or params["shard_number"]
    given = asked.get("initial_state")
    copies = asked.get("replication_factor") or (1 if given else params["replication_factor"])
    first = max((int(shard_id) for shard_id in entry["shards"]), default=0) + 1
    placed = in_turn(pool or [int(peer) for peer in state["peers"]], number, copies)
    for shard_id, peers in enumerate(placed, first):
        entry["shards"][str(shard_id)] = _shard(key, peers, given or "Initializing")


def drop_key(state: Json, name: str, asked: Json) -> None:
    entry, (key,) = state["collections"][name], keys_of(asked["shard_key"])
    _needs_keys(entry)
    if key not in keys(entry):
        raise bad_request(f"Sharding key {shown_key(key)} does not exist for collection {name}")
    entry["shards"] = {number: shard for number, shard in entry["shards"].items() if shard["key"] != key}
    entry["transfers"] = [one for one in entry["transfers"] if str(one["shard_id"]) in entry["shards"]]


# --- replicas


def set_state(entry: Json, shard_id: int, peer: int, replica_state: str) -> None:
    """The state of a replica; one that is not there is made."""
    if str(shard_id) in entry["shards"]:
        entry["shards"][str(shard_id)]["replicas"][str(peer)] = replica_state


def change_state(entry: Json, shard_id: int, peer: int, was: Iterable[str], becomes: str) -> bool:
    """The same, only where the replica is in one of these states."""
    replicas = entry["shards"].get(str(shard_id), {}).get("replicas", {})
    if replicas.get(str(peer)) not in was:
        return False
    replicas[str(peer)] = becomes
    return True


def remove_replica(entry: Json, shard_id: int, peer: int) -> None:
    """A replica is no more, and no transfer goes to or from it."""
    if str(shard_id) in entry["shards"]:
        entry["shards"][str(shard_id)]["replicas"].pop(str(peer), None)
    entry["transfers"] = [
        one for one in entry["transfers"] if one["shard_id"] != shard_id or peer not in (one["from"], one["to"])
    ]


def drop_replica(state: Json, name: str, shard_id: int, peer: int) -> None:
    """What a user asks for: refused for the last replica that can be read."""
    entry = state["collections"][name]
    need_shard(entry, name, shard_id)
    need_peer(state, peer)
    replicas = entry["shards"][str(shard_id)]["replicas"]
    if str(peer) not in replicas:
        raise bad_request(f"Peer {peer} has no replica of shard {shard_id}")
    others = [other for key, other in replicas.items() if key != str(peer)]
    if not any(other in _SOURCES for other in others):
        raise bad_request(f"Shard {shard_id} must have at least one active replica after removing {peer}")
    remove_replica(entry, shard_id, peer)


def need_shard(entry: Json, name: str, shard_id: int) -> None:
    if str(shard_id) not in entry["shards"]:
        raise bad_request(f"Shard {shard_id} of {name} does not exist")


def need_peer(state: Json, peer: int) -> None:
    if str(peer) not in state["peers"]:
        raise bad_request(f"Peer {peer} does not exist")


# --- transfers


def add_transfer(state: Json, name: str, transfer: Transfer, becomes: str) -> None:
    """A transfer begins: its target is in the state `becomes` from now on."""
    entry, shard_id = state["collections"][name], transfer["shard_id"]
    if str(shard_id) not in entry["shards"]:
        raise service_error(f"Shard {shard_id} does not exist")
    for peer in (transfer["from"], transfer["to"]):
        need_peer(state, peer)
    if entry["shards"][str(shard_id)]["replicas"].get(str(transfer["from"])) not in _SOURCES:
        raise bad_request(f"Shard {shard_id} is not active on peer {transfer['from']}")
    for other in entry["transfers"]:
        if other["shard_id"] == shard_id and {other["from"], other["to"]} & {transfer["from"], transfer["to"]}:
            raise bad_request(f"Shard {shard_id} is already involved in transfer {other['from']} -> {other['to']}")
    entry["transfers"].append(transfer)
    set_state(entry, shard_id, transfer["to"], becomes)


def end_transfer(entry: Json, transfer: Transfer, *, done: bool) -> None:
    """A transfer is over. If done, its target is Active, and a move's source is gone; else the target has nothing."""
    if transfer not in entry["transfers"]:
        return
    entry["transfers"].remove(transfer)
    shard_id, source, target = transfer["shard_id"], transfer["from"], transfer["to"]
    if done:
        set_state(entry, shard_id, target, "Active")
        if not transfer["sync"]:
            remove_replica(entry, shard_id, source)
    elif transfer["sync"]:
        change_state(entry, shard_id, target, ("Partial", "Recovery", "PartialSnapshot"), "Dead")
    else:
        remove_replica(entry, shard_id, target)


def abort_transfer(state: Json, name: str, asked: Json) -> None:
    entry, source, target = state["collections"][name], asked["from_peer_id"], asked["to_peer_id"]
    for one in entry["transfers"]:
        if (one["shard_id"], one["from"], one["to"]) == (asked["shard_id"], source, target):
            end_transfer(entry, one, done=False)
            return
    raise not_found(f"Shard transfer {source} -> {target} for collection {name}:{asked['shard_id']} does not exist")


# --- peers


def remove_peer(state: Json, peer: int, *, force: bool) -> None:
    """A node leaves for good, with every replica that it had."""
    entries = state["collections"].values()
    held = any(str(peer) in shard["replicas"] for entry in entries for shard in entry["shards"].values())
    if held and not force:
        raise bad_request(f"Cannot remove peer {peer} as there are shards on it")
    for entry in entries:
        for shard_id in entry["shards"]:
            remove_replica(entry, int(shard_id), peer)
    state["peers"].pop(str(peer), None)
