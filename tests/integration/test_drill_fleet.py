# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills of a cluster's backup: by the engine shard by shard, and whole on one scratch node."""

from __future__ import annotations

import json
import os
import sys

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError
from ansible_collections.vectorops.qdrant.tests.support.cluster_rig import ID, NAME, ClusterRig
from ansible_collections.vectorops.qdrant.tests.support.clusters import start_cluster
from ansible_collections.vectorops.qdrant.tests.support.qdrant import quick_folder

pytestmark = [
    pytest.mark.integration,
    pytest.mark.cluster,
    pytest.mark.skipif(sys.version_info < (3, 10), reason="the engine needs Python 3.10"),
]


@pytest.fixture
def rig(cluster_rig: ClusterRig) -> ClusterRig:
    return cluster_rig


def drill(rig: ClusterRig, **changes):
    scratch = rig.folder / "scratch"
    scratch.mkdir(exist_ok=True)
    report = rig.run(0, "drill", scratch_dir=str(scratch), **changes)
    assert os.listdir(scratch) == []
    return report


def on_scratch(rig: ClusterRig, node, **changes):
    """On a server outside the cluster."""
    return drill(rig, target="scratch", scratch_url=node.url, scratch_api_key=node.api_key, **changes)


def backed_up(rig: ClusterRig, capture: str = "shard", **shape) -> None:
    rig.fill(**{"replication_factor": 2, **shape})
    rig.back_up(cluster_capture=capture)


def archives(rig: ClusterRig) -> list:
    return sorted((rig.repository / "search" / "archives").rglob("*.snapshot"))


def proofs(rig: ClusterRig) -> dict[str, list]:
    """By the node beside whose part they are; without those of the backups' own runs."""
    found: dict[str, list] = {}
    for path in sorted((rig.repository / "search" / "proofs").rglob("*.json")):
        document = json.loads(path.read_text())
        found.setdefault(document["node"], []).extend(document["collections"])
    return found


def codes(refused) -> list[str]:
    return [refusal["code"] for refusal in refused.value.details["refusals"]]


def test_the_engine_opens_every_shard_of_every_node(rig):
    pytest.importorskip("qdrant_edge")
    backed_up(rig)
    report = drill(rig, all_nodes=True)
    assert report["ok"], report["failed"]
    backups = report["drill"]["backups"]
    names = sorted(one["name"] for backup in backups for one in backup["collections"])
    assert names == [f"{NAME}/0", f"{NAME}/1", f"{NAME}/2"] and {one["backup_id"] for one in backups} == {ID}
    # Of one node, only its own, and the report says which it lacks.
    own = drill(rig, node=backups[0]["node"])["drill"]["backups"]
    assert len(own) == 1 and all(one["missing_shards"] for one in own[0]["collections"])


@pytest.mark.parametrize("all_nodes", [True, False], ids=["engine", "scratch"])
def test_a_shard_that_is_nowhere_fails_the_drill(rig, qdrant, all_nodes):
    backed_up(rig, replication_factor=1)
    if all_nodes:
        pytest.importorskip("qdrant_edge")
    # The manifests of one node are gone: the others' know its shards.
    for number, node in enumerate(rig.nodes):
        held = list((rig.repository / "search" / "archives" / node).rglob("*.snapshot"))
        if number and held:
            for path in (rig.repository / "search" / "manifests" / node).rglob("*.json"):
                path.unlink()
            break
    report = drill(rig, all_nodes=True) if all_nodes else on_scratch(rig, qdrant)
    assert not report["ok"] and not report["drill"]["passed"]
    assert any("is in no archive" in one["message"] for one in report["failed"]), report["failed"]


@pytest.mark.parametrize("capture", ["shard", "collection"])
def test_one_scratch_node_gets_all_shards(rig, qdrant, capture):
    backed_up(rig, capture)
    planned = on_scratch(rig, qdrant, check=True)
    assert f"restore copy {NAME} as {NAME}__drill_{ID}" in [
        f"{step['action']} {step['subject']}" for step in planned["plan"]["steps"]
    ]
    report = on_scratch(rig, qdrant)
    assert report["ok"], report["failed"]
    (backup,) = report["drill"]["backups"]
    (one,) = backup["collections"]
    assert (one["name"], one["points"], one["expected"], one["grade"]) == (NAME, 600, 600, 4)
    assert one["missing_shards"] == [] and one["compared"]["points"] > 0
    assert qdrant.call("GET", "/collections")["result"]["collections"] == []
    found = proofs(rig)
    assert {one["grade"] for own in found.values() for one in own} == {4}
    names = sorted({one["name"] for own in found.values() for one in own})
    assert names == ([f"{NAME}/{shard}" for shard in range(3)] if capture == "shard" else [NAME])


def test_a_damaged_shard_fails_the_drill_and_nothing_is_left(rig, qdrant):
    backed_up(rig)
    path = archives(rig)[0]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    os.chmod(path, 0o600)
    path.write_bytes(bytes(data))
    report = on_scratch(rig, qdrant)
    assert not report["ok"] and report["drill"]["cleaned"]
    assert qdrant.call("GET", "/collections")["result"]["collections"] == []
    assert not list((rig.folder / "state-0" / "intents").rglob("*.json"))


def test_shard_keys_need_cluster_mode(rig, qdrant):
    backed_up(rig, sharding_method="custom")
    with pytest.raises(RefusedError, match=r"has shard keys, and .* does not run in cluster mode") as refused:
        on_scratch(rig, qdrant)
    assert codes(refused) == ["custom_sharding"] and "--all-nodes" in str(refused.value)
    pytest.importorskip("qdrant_edge")
    report = drill(rig, all_nodes=True)
    assert report["ok"], report["failed"]


def test_a_scratch_node_in_cluster_mode_takes_shard_keys(rig):
    backed_up(rig, sharding_method="custom")
    with quick_folder() as folder, start_cluster(folder, 1) as other:
        report = on_scratch(rig, other.nodes[0])
        assert report["ok"], report["failed"]
        (one,) = report["drill"]["backups"][0]["collections"]
        assert (one["points"], one["grade"]) == (600, 4) and other.names(0) == []


def test_the_nodes_of_a_cluster_are_no_target(rig):
    backed_up(rig)
    with pytest.raises(RefusedError, match="would be created on all of them") as refused:
        drill(rig, target="same", storage_dir=str(rig.folder), max_load=1000.0)
    assert "cluster" in codes(refused)
    assert rig.cluster.names(0) == [NAME]
