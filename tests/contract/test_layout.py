# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the double's cluster places shards, and how its nodes agree. Pure functions, and one shared folder."""

from __future__ import annotations

import copy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.support.double import layout
from ansible_collections.vectorops.qdrant.tests.support.double.config import from_request
from ansible_collections.vectorops.qdrant.tests.support.double.consensus import Consensus
from ansible_collections.vectorops.qdrant.tests.support.double.errors import ApiError
from ansible_collections.vectorops.qdrant.tests.support.double.replicas import needed_of

pytestmark = pytest.mark.contract
PEERS = (11, 12, 13)


def state(**request: Any) -> dict[str, Any]:
    """Three peers and one collection, all of whose replicas are ready."""
    found: dict[str, Any] = {"commit": 0, "peers": {str(peer): {} for peer in PEERS}, "collections": {}, "aliases": {}}
    layout.add_collection(found, "c", from_request({"vectors": {"size": 4, "distance": "Dot"}, **request}))
    ready(found)
    return found


def ready(found: dict[str, Any]) -> None:
    for shard in found["collections"]["c"]["shards"].values():
        shard["replicas"] = dict.fromkeys(shard["replicas"], "Active")


def placed(found: dict[str, Any]) -> list[set[int]]:
    return [{int(peer) for peer in shard["replicas"]} for shard in found["collections"]["c"]["shards"].values()]


@pytest.mark.parametrize(("shards", "copies"), [(1, 1), (3, 1), (6, 2), (4, 3), (5, 9)])
def test_shards_are_spread_evenly(shards: int, copies: int) -> None:
    found = placed(state(shard_number=shards, replication_factor=copies))
    assert len(found) == shards and {len(peers) for peers in found} == {min(copies, 3)}
    held = Counter(peer for peers in found for peer in peers)
    assert max(held.values()) - min(held.get(peer, 0) for peer in PEERS) <= 1


def test_shards_of_a_key_go_where_they_are_told() -> None:
    found = state(sharding_method="custom", replication_factor=2)
    assert placed(found) == []
    layout.add_key(found, "c", {"shard_key": "acme", "placement": [12]})
    layout.add_key(found, "c", {"shard_key": 7, "shards_number": 2, "replication_factor": 3})
    assert list(found["collections"]["c"]["shards"]) == ["1", "2", "3"]
    assert placed(found) == [{12}, set(PEERS), set(PEERS)]
    assert layout.keys(found["collections"]["c"]) == ["acme", 7]
    layout.drop_key(found, "c", {"shard_key": "acme"})
    layout.add_key(found, "c", {"shard_key": "globex", "placement": [11, 13]})
    assert list(found["collections"]["c"]["shards"]) == ["2", "3", "4"]


REFUSED = [
    (layout.add_key, {"shard_key": "acme"}, "already exists for collection c"),
    (layout.add_key, {"shard_key": "x", "placement": []}, "placement cannot be empty"),
    (layout.add_key, {"shard_key": "x", "placement": [5]}, "Peer 5 does not exist"),
    (layout.drop_key, {"shard_key": "x"}, "does not exist for collection c"),
    (layout.abort_transfer, {"shard_id": 1, "from_peer_id": 11, "to_peer_id": 12}, "11 -> 12 for collection c:1"),
]


@pytest.mark.parametrize(("change", "asked", "said"), REFUSED, ids=[said for dummy, dummy, said in REFUSED])
def test_refusals(change: Any, asked: dict[str, Any], said: str) -> None:
    found = state(sharding_method="custom")
    layout.add_key(found, "c", {"shard_key": "acme"})
    before = copy.deepcopy(found)
    with pytest.raises(ApiError, match=said):
        change(found, "c", asked)
    assert found == before


def test_the_last_replica_that_can_be_read_stays() -> None:
    found = state(shard_number=1, replication_factor=2)
    (peers,) = placed(found)
    first, second = sorted(peers)
    layout.set_state(found["collections"]["c"], 0, first, "Dead")
    with pytest.raises(ApiError, match="must have at least one active replica after removing"):
        layout.drop_replica(found, "c", 0, second)
    layout.drop_replica(found, "c", 0, first)
    assert placed(found) == [{second}]


@pytest.mark.parametrize(
    ("stays", "done", "expected"),
    [
        (True, True, {11: "Active", 12: "Active"}),
        (False, True, {12: "Active"}),
        (True, False, {11: "Active", 12: "Dead"}),
        (False, False, {11: "Active"}),
    ],
)
def test_how_a_transfer_ends(stays: bool, done: bool, expected: dict[int, str]) -> None:
    found = state(sharding_method="custom")
    layout.add_key(found, "c", {"shard_key": "acme", "placement": [11]})
    ready(found)
    transfer = {"shard_id": 1, "from": 11, "to": 12, "sync": stays, "method": "snapshot"}
    layout.add_transfer(found, "c", transfer, "Partial")
    with pytest.raises(ApiError, match="already involved in transfer 11 -> 12"):
        layout.add_transfer(found, "c", {**transfer, "to": 13}, "Partial")
    entry = found["collections"]["c"]
    layout.end_transfer(entry, transfer, done=done)
    assert {int(peer): one for peer, one in entry["shards"]["1"]["replicas"].items()} == expected
    assert entry["transfers"] == []


def test_a_peer_leaves_with_its_replicas() -> None:
    found = state(shard_number=3, replication_factor=2)
    with pytest.raises(ApiError, match="Cannot remove peer 12 as there are shards on it"):
        layout.remove_peer(found, 12, force=False)
    layout.remove_peer(found, 12, force=True)
    assert all(12 not in peers for peers in placed(found)) and "12" not in found["peers"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [(None, (1, 1)), ("all", (3, 3)), ("majority", (3, 2)), ("quorum", (2, 2)), ("2", (2, 2)), ("9", (3, 3))],
)
def test_how_many_replicas_a_read_needs(given: Any, expected: tuple[int, int]) -> None:
    assert needed_of(given, 3) == expected


def test_nodes_agree_and_see_who_is_there(tmp_path: Path) -> None:
    first, second = Consensus(str(tmp_path), 1), Consensus(str(tmp_path), 2)
    for node in (first, second):
        node.join({})
    first.change(lambda found: found["aliases"].update(live="c"))
    assert second.read()["aliases"] == {"live": "c"} and second.read()["commit"] == 3
    with pytest.raises(ApiError):
        second.change(_refuse)
    assert first.read()["commit"] == 3
    assert first.leader(first.read()) == 1 and not first.alive(7)


def _refuse(found: dict[str, Any]) -> None:
    found["aliases"].clear()
    raise ApiError(400, "no")
