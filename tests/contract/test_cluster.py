# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three nodes or more are one cluster: where shards go, what every node can be asked, and what happens without one."""

from __future__ import annotations

import time
import urllib.error
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.contract.asking import ask, error
from ansible_collections.vectorops.qdrant.tests.support.clusters import Cluster, start_cluster, until
from ansible_collections.vectorops.qdrant.tests.support.marks import needs_hooks
from ansible_collections.vectorops.qdrant.tests.support.points import points

pytestmark = [pytest.mark.contract, pytest.mark.cluster]
VECTORS = {"size": 4, "distance": "Cosine"}


def make(cluster: Cluster, name: str = "c", count: int = 60, **config: Any) -> None:
    """A collection with an index, made by the first node and filled by the second."""
    cluster.call(0, "PUT", f"/collections/{name}", {"vectors": VECTORS, **config})
    index = {"field_name": "topic", "field_schema": "keyword"}
    cluster.call(0, "PUT", f"/collections/{name}/index?wait=true", index)
    cluster.call(1, "PUT", f"/collections/{name}/points?wait=true", {"points": points(count, 4)})
    cluster.await_settled(name)


def numbers(cluster: Cluster) -> range:
    return range(len(cluster.nodes))


@pytest.mark.parametrize("copies", [1, 2, 3])
def test_shards_are_spread_over_all_nodes(cluster: Cluster, copies: int) -> None:
    nodes = len(cluster.nodes)
    make(cluster, shard_number=nodes, replication_factor=copies)
    views = [cluster.states(number, "c") for number in numbers(cluster)]
    assert all(view == views[0] for view in views)
    assert sorted(views[0]) == list(range(nodes))
    assert all(len(replicas) == copies for replicas in views[0].values())
    held = Counter(peer for replicas in views[0].values() for peer in replicas)
    assert set(held.values()) == {copies}
    assert [len(cluster.held(number, "c")) for number in numbers(cluster)] == [copies] * nodes


def test_without_a_number_there_is_a_shard_for_each_node(cluster: Cluster) -> None:
    make(cluster)
    assert cluster.view(0, "c")["shard_count"] == len(cluster.nodes)
    assert cluster.call(0, "GET", "/collections/c")["config"]["params"]["replication_factor"] == 1


def test_every_node_answers_for_all(cluster: Cluster) -> None:
    make(cluster, shard_number=5, replication_factor=2)
    action = {"create_alias": {"collection_name": "c", "alias_name": "live"}}
    cluster.call(1, "POST", "/collections/aliases", {"actions": [action]})
    cluster.call(2, "PATCH", "/collections/c", {"optimizers_config": {"indexing_threshold": 777}})
    for number in numbers(cluster):
        until(lambda number=number: cluster.call(number, "GET", "/aliases")["aliases"], "the alias")
        assert cluster.count(number, "live") == 60
        info = cluster.call(number, "GET", "/collections/c")
        assert info["points_count"] == 60 and info["payload_schema"]["topic"]["points"] == 60
        assert info["config"]["optimizer_config"]["indexing_threshold"] == 777
        assert cluster.contents(number, "c") == cluster.contents(0, "c")
        query = {"query": 17, "limit": 5, "with_payload": True, "params": {"exact": True}}
        found = cluster.call(number, "POST", "/collections/c/points/query", query)["points"]
        assert [one["id"] for one in found] == [
            one["id"] for one in cluster.call(0, "POST", "/collections/c/points/query", query)["points"]
        ]
        facets = cluster.call(number, "POST", "/collections/c/facet", {"key": "topic", "exact": True})["hits"]
        assert sum(hit["count"] for hit in facets) == 60
    wanted = {"filter": {"must": [{"key": "topic", "match": {"value": "t3"}}]}}
    cluster.call(2, "POST", "/collections/c/points/delete?wait=true", wanted)
    cluster.call(0, "POST", "/collections/c/points/payload?wait=true", {"payload": {"seen": True}, "points": [1, 2]})
    left = cluster.contents(1, "c")
    assert len(left) == cluster.count(2, "c") < 60 and left[0]["payload"]["seen"]


def test_a_killed_node_is_active_until_a_write_to_it_fails(cluster: Cluster) -> None:
    make(cluster, shard_number=3, replication_factor=2)
    last = len(cluster.nodes) - 1
    gone, before = cluster.peer_id(last), cluster.contents(0, "c")
    cluster.kill(last)
    assert {state for shard in cluster.states(0, "c").values() for state in shard.values()} == {"Active"}
    assert cluster.count(0, "c") == cluster.count(1, "c") == 60
    cluster.call(0, "PUT", "/collections/c/points?wait=true", {"points": points(30, 4, first=1001)})
    until(lambda: "Dead" in {shard.get(gone) for shard in cluster.states(1, "c").values()}, "a Dead replica")
    assert cluster.count(1, "c") == 90
    cluster.start_again(last)
    cluster.await_settled("c")
    assert cluster.contents(last, "c")[:60] == before and cluster.count(last, "c") == 90


