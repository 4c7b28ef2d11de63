# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole cluster of three, brought back node after node with the commands of the guide: every point, alias and index.

The stand-in knows no clusters, so this needs QDRANT_BIN.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import os
import pathlib
import subprocess
import time
import urllib.error
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils import _options
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError
from ansible_collections.vectorops.qdrant.tests.support import points, qdrant

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not os.environ.get("QDRANT_BIN"), reason="needs a real server: QDRANT_BIN=/path/to/qdrant"),
]
SECONDS = 90.0
ID = "20261122T190000Z"
NODES = ("node-a", "node-b", "node-c")
NAME = "articles"


def until(right, what: str) -> None:
    end = time.monotonic() + SECONDS
    while not right():
        assert time.monotonic() < end, f"after {SECONDS} s not yet: {what}"
        time.sleep(0.2)


@dataclasses.dataclass
class Cluster:
    """Three servers of one cluster. ``run(number, verb, ...)`` is the program on one of their hosts."""

    folder: pathlib.Path
    urls: list[str]
    repository: pathlib.Path

    def call(self, number: int, method: str, path: str, body: Any = None) -> Any:
        return qdrant.call(method, self.urls[number] + path, body)["result"]

    def run(self, number: int, verb: str, **changes: Any) -> dict[str, Any]:
        module = importlib.import_module(_options.__name__.rsplit(".", 1)[0] + f"._verbs.{verb}")
        known = {
            "url": self.urls[number],
            "path": str(self.repository),
            "cluster": "search",
            "node": NODES[number],
            "expected_nodes": list(NODES),
            "state_dir": str(self.folder / f"state-{number}"),
            "spool_dir": str(self.folder / f"spool-{number}"),
            "min_free": "1M",
            **changes,
        }
        params = _options.defaults(*module.OPTIONS)
        params.update({name: value for name, value in known.items() if name in params or name in changes})
        return dict(module.run(params, False, lambda event: None))

    def settled(self, name: str = NAME) -> bool:
        try:
            views = [self.call(number, "GET", f"/collections/{name}/cluster") for number in range(3)]
        except urllib.error.HTTPError as error:
            if error.code == 404:  # a busy node that has not heard of it yet
                return False
            raise
        states = [s["state"] for view in views for s in (*view["local_shards"], *view["remote_shards"])]
        return bool(states) and set(states) == {"Active"} and not any(view["shard_transfers"] for view in views)

    def contents(self, number: int, name: str = NAME) -> list[Any]:
        body = {"limit": 10000, "with_payload": True, "with_vector": True}
        found = self.call(number, "POST", f"/collections/{name}/points/scroll?consistency=all", body)["points"]
        return sorted(found, key=lambda point: int(point["id"]))

    def count(self, number: int, name: str = NAME) -> int:
        return int(self.call(number, "POST", f"/collections/{name}/points/count", {"exact": True})["count"])

    def aliases(self, number: int) -> list[str]:
        return sorted(one["alias_name"] for one in self.call(number, "GET", "/aliases")["aliases"])

    def fill(self, placed: Sequence[Sequence[int]] = ((), (), ()), **config: Any) -> None:
        """600 points with an index and an alias, and one backup id on all nodes. placed: the nodes that hold the shard
        of each key."""
        body = {"vectors": {"size": 8, "distance": "Cosine"}, "shard_number": 3, **config}
        custom = config.get("sharding_method") == "custom"
        if custom:
            del body["shard_number"]
        self.call(0, "PUT", f"/collections/{NAME}", body)
        keys = ("acme", "globex", "initech") if custom else ()
        for key, numbers in zip(keys, placed):
            placement = [self.call(number, "GET", "/cluster")["peer_id"] for number in numbers]
            made = {"shard_key": key, **({"placement": placement} if placement else {})}
            self.call(0, "PUT", f"/collections/{NAME}/shards", made)
        index = {"field_name": "topic", "field_schema": "keyword"}
        self.call(0, "PUT", f"/collections/{NAME}/index?wait=true", index)
        made = points.points(600, 8)
        for number, key in enumerate(keys or (None,)):
            part = {"points": made[number :: len(keys) or 1], **({"shard_key": key} if key else {})}
            self.call(0, "PUT", f"/collections/{NAME}/points?wait=true", part)
        action = {"create_alias": {"collection_name": NAME, "alias_name": "live"}}
        self.call(0, "POST", "/collections/aliases", {"actions": [action]})
        until(self.settled, "all replicas active")
        for number in range(3):
            report = self.run(number, "back_up", backup_id=ID)
            held = self.call(number, "GET", f"/collections/{NAME}/cluster")["local_shards"]
            assert report["ok"] and [one["name"] for one in report["collections"]] == ([NAME] if held else []), report


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    folder, program = tmp_path_factory.mktemp("cluster"), os.path.abspath(os.environ["QDRANT_BIN"])
    ports = [(qdrant.free_port(), qdrant.free_port(), qdrant.free_port()) for dummy in range(3)]
    first = f"http://127.0.0.1:{ports[0][2]}"
    urls, processes = [], []
    with contextlib.ExitStack() as stack:
        for number, (http, grpc, p2p) in enumerate(ports):
            place = folder / NODES[number]
            place.mkdir()
            settings = {
                "QDRANT__STORAGE__STORAGE_PATH": str(place / "storage"),
                "QDRANT__STORAGE__SNAPSHOTS_PATH": str(place / "snapshots"),
                "QDRANT__SERVICE__HOST": "127.0.0.1",
                "QDRANT__SERVICE__HTTP_PORT": str(http),
                "QDRANT__SERVICE__GRPC_PORT": str(grpc),
                "QDRANT__CLUSTER__ENABLED": "true",
                "QDRANT__CLUSTER__P2P__PORT": str(p2p),
                "QDRANT__TELEMETRY_DISABLED": "true",
            }
            words = ["--uri", f"http://127.0.0.1:{p2p}"] + (["--bootstrap", first] if number else [])
            log = stack.enter_context(open(place / "log", "ab"))
            process = subprocess.Popen(
                [program, *words],
                cwd=place,
                env={**os.environ, **settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            processes.append(process)
            stack.callback(lambda one=process: (one.terminate(), one.wait(20)))
            urls.append(f"http://127.0.0.1:{http}")
            until(lambda url=urls[-1], many=number + 1: peers(url) == many, f"{number + 1} peers")
        until(lambda: all(peers(url) == 3 for url in urls), "three peers, seen by each")
        yield folder, urls


def peers(url: str) -> int:
    try:
        return len(qdrant.call("GET", url + "/cluster")["result"]["peers"])
    except (OSError, KeyError):
        return 0


@pytest.fixture
def cluster(servers, tmp_path):
    _folder, urls = servers
    qdrant.wipe(urls[0])
    until(lambda: all(not qdrant.call("GET", url + "/collections")["result"]["collections"] for url in urls), "empty")
    return Cluster(tmp_path, urls, tmp_path / "repository")


SHAPES = [
    {"replication_factor": 1},
    {"replication_factor": 2},
    {"replication_factor": 3},
    {"replication_factor": 2, "sharding_method": "custom"},
    {"replication_factor": 2, "sharding_method": "custom", "placed": ((0, 1), (1, 2), (1,))},
    {"replication_factor": 2, "sharding_method": "custom", "placed": ((0, 2), (0, 2), (0, 1))},
    {"replication_factor": 2, "sharding_method": "custom", "placed": ((0, 1), (0,), (1,))},
]


NAMED = ["one copy", "two copies", "three copies", "keys", "all on the second", "all on the first", "none on the last"]


@pytest.mark.parametrize("shape", SHAPES, ids=NAMED)
def test_the_nodes_bring_a_lost_collection_back_together(cluster, shape):
    cluster.fill(**shape)
    before = cluster.contents(0)
    assert len(before) == 600
    cluster.call(0, "DELETE", f"/collections/{NAME}")
    reports = []
    for number in range(3):
        report = cluster.run(number, "restore", backup_id=ID, restore_aliases=True, delivery="upload")
        assert report["ok"], report["failed"]
        reports.append(report)
        until(cluster.settled, "all replicas active again")
    wholes = [item["whole"] for report in reports for item in report["collections"]]
    assert wholes.count(True) == 1 and wholes[-1], "the last part that was needed, and no other"
    proven = [item for report in reports for item in report["collections"]][-1]
    assert proven["proven"] and proven["grade"] == 3 and proven["points"] == 600
    for number in range(3):
        assert cluster.count(number) == 600 and cluster.contents(number) == before
        until(lambda number=number: cluster.aliases(number) == ["live"], "the alias, and no mark")
    schema = cluster.call(1, "GET", f"/collections/{NAME}")["payload_schema"]
    assert schema["topic"]["points"] == 600
    for number in range(3):  # once more, by mistake
        again = cluster.run(number, "restore", backup_id=ID, restore_aliases=True, collections=[NAME])
        assert again["ok"] and not again["changed"] and again["left_out"] == [NAME]


def test_a_node_in_the_middle_is_repeated(cluster):
    cluster.fill(replication_factor=1)
    before = cluster.contents(0)
    cluster.call(0, "DELETE", f"/collections/{NAME}")
    for number in (0, 0, 1, 0, 1, 2):
        assert cluster.run(number, "restore", backup_id=ID, delivery="upload")["ok"]
    assert cluster.contents(2) == before and cluster.aliases(2) == []


def test_a_collection_in_use_is_refused_on_every_node(cluster):
    cluster.fill(replication_factor=1)
    cluster.call(0, "POST", f"/collections/{NAME}/points/delete?wait=true", {"points": [1, 2, 3]})
    for number in range(3):
        with pytest.raises(RefusedError, match="no other node has just restored"):
            cluster.run(number, "restore", backup_id=ID)
    cluster.call(0, "DELETE", f"/collections/{NAME}")
    assert cluster.run(0, "restore", backup_id=ID, delivery="upload")["ok"]
    action = {"create_alias": {"collection_name": NAME, "alias_name": "live"}}
    cluster.call(0, "POST", "/collections/aliases", {"actions": [action]})
    until(lambda: "live" in cluster.aliases(1), "the alias on the other node")
    with pytest.raises(RefusedError, match="it has the alias live"):
        cluster.run(1, "restore", backup_id=ID)


def test_a_cluster_that_is_there_is_set_back_by_replacing(cluster):
    cluster.fill(replication_factor=2)
    before = cluster.contents(0)
    cluster.call(0, "PUT", f"/collections/{NAME}/points?wait=true", {"points": points.points(50, 8, first=9001)})
    changed = [{"id": n, "vector": [1.0] * 8, "payload": {"topic": "changed"}} for n in range(1, 301)]
    cluster.call(0, "PUT", f"/collections/{NAME}/points?wait=true", {"points": changed})
    for number in range(3):
        report = cluster.run(number, "restore", backup_id=ID, mode="replace", delivery="upload")
        assert report["ok"], report["failed"]
        until(cluster.settled, "all replicas active again")
    assert [cluster.contents(number) for number in range(3)] == [before] * 3
    assert report["collections"][0]["whole"] and report["collections"][0]["proven"]
    assert cluster.aliases(0) == ["live"]


def test_a_lost_part_refuses_and_what_is_left_can_be_had_by_name(cluster):
    cluster.fill(replication_factor=1)
    cluster.call(0, "DELETE", f"/collections/{NAME}")
    (archive,) = (cluster.repository / "search" / "archives" / "node-c").rglob("*.snapshot")
    archive.unlink()
    with pytest.raises(RefusedError, match="is nowhere"):
        cluster.run(0, "restore", backup_id=ID)
    assert cluster.run(0, "restore", backup_id=ID, allow_incomplete=True, delivery="upload")["ok"]
    assert cluster.run(1, "restore", backup_id=ID, allow_incomplete=True, delivery="upload")["ok"]
    assert 0 < cluster.count(0) < 600


@pytest.mark.parametrize("shape", [SHAPES[0], SHAPES[1], SHAPES[4]], ids=["one copy", "two copies", "keys"])
def test_points_are_put_back_through_one_node(cluster, tmp_path, shape):
    """The archives of all nodes are read, and every shard is written through the API of one."""
    pytest.importorskip("qdrant_edge", reason="qdrant-edge-py is not installed (it needs Python 3.10 or later)")
    cluster.fill(**shape)
    before = cluster.contents(0)
    t3 = {"must": [{"key": "topic", "match": {"value": "t3"}}]}
    cluster.call(0, "POST", f"/collections/{NAME}/points/delete?wait=true", {"filter": t3})
    lost = 600 - cluster.count(0)
    options = {"backup_id": ID, "collections": [NAME], "scratch_dir": str(tmp_path)}
    counts = cluster.run(1, "diff", **options)["points"]
    assert (counts["missing"], counts["same"], counts["changed"], counts["new"]) == (lost, 600 - lost, 0, 0)
    report = cluster.run(1, "restore", points="missing", **options)
    assert report["ok"] and report["put_back"] == lost, report
    until(lambda: cluster.contents(2) == before, "every point is back")
