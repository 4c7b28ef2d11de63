# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores in a cluster: by shard and by node, and what each does to the other replicas."""

from __future__ import annotations

import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from ansible_collections.vectorops.qdrant.tests.contract.asking import ask, counted, error, placed, recover, result
from ansible_collections.vectorops.qdrant.tests.contract.test_cluster import VECTORS, make, numbers
from ansible_collections.vectorops.qdrant.tests.support.clusters import Cluster, start_cluster, until
from ansible_collections.vectorops.qdrant.tests.support.marks import needs_hooks
from ansible_collections.vectorops.qdrant.tests.support.points import points
from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant

pytestmark = [pytest.mark.contract, pytest.mark.cluster]


def holders(cluster: Cluster, shard_id: int) -> list[int]:
    return [number for number in numbers(cluster) if shard_id in cluster.held(number, "c")]


def shard_archives(cluster: Cluster) -> dict[int, str]:
    """One archive a shard, at a holder: shard id -> URL."""
    found = {}
    for shard_id in cluster.states(0, "c"):
        number = holders(cluster, shard_id)[0]
        path = f"/collections/c/shards/{shard_id}/snapshots"
        found[shard_id] = f"{cluster.urls[number]}{path}/{cluster.call(number, 'POST', path)['name']}"
    return found


def keep(archives: dict[int, str], folder: Path) -> dict[int, Path]:
    """The same as files: they outlive the collection."""
    kept = {}
    for shard_id, url in archives.items():
        kept[shard_id] = folder / f"shard-{shard_id}.snapshot"
        kept[shard_id].write_bytes(requests.get(url, headers={"Accept-Encoding": "identity"}, timeout=60).content)
    return kept


def upload_shard(node: RunningQdrant, shard_id: int, archive: Path, priority: str) -> None:
    with archive.open("rb") as file:
        path = f"/collections/c/shards/{shard_id}/snapshots/upload"
        files = {"snapshot": (archive.name, file)}
        assert ask(node, "POST", path, params={"priority": priority}, files=files).status_code == 200


def test_every_shard_on_every_holder_stays_active(cluster: Cluster, folder: Path) -> None:
    make(cluster, shard_number=6, replication_factor=2)
    before = cluster.contents(0, "c")
    archives = keep(shard_archives(cluster), folder)
    cluster.call(0, "DELETE", "/collections/c")
    cluster.call(0, "PUT", "/collections/c", {"vectors": VECTORS, "shard_number": 6, "replication_factor": 2})
    cluster.await_settled("c")
    seen, stop = set(), threading.Event()

    def watch() -> None:
        while not stop.wait(0.005):
            seen.update(state for shard in cluster.states(1, "c").values() for state in shard.values())

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(len(cluster.nodes)) as pool:
        jobs = [
            pool.submit(upload_shard, cluster.nodes[number], shard_id, archive, "no_sync")
            for shard_id, archive in archives.items()
            for number in holders(cluster, shard_id)
        ]
        for job in jobs:
            job.result()
    stop.set()
    watcher.join()
    assert seen == {"Active"}
    assert all(cluster.contents(number, "c") == before for number in numbers(cluster))


def test_the_archive_of_one_shard_is_the_truth(cluster: Cluster) -> None:
    make(cluster, shard_number=1, replication_factor=3)
    archive = shard_archives(cluster)[0]
    cluster.call(0, "PUT", "/collections/c/points?wait=true", {"points": points(20, 4, first=1001)})
    first = holders(cluster, 0)[0]
    asked = {"location": archive, "priority": "snapshot"}
    assert cluster.call(first, "PUT", "/collections/c/shards/0/snapshots/recover", asked) is True
    cluster.await_settled("c")
    until(
        lambda: all(
            cluster.count(
                number,
                "c",
            )
            == 60
            for number in numbers(cluster)
        ),
        "equal replicas",
    )


