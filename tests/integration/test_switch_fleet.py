# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch on all nodes of a cluster: beside the live collection, proven, then its aliases in one call, and back."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore import live
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.steps import prove
from ansible_collections.vectorops.qdrant.tests.support import points
from ansible_collections.vectorops.qdrant.tests.support.cluster_rig import ID, NAME, ClusterRig
from ansible_collections.vectorops.qdrant.tests.support.clusters import until

pytestmark = [pytest.mark.integration, pytest.mark.cluster]
BESIDE = f"{NAME}__{ID.lower()}"


@pytest.fixture(autouse=True)
def short_watch(monkeypatch):
    """The collection is watched for a moment, where no client writes."""
    moved = live._moved
    monkeypatch.setattr(live, "_moved", lambda nodes, name, first, seconds: moved(nodes, name, first, 0.3))


@pytest.fixture
def rig(cluster_rig: ClusterRig) -> ClusterRig:
    return cluster_rig


def switch(rig: ClusterRig, **changes):
    nodes = dict(zip(rig.nodes, rig.cluster.urls))
    return rig.run(0, "restore", **{"nodes": nodes, "backup_id": ID, "mode": "switch", **changes})


def back(rig: ClusterRig, **changes):
    return switch(rig, **{"mode": "new", "roll_back": "live", "path": None, **changes})


def alias(rig: ClusterRig, **made) -> None:
    """Points aliases to collections, as another client does; None removes one."""
    actions = []
    for name, collection in made.items():
        action = {"create_alias": {"collection_name": collection, "alias_name": name}}
        actions.append(action if collection else {"delete_alias": {"alias_name": name}})
    rig.cluster.call(0, "POST", "/collections/aliases", {"actions": actions})


def aliases(rig: ClusterRig, number: int) -> dict[str, str]:
    found = rig.cluster.call(number, "GET", "/aliases")["aliases"]
    return {one["alias_name"]: one["collection_name"] for one in found}


def backed_up(rig: ClusterRig, capture: str = "shard", **shape) -> list:
    rig.fill(**{"replication_factor": 2, **shape})
    rig.back_up(cluster_capture=capture)
    return rig.cluster.contents(0, NAME)


def points_to(rig: ClusterRig, **wanted) -> None:
    """On every node, at once."""
    for number in rig.cluster.living():
        assert aliases(rig, number) == wanted


def codes(refused) -> list[str]:
    return [refusal["code"] for refusal in refused.value.details["refusals"]]


SHAPES = [
    ("shard", {}),
    ("collection", {}),
    ("shard", {"sharding_method": "custom"}),
    ("shard", {"replication_factor": 1}),
]


@pytest.mark.parametrize("capture, shape", SHAPES, ids=["shards", "archives of nodes", "keys", "one copy"])
def test_all_aliases_are_moved_on_every_node_and_moved_back(rig, capture, shape):
    before = backed_up(rig, capture, **shape)
    alias(rig, search=NAME)
    rig.put(NAME, points.points(30, 8, first=9001), custom="sharding_method" in shape)
    with pytest.raises(RefusedError, match="holds 630 points, the backup 600") as refused:
        switch(rig)
    assert codes(refused) == ["live_writes"] and rig.cluster.names(0) == [NAME]
    planned = switch(rig, check=True, accept_write_loss=True)
    assert planned["diff"]["after"].splitlines()[-2:] == [f"alias live: {BESIDE}", f"alias search: {BESIDE}"]
    assert any("holds 630 points, the backup 600" in text for text in planned["warnings"])

    report = switch(rig, accept_write_loss=True)
    assert report["ok"], report["failed"]
    points_to(rig, live=BESIDE, search=BESIDE)
    (item,) = report["collections"]
    assert (item["mode"], item["name"], item["grade"], item["proven"]) == ("switch", BESIDE, 3, True)
    command = " ".join(f"--node-url {name}={url}" for name, url in zip(rig.nodes, rig.cluster.urls))
    assert item["switched"] == {
        "from": NAME,
        "aliases": ["live", "search"],
        "points_before": 630,
        "old_kept": True,
        "safety_snapshot": None,
        "roll_back": f"qdrant-backup restore --roll-back=live {command}",
    }
    for number in rig.cluster.living():
        assert rig.cluster.contents(number, "live") == before and rig.cluster.count(number, NAME) == 630
    again = switch(rig, accept_write_loss=True)
    assert again["changed"] is False and again["left_out"] == [NAME]
    assert back(rig, check=True)["changed"] and aliases(rig, 0)["live"] == BESIDE
    report = back(rig)
    assert report["changed"] and (report["rolled_back"]["points"], report["rolled_back"]["points_from"]) == (630, 600)
    until(lambda: all(aliases(rig, n) == {"live": NAME, "search": NAME} for n in rig.cluster.living()), "it is back")
    assert back(rig)["changed"] is False
    with pytest.raises(RefusedError, match="curl -X DELETE") as refused:
        switch(rig, accept_write_loss=True)
    assert codes(refused) == ["name_taken"]


