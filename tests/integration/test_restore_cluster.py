# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole cluster, brought back node after node with the commands of the guide: every point, alias and index."""

from __future__ import annotations

import os

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError
from ansible_collections.vectorops.qdrant.tests.support import points
from ansible_collections.vectorops.qdrant.tests.support.cluster_rig import ID, KEYS, NAME, ClusterRig
from ansible_collections.vectorops.qdrant.tests.support.clusters import until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.cluster,
    # Replicas that are copied between the nodes take the stand-in minutes.
    pytest.mark.skipif(
        not (os.environ.get("CLUSTER_NODES") or os.environ.get("QDRANT_BIN")), reason="slow: runs in make test-cluster"
    ),
]


@pytest.fixture
def rig(cluster_rig: ClusterRig) -> ClusterRig:
    return cluster_rig


def backed_up(rig: ClusterRig, **shape) -> list:
    """A collection of this shape in a backup of every node; its points."""
    rig.fill(**shape)
    for number, report in enumerate(rig.back_up(cluster_capture="collection")):
        held = rig.cluster.held(number, NAME)
        assert [one["name"] for one in report["collections"]] == ([NAME] if held else []), report
    return rig.cluster.contents(0, NAME)


def restored(rig: ClusterRig, number: int, **changes) -> dict:
    """One node's restore, when the cluster is at rest again."""
    report = rig.run(number, "restore", backup_id=ID, delivery="upload", **changes)
    assert report["ok"], report["failed"]
    rig.cluster.await_settled(NAME)
    return report


def holding(rig: ClusterRig) -> list[int]:
    """The nodes that have an archive in the repository: with more nodes than shards, not all."""
    archives = rig.repository / "search" / "archives"
    return [number for number, node in enumerate(rig.nodes) if any((archives / node).rglob("*.snapshot"))]


def drop(rig: ClusterRig) -> None:
    rig.cluster.call(0, "DELETE", f"/collections/{NAME}")


def delete_points(rig: ClusterRig, **chosen) -> None:
    rig.cluster.call(0, "POST", f"/collections/{NAME}/points/delete?wait=true", chosen)


def point_alias(rig: ClusterRig) -> None:
    action = {"create_alias": {"collection_name": NAME, "alias_name": "live"}}
    rig.cluster.call(0, "POST", "/collections/aliases", {"actions": [action]})


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
def test_the_nodes_bring_a_lost_collection_back_together(rig, shape):
    before = backed_up(rig, **shape)
    assert len(before) == 600
    drop(rig)
    numbers = range(len(rig.nodes))
    reports = [restored(rig, number, restore_aliases=True) for number in numbers]
    parts = [item for report in reports for item in report["collections"]]
    wholes = [item["whole"] for item in parts]
    assert wholes.count(True) == 1 and wholes[-1], "the last part that was needed, and no other"
    assert parts[-1]["proven"] and parts[-1]["grade"] == 3 and parts[-1]["points"] == 600
    for number in numbers:
        assert rig.cluster.count(number, NAME) == 600 and rig.cluster.contents(number, NAME) == before
        until(lambda number=number: rig.aliases(number) == ["live"], "the alias, and no mark")
    schema = rig.cluster.call(1, "GET", f"/collections/{NAME}")["payload_schema"]
    assert schema["topic"]["points"] == 600
    for number in numbers:  # once more, by mistake
        again = rig.run(number, "restore", backup_id=ID, restore_aliases=True, collections=[NAME])
        assert again["ok"] and not again["changed"] and again["left_out"] == [NAME]


def test_a_node_in_the_middle_is_repeated(rig):
    before = backed_up(rig, replication_factor=1)
    drop(rig)
    first, second, *others = holding(rig)
    for number in (first, first, second, first, second, *others):
        assert rig.run(number, "restore", backup_id=ID, delivery="upload")["ok"]
    assert rig.cluster.contents(2, NAME) == before and rig.aliases(2) == []


def test_a_collection_in_use_is_refused_on_every_node(rig):
    backed_up(rig, replication_factor=1)
    delete_points(rig, points=[1, 2, 3])
    for number in holding(rig):
        with pytest.raises(RefusedError, match="no other node has just restored"):
            rig.run(number, "restore", backup_id=ID)
    drop(rig)
    first, second, *_others = holding(rig)
    assert rig.run(first, "restore", backup_id=ID, delivery="upload")["ok"]
    point_alias(rig)
    until(lambda: "live" in rig.aliases(second), "the alias on the other node")
    with pytest.raises(RefusedError, match="it has the alias live"):
        rig.run(second, "restore", backup_id=ID)


def test_a_cluster_that_is_there_is_set_back_by_replacing(rig):
    before = backed_up(rig, replication_factor=2)
    rig.put(NAME, points.points(50, 8, first=9001))
    rig.put(NAME, [{"id": n, "vector": [1.0] * 8, "payload": {"topic": "changed"}} for n in range(1, 301)])
    for number in holding(rig):
        report = restored(rig, number, mode="replace")
    assert all(rig.cluster.contents(number, NAME) == before for number in range(len(rig.nodes)))
    assert report["collections"][0]["whole"] and report["collections"][0]["proven"]
    assert rig.aliases(0) == ["live"]


def test_a_lost_part_refuses_and_what_is_left_can_be_had_by_name(rig):
    backed_up(rig, replication_factor=1)
    drop(rig)
    first, second, last = holding(rig)
    (archive,) = (rig.repository / "search" / "archives" / rig.nodes[last]).rglob("*.snapshot")
    archive.unlink()
    with pytest.raises(RefusedError, match="is nowhere"):
        rig.run(first, "restore", backup_id=ID)
    for number in (first, second):
        assert rig.run(number, "restore", backup_id=ID, allow_incomplete=True, delivery="upload")["ok"]
    assert 0 < rig.cluster.count(0, NAME) < 600


@pytest.mark.parametrize("shape", [SHAPES[0], SHAPES[1], SHAPES[4]], ids=["one copy", "two copies", "keys"])
def test_points_are_put_back_through_one_node(rig, tmp_path, shape):
    """The archives of all nodes are read, and every shard is written through the API of one."""
    pytest.importorskip("qdrant_edge", reason="qdrant-edge-py is not installed (it needs Python 3.10 or later)")
    before = backed_up(rig, **shape)
    keys = {"shard_key": KEYS} if "sharding_method" in shape else {}
    delete_points(rig, filter={"must": [{"key": "topic", "match": {"value": "t3"}}]}, **keys)
    lost = 600 - rig.cluster.count(0, NAME)
    options = {"backup_id": ID, "collections": [NAME], "scratch_dir": str(tmp_path)}
    asked = holding(rig)[-1]
    counts = rig.run(asked, "diff", **options)["points"]
    assert (counts["missing"], counts["same"], counts["changed"], counts["new"]) == (lost, 600 - lost, 0, 0)
    report = rig.run(asked, "restore", points="missing", **options)
    assert report["ok"] and report["put_back"] == lost, report
    until(lambda: rig.cluster.contents(2, NAME) == before, "every point is back")