def test_another_shard_is_taken_without_a_word(cluster: Cluster) -> None:
    make(cluster, shard_number=2, replication_factor=1)
    archives = shard_archives(cluster)
    (holder,) = holders(cluster, 0)
    sizes = {
        one["shard_id"]: one["points_count"]
        for number in numbers(cluster)
        for one in cluster.view(number, "c")["local_shards"]
    }
    asked = {"location": archives[1], "priority": "no_sync"}
    assert cluster.call(holder, "PUT", "/collections/c/shards/0/snapshots/recover", asked) is True
    assert cluster.count(0, "c") == 2 * sizes[1]


def test_another_size_of_vectors_is_taken_without_a_word(cluster: Cluster) -> None:
    make(cluster, shard_number=1, replication_factor=1)
    archive = shard_archives(cluster)[0]
    (source,) = holders(cluster, 0)
    cluster.call(source, "PUT", "/collections/wide", {"vectors": {"size": 9, "distance": "Dot"}, "shard_number": 1})
    asked = {"location": archive, "priority": "no_sync"}
    (holder,) = [number for number in numbers(cluster) if cluster.held(number, "wide")]
    assert cluster.call(holder, "PUT", "/collections/wide/shards/0/snapshots/recover", asked) is True
    query = {"query": [1.0] * 9, "limit": 1}
    assert ask(cluster.nodes[holder], "POST", "/collections/wide/points/query", query).status_code != 200


def test_a_collection_archive_holds_the_shards_of_its_node(cluster: Cluster) -> None:
    make(cluster, shard_number=len(cluster.nodes), replication_factor=1)
    for number in numbers(cluster):
        name = cluster.call(number, "POST", "/collections/c/snapshots")["name"]
        with tarfile.open(Path(cluster.nodes[number].snapshots_dir, "c", name)) as tar:
            members = tar.getnames()
        held = {int(member.split("/")[0]) for member in members if "/segments/" in member}
        assert held == set(cluster.held(number, "c"))
        known = {int(member.split("/")[0]) for member in members if member.endswith("/replica_state.json")}
        assert known == set(cluster.states(number, "c"))


def test_node_by_node_all_is_green_before_all_is_there(cluster: Cluster) -> None:
    make(cluster, shard_number=len(cluster.nodes), replication_factor=1)
    before = cluster.contents(0, "c")
    files = []
    for number in numbers(cluster):
        name = cluster.call(number, "POST", "/collections/c/snapshots")["name"]
        files.append(Path(cluster.nodes[number].snapshots_dir, "c", name))
    cluster.call(0, "DELETE", "/collections/c")
    counts = []
    for number in numbers(cluster):
        assert result(recover(cluster.nodes[number], "c", files[number].as_uri(), priority="snapshot")) is True
        cluster.await_settled("c")
        assert cluster.call(0, "GET", "/collections/c")["status"] == "green"
        counts.append(cluster.count(0, "c"))
    assert counts == sorted(set(counts)) and counts[-1] == 60
    assert cluster.contents(1, "c") == before


@pytest.mark.parametrize(("name", "count"), [("articles", 1000), ("solo", 600)])
def test_archives_of_a_real_cluster(cluster: Cluster, archives: Path, name: str, count: int) -> None:
    for number, part in enumerate((1, 2, 3)):
        address = placed(cluster.nodes[number], archives / "cluster" / f"{name}-node{part}.snapshot")
        assert result(recover(cluster.nodes[number], name, address, priority="snapshot")) is True
        cluster.await_settled(name)
    assert [cluster.count(number, name) for number in numbers(cluster)] == [count] * len(cluster.nodes)
    assert len(cluster.contents(0, name)) == count