def test_one_node_is_enough_to_go_back(rig):
    backed_up(rig)
    assert switch(rig)["ok"]
    assert rig.run(0, "restore", roll_back="live")["changed"]
    assert aliases(rig, 0) == {"live": NAME}


def test_the_old_collection_is_stored_on_each_node_and_deleted(rig):
    backed_up(rig)
    holders = sum(bool(rig.cluster.held(number, NAME)) for number in rig.cluster.living())
    report = switch(rig, keep_old=False)
    assert report["ok"], report["failed"]
    (item,) = report["collections"]
    assert len(item["switched"]["safety_snapshot"].split(", ")) == holders and not item["switched"]["roll_back"]
    assert " on node-" in item["switched"]["safety_snapshot"]
    points_to(rig, live=BESIDE)
    until(lambda: all(rig.cluster.names(n) == [BESIDE] for n in rig.cluster.living()), "the old one is deleted")
    with pytest.raises(RefusedError, match="stay in the nodes' snapshots folders") as refused:
        back(rig)
    assert codes(refused) == ["old_gone"]


def test_clients_that_use_the_name_itself_need_a_gap(rig):
    before = backed_up(rig)
    alias(rig, live=None)
    with pytest.raises(RefusedError, match=r"--node-url.* --accept-gap") as refused:
        switch(rig)
    assert codes(refused) == ["name_is_no_alias"]
    report = switch(rig, accept_gap=True)
    assert report["ok"], report["failed"]
    until(lambda: all(aliases(rig, n) == {NAME: BESIDE} for n in rig.cluster.living()), "the alias")
    assert rig.cluster.contents(0, NAME) == before
    assert switch(rig, accept_gap=True)["changed"] is False


def test_writes_during_the_restore_are_not_lost_unasked(rig):
    backed_up(rig)

    def write(event):
        if event.step == "prove":
            changed = [{**point, "payload": {"topic": "changed"}} for point in points.points(3, 8)]
            rig.cluster.call(len(rig.nodes) - 1, "PUT", "/collections/live/points?wait=true", {"points": changed})

    report = switch(rig, progress=write)
    (failed,) = report["failed"]
    assert "received writes during the restore" in failed["message"] and failed["standing"] == "proven"
    assert "--mode switch --node-url" in failed["next"]
    points_to(rig, live=NAME)
    report = switch(rig, accept_write_loss=True)
    assert report["ok"] and report["collections"][0]["shards"] == [], "it is proven, and not restored twice"
    points_to(rig, live=BESIDE)


def test_an_alias_that_moved_meanwhile_is_left_alone(rig):
    backed_up(rig)
    rig.cluster.call(0, "PUT", "/collections/other", {"vectors": {"size": 8, "distance": "Cosine"}})
    done = []

    def elsewhere(event):
        if event.step == "move aliases" and not done:
            done.append(alias(rig, live="other"))

    (failed,) = switch(rig, progress=elsewhere)["failed"]
    assert failed["standing"] == "proven" and "moved to other" in failed["message"]
    for number in rig.cluster.living():
        assert Host(str(rig.folder / "state-0"), rig.cluster.urls[number]).records("switches") == []
    alias(rig, live=NAME)
    assert switch(rig)["ok"]
    points_to(rig, live=BESIDE)