def test_reads_that_need_all_fail_while_one_is_dead(cluster: Cluster) -> None:
    make(cluster, shard_number=1, replication_factor=2)
    holders = [number for number in numbers(cluster) if cluster.held(number, "c")]
    asked = next(number for number in numbers(cluster) if number != holders[1])
    cluster.kill(holders[1])
    cluster.call(asked, "PUT", "/collections/c/points?wait=true", {"points": points(1, 4, first=9)})
    until(lambda: "Dead" in cluster.states(asked, "c")[0].values(), "a Dead replica")
    node = cluster.nodes[asked]
    answer = ask(node, "POST", "/collections/c/points/count?consistency=all", {"exact": True})
    assert answer.status_code == 500 and "does not have enough active replicas" in error(answer)
    assert cluster.count(asked, "c") == 60


def test_a_node_with_the_only_replica_is_missed(cluster: Cluster) -> None:
    make(cluster, shard_number=len(cluster.nodes), replication_factor=1)
    cluster.kill(1)
    answer = ask(cluster.nodes[0], "POST", "/collections/c/points/count", {"exact": True})
    assert answer.status_code == 500 and "1 of 1 read operations failed" in error(answer)


# --- without a majority, with other versions, with other nodes


@pytest.fixture
def place(folder: Path) -> Iterator[Path]:
    return folder / "cluster"


@needs_hooks
def test_without_a_majority_nothing_is_changed(place: Path) -> None:
    with start_cluster(place, 3, settings={"DOUBLE_CONSENSUS_SECONDS": "0.5"}) as cluster:
        make(cluster, shard_number=1, replication_factor=3)
        cluster.kill(1)
        cluster.kill(2)
        assert cluster.call(0, "GET", "/cluster")["raft_info"]["leader"] == 0
        answer = ask(cluster.nodes[0], "PUT", "/collections/d", {"vectors": VECTORS})
        assert answer.status_code == 500
        assert "Waiting for consensus operation commit failed. Timeout set at: 0.5 seconds" in error(answer)
        assert cluster.count(0, "c") == 60


def test_nodes_of_several_versions(place: Path) -> None:
    with start_cluster(place, 3, versions=("1.18.3", "1.19.0", "1.18.3")) as cluster:
        assert [node.version for node in cluster.nodes] == ["1.18.3", "1.19.0", "1.18.3"]
        make(cluster, shard_number=2, replication_factor=3)
        assert cluster.contents(1, "c") == cluster.contents(0, "c")


def test_nodes_with_a_key(place: Path) -> None:
    with start_cluster(place, 3, api_key="a-long-made-up-key-for-the-cluster") as cluster:
        make(cluster, shard_number=2, replication_factor=2)
        assert cluster.contents(2, "c") == cluster.contents(0, "c")
        cluster.nodes[1].api_key = None
        assert ask(cluster.nodes[1], "GET", "/cluster").status_code == 401
        cluster.nodes[1].api_key = cluster.api_key


def test_a_node_leaves_and_another_joins(place: Path) -> None:
    with start_cluster(place, 3) as cluster:
        make(cluster, shard_number=3, replication_factor=2)
        gone = cluster.peer_id(2)
        cluster.kill(2)
        answer = ask(cluster.nodes[0], "DELETE", f"/cluster/peer/{gone}")
        assert answer.status_code == 400 and "as there are shards on it" in error(answer)
        assert cluster.call(0, "DELETE", f"/cluster/peer/{gone}?force=true") is True
        until(lambda: len(cluster.call(1, "GET", "/cluster")["peers"]) == 2, "two peers")
        assert gone not in {peer for shard in cluster.states(1, "c").values() for peer in shard}
        new = cluster.add()
        for shard_id, replicas in cluster.states(0, "c").items():
            if len(replicas) == 1:
                ((source, _state),) = replicas.items()
                asked = {"shard_id": shard_id, "from_peer_id": source, "to_peer_id": cluster.peer_id(new)}
                assert cluster.call(0, "POST", "/collections/c/cluster", {"replicate_shard": asked}) is True
        until(lambda: len(cluster.held(new, "c")) == 2, "two replicas on the new node")
        cluster.await_settled("c")
        assert len(cluster.contents(new, "c")) == 60


def test_a_node_comes_back_to_a_collection_of_the_same_name(cluster: Cluster) -> None:
    """What lies on its disk is of the collection that was dropped meanwhile."""
    make(cluster, shard_number=2, replication_factor=len(cluster.nodes))
    last = len(cluster.nodes) - 1
    cluster.kill(last)
    cluster.call(0, "DELETE", "/collections/c")
    cluster.call(0, "PUT", "/collections/c?timeout=5", {"vectors": VECTORS, "shard_number": 2})
    cluster.start_again(last)
    until(lambda: "c" in cluster.names(last), "the new collection")
    time.sleep(0.2)
    assert cluster.count(last, "c") == 0


def test_what_a_node_alone_refuses(qdrant: Any) -> None:
    qdrant.call("PUT", "/collections/c", {"vectors": VECTORS})
    for method, path, body in (
        ("POST", "/collections/c/cluster", {"drop_replica": {"shard_id": 0, "peer_id": 1}}),
        ("POST", "/collections/c/shards/delete", {"shard_key": "acme"}),
        ("DELETE", "/cluster/peer/1", None),
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            qdrant.call(method, path, body)
        assert refused.value.code in (400, 405)
    assert qdrant.call("GET", "/cluster")["result"] == {"status": "disabled"}
    assert qdrant.call("GET", "/collections/c/shards")["result"] == {}