def test_an_archive_with_keys_needs_its_keys_first(cluster: Cluster, archives: Path) -> None:
    address = placed(cluster.nodes[2], archives / "cluster" / "tenants-node3.snapshot")
    assert result(recover(cluster.nodes[2], "tenants", address, priority="snapshot")) is True
    assert cluster.view(0, "tenants")["shard_count"] == 0 and cluster.count(0, "tenants") == 0
    for key in ("acme", "globex"):
        cluster.call(0, "PUT", "/collections/tenants/shards", {"shard_key": key})
    assert result(recover(cluster.nodes[2], "tenants", address, priority="snapshot")) is True
    cluster.await_settled("tenants")
    until(lambda: len(cluster.held(2, "tenants")) == 2, "both shards on the node that restored them")
    assert (
        cluster.count(0, "tenants", shard_key="acme") == 100 and cluster.count(1, "tenants", shard_key="globex") == 200
    )


def test_shard_archives_on_a_node_alone(cluster: Cluster, folder: Path, qdrant: RunningQdrant) -> None:
    make(cluster, shard_number=4, replication_factor=2)
    archives = keep(shard_archives(cluster), folder)
    qdrant.call("PUT", "/collections/c", {"vectors": VECTORS, "shard_number": 4})
    for shard_id, archive in archives.items():
        upload_shard(qdrant, shard_id, archive, "no_sync")
    assert counted(qdrant, "c") == 60
    name = cluster.call(0, "POST", "/collections/c/snapshots")["name"]
    whole = Path(cluster.nodes[0].snapshots_dir, "c", name)
    answer = recover(qdrant, "d", placed(qdrant, whole))
    assert answer.status_code == 500 and "Can't restore snapshot in local mode with missing data" in error(answer)


# --- what goes wrong


def test_a_whole_collection_with_another_replica_as_the_truth_stops_the_cluster(folder: Path) -> None:
    """The answer is `true`, and nothing can be changed in the cluster any more."""
    with start_cluster(folder, 3) as cluster:
        make(cluster, shard_number=2, replication_factor=3)
        name = cluster.call(0, "POST", "/collections/c/snapshots")["name"]
        archive = Path(cluster.nodes[0].snapshots_dir, "c", name)
        assert result(recover(cluster.nodes[0], "c", archive.as_uri(), priority="replica")) is True
        for number in numbers(cluster):
            until(lambda number=number: _stopped(cluster, number), "the consensus stopped")
        peer = cluster.peer_id(0)
        assert [shard[peer] for shard in cluster.states(1, "c").values()] == ["ManualRecovery"] * 2
        answer = ask(cluster.nodes[0], "PUT", "/collections/d", {"vectors": VECTORS})
        assert answer.status_code == 500, error(answer)
        assert cluster.count(0, "c") == 60


def _stopped(cluster: Cluster, number: int) -> bool:
    status = cluster.call(number, "GET", "/cluster")["consensus_thread_status"]
    return bool(status["consensus_thread_status"] == "stopped_with_err")


@needs_hooks
def test_a_dirty_replica_is_passed_over_and_replaced_after_a_write(cluster: Cluster) -> None:
    make(cluster, shard_number=1, replication_factor=2)
    first, second = holders(cluster, 0)
    cluster.nodes[first].call("POST", "/__double__/dirty", {"collection": "c", "shard": 0})
    assert cluster.count(first, "c") == 60
    assert set(cluster.states(second, "c")[0].values()) == {"Active"}
    answer = ask(cluster.nodes[first], "POST", "/collections/c/shards/0/snapshots")
    assert answer.status_code == 500 and "Dirty shard - shard is not fully initialized" in error(answer)
    cluster.call(second, "PUT", "/collections/c/points?wait=true", {"points": points(1, 4, first=777)})
    until(lambda: cluster.settled("c") and len(cluster.contents(first, "c")) == 61, "the replica is whole again")


@needs_hooks
def test_the_only_replica_is_dirty(cluster: Cluster) -> None:
    make(cluster, shard_number=1, replication_factor=1)
    (holder,) = holders(cluster, 0)
    cluster.nodes[holder].call("POST", "/__double__/dirty", {"collection": "c", "shard": 0})
    for number in numbers(cluster):
        answer = ask(cluster.nodes[number], "POST", "/collections/c/points/count", {"exact": True})
        assert answer.status_code == 500 and "Dirty shard - shard is not fully initialized" in error(answer)