def test_a_failed_proof_moves_nothing(rig, monkeypatch):
    monkeypatch.setattr(prove._once, "__defaults__", (0.5,))  # that it looks again for
    backed_up(rig)

    def spoil(event):
        if event.step == "prove":
            rig.cluster.call(0, "POST", f"/collections/{BESIDE}/points/delete?wait=true", {"points": [7]})

    (failed,) = switch(rig, progress=spoil)["failed"]
    assert failed["standing"] == "unproven" and "No alias was moved" in failed["message"]
    assert f"curl -X DELETE {rig.cluster.urls[0]}/collections/{BESIDE}" in failed["message"]
    points_to(rig, live=NAME)
    assert rig.cluster.count(0, "live") == 600


def test_a_backup_that_lacks_a_shard_is_not_switched_to(rig):
    backed_up(rig, replication_factor=1)
    sorted((rig.repository / "search" / "archives").rglob("*.snapshot"))[0].unlink()
    with pytest.raises(RefusedError, match="clients use a collection without its points") as refused:
        switch(rig, allow_incomplete=True, accept_write_loss=True)
    assert codes(refused) == ["switch_part"] and rig.cluster.names(0) == [NAME]


def test_what_is_gone_is_restored_by_a_command_that_names_all_nodes(rig):
    backed_up(rig)
    rig.cluster.call(0, "DELETE", f"/collections/{NAME}")
    with pytest.raises(RefusedError, match="clients use nothing that could be switched") as refused:
        switch(rig)
    assert codes(refused) == ["nothing_to_switch"]
    (refusal,) = refused.value.details["refusals"]
    assert all(f"--node-url {name}=" in refusal["next"] for name in rig.nodes) and "--mode" not in refusal["next"]


class Client(threading.Thread):
    """Reads and writes through the alias all the time, at one node."""

    def __init__(self, url: str, first: int) -> None:
        super().__init__(daemon=True)
        self.url, self.number = url, first
        self.reads = self.writes = 0
        self.failed: list[str] = []
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            self.number += 1
            point = {"id": self.number, "vector": [0.5] * 8, "payload": {"topic": "new"}}
            self.writes += self._ask("PUT", "/collections/live/points?wait=true", {"points": [point]})
            for dummy in range(3):
                self.reads += self._ask("POST", "/collections/live/points/query", {"query": [0.1] * 8, "limit": 3})

    def _ask(self, method: str, path: str, body) -> int:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                json.load(answer)
            return 1
        except (urllib.error.URLError, ValueError) as error:
            self.failed.append(f"{method} {path}: {error}")
            return 0


@pytest.mark.parametrize("keep_old", [True, False], ids=["kept", "deleted"])
def test_under_clients_of_every_node_no_request_fails(rig, keep_old):
    backed_up(rig)
    clients = [Client(url, 10000 * (number + 1)) for number, url in enumerate(rig.cluster.urls)]
    for client in clients:
        client.start()
    try:
        with pytest.raises(RefusedError, match="is being written to right now"):
            switch(rig)
        report = switch(rig, accept_write_loss=True, keep_old=keep_old)
        assert report["ok"], report["failed"]
        if keep_old:
            assert back(rig)["ok"]
    finally:
        for client in clients:
            client.over.set()
        for client in clients:
            client.join(30)
    assert [client.failed for client in clients] == [[] for dummy in clients]
    assert all(client.reads > 20 and client.writes > 5 for client in clients)
    until(lambda: all(aliases(rig, n) == {"live": NAME if keep_old else BESIDE} for n in rig.cluster.living()), "it")
    assert rig.cluster.count(0, "live") > 600