@needs_hooks
def test_a_transfer_is_listed_while_it_runs(cluster: Cluster) -> None:
    make(cluster, shard_number=1, replication_factor=1)
    (holder,) = holders(cluster, 0)
    target = next(number for number in numbers(cluster) if number != holder)
    source, to = cluster.peer_id(holder), cluster.peer_id(target)
    cluster.nodes[target].faults([{"at": "transfer:begin", "delay_s": 1}])
    asked = {"shard_id": 0, "from_peer_id": source, "to_peer_id": to}
    assert cluster.call(0, "POST", "/collections/c/cluster", {"move_shard": asked}) is True
    (seen,) = cluster.view(0, "c")["shard_transfers"]
    assert {key: seen[key] for key in ("shard_id", "from", "to", "sync")} == {
        "shard_id": 0,
        "from": source,
        "to": to,
        "sync": False,
    }
    assert cluster.states(0, "c")[0] == {source: "Active", to: "Partial"}
    cluster.call(0, "PUT", "/collections/c/points?wait=true", {"points": points(5, 4, first=501)})
    until(lambda: cluster.states(0, "c")[0] == {to: "Active"}, "moved")
    assert cluster.count(0, "c") == 65


@needs_hooks
def test_a_target_killed_in_a_transfer_goes_on_when_it_is_back(cluster: Cluster) -> None:
    make(cluster, shard_number=1, replication_factor=2)
    first, second = holders(cluster, 0)
    cluster.nodes[second].faults([{"kill_at": "transfer:swap-shard-0:inside"}])
    archive = shard_archives(cluster)[0]
    asked = {"location": archive, "priority": "snapshot"}
    assert cluster.call(first, "PUT", "/collections/c/shards/0/snapshots/recover", asked) is True
    cluster.nodes[second].wait_dead()
    assert cluster.count(first, "c") == 60
    cluster.start_again(second)
    cluster.await_settled("c")
    assert len(cluster.contents(second, "c")) == 60


@needs_hooks
def test_a_source_killed_in_a_transfer_leaves_the_target_as_it_was(cluster: Cluster) -> None:
    make(cluster, shard_number=1, replication_factor=1)
    (holder,) = holders(cluster, 0)
    target = next(number for number in numbers(cluster) if number != holder)
    asked = {"shard_id": 0, "from_peer_id": cluster.peer_id(holder), "to_peer_id": cluster.peer_id(target)}
    cluster.nodes[target].faults([{"at": "transfer:begin", "delay_s": 0.5}])
    cluster.call(target, "POST", "/collections/c/cluster", {"move_shard": asked})
    cluster.kill(holder)
    until(lambda: not cluster.view(target, "c")["shard_transfers"], "the transfer is given up")
    assert list(cluster.states(target, "c")[0]) == [asked["from_peer_id"]]
    cluster.start_again(holder)
    assert cluster.count(target, "c") == 60


@needs_hooks
def test_resharding_and_listeners_on_request(cluster: Cluster) -> None:
    make(cluster, shard_number=2, replication_factor=2)
    asked: Any = {"start_resharding": {"direction": "up", "shard_key": None}}
    assert cluster.call(0, "POST", "/collections/c/cluster", asked) is True
    (seen,) = cluster.view(1, "c")["resharding_operations"]
    assert seen["direction"] == "up"
    assert ask(cluster.nodes[2], "POST", "/collections/c/cluster", asked).status_code == 400
    assert cluster.call(2, "POST", "/collections/c/cluster", {"abort_resharding": {}}) is True
    assert "resharding_operations" not in cluster.view(0, "c")
    peer = next(iter(cluster.states(0, "c")[1]))
    cluster.nodes[0].call(
        "POST", "/__double__/replica", {"collection": "c", "shard": 1, "peer": peer, "state": "Listener"}
    )
    assert cluster.states(2, "c")[1][peer] == "Listener"
    assert cluster.count(0, "c") == 60
