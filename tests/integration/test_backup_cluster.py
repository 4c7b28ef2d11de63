# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of a cluster that store each shard once: who stores what, nodes that are away, gaps that are filled, and what
lists say of it."""

from __future__ import annotations

import datetime
import json
import os
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.clock import backup_id as id_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.clock import now
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.texts import lines_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import Node
from ansible_collections.vectorops.qdrant.tests.support import points
from ansible_collections.vectorops.qdrant.tests.support.backup_runs import Setup, next_second
from ansible_collections.vectorops.qdrant.tests.support.cluster_rig import ID, KEYS, NAME, ClusterRig

pytestmark = [pytest.mark.integration, pytest.mark.cluster]
LATER, LAST = "20261122T200000Z", "20261122T210000Z"
SHAPES = [
    {"replication_factor": 1},
    {"replication_factor": 2},
    {"replication_factor": 3},
    {"sharding_method": "custom", "replication_factor": 2},
]


@pytest.fixture
def rig(cluster_rig: ClusterRig) -> ClusterRig:
    return cluster_rig


def back_up(rig: ClusterRig, backup_id: str = ID, **changes) -> list:
    return rig.back_up(backup_id, **changes)


def stored(rig: ClusterRig, backup_id: str = ID) -> dict:
    """Shard to the numbers of the nodes that stored it, from the manifests alone."""
    found: dict[int, list[int]] = {}
    for number, node in enumerate(rig.nodes):
        for path in sorted((rig.repository / "search" / "manifests" / node).glob(f"{backup_id}*.json")):
            for entry in json.loads(path.read_text())["collections"]:
                assert (entry["name"], entry["kind"]) == (NAME, "shard")
                found.setdefault(entry["shards"]["captured"][0], []).append(number)
    return found


def shards(rig: ClusterRig) -> list:
    return sorted(rig.cluster.states(rig.cluster.living()[0], NAME))


def listed(rig: ClusterRig, backup_id: str = ID) -> dict:
    report = rig.run(rig.cluster.living()[0], "list_backups", completeness=True, backup_id=backup_id, node="")
    return report["backups"][0]


@pytest.mark.parametrize("shape", SHAPES, ids=["RF 1", "RF 2", "RF 3", "custom sharding"])
def test_each_shard_is_stored_once(rig, shape):
    rig.fill(**shape)
    reports = back_up(rig)
    found = stored(rig)
    assert sorted(found) == shards(rig) and all(len(nodes) == 1 for nodes in found.values()), found
    for shard, (number,) in found.items():
        assert shard in rig.cluster.held(number, NAME)
    assert len(list((rig.repository / "search" / "manifests").rglob("*.json"))) == len(rig.nodes), "also without shards"
    backup = listed(rig)
    assert backup["completeness"]["text"] == f"complete, {len(rig.nodes)} nodes"
    assert {one["points"] for report in reports for one in report["collections"]} == {600}
    for number in rig.cluster.living():
        verified = rig.run(number, "verify", backup_id=ID)
        assert verified["ok"], verified


def test_replicas_are_not_stored_again(rig):
    rig.fill(replication_factor=2)
    whole = sum(report["sent_bytes"] for report in rig.back_up(ID, cluster_capture="collection"))
    once = sum(report["sent_bytes"] for report in back_up(rig, LATER))
    assert once < 0.65 * whole


def test_unchanged_shards_are_not_sent_again(rig):
    rig.fill(replication_factor=1)
    back_up(rig)  # which flushes what was written
    time.sleep(0.0 if rig.cluster.is_double else 6.0)  # a real server notes its clocks every five seconds
    next_second()
    back_up(rig, LATER)
    next_second()
    assert sum(report["sent_bytes"] for report in back_up(rig, LAST)) == 0
    assert listed(rig, LAST)["complete"]


@pytest.mark.parametrize("reuse_days", [0, 7])
def test_a_probe_is_not_carried_where_other_nodes_have_shards(rig, reuse_days):
    """It is of the whole collection: nothing on this node tells that a shard of another node was written to."""
    rig.fill(sharding_method="custom", replication_factor=1, placed=[(0,), (1,), (2,)])
    more = {"cluster_capture": "collection", "reuse_days": reuse_days}
    for backup_id in (ID, LATER):  # the first one flushes what was written
        rig.run(0, "back_up", backup_id=backup_id, **more)
        time.sleep(0.0 if rig.cluster.is_double else 6.0)
        next_second()
    body = {"payload": {"new": 1}, "filter": {}, "shard_key": KEYS[1]}
    rig.cluster.call(0, "POST", f"/collections/{NAME}/points/payload?wait=true", body)
    (one,) = rig.run(0, "back_up", backup_id=LAST, **more)["collections"]
    entry = json.loads((rig.repository / "search" / "manifests" / rig.nodes[0] / f"{LAST}.json").read_text())
    (entry,) = entry["collections"]
    assert one["sent_bytes"] == 0 and one["taken_in"] is None, "the shard of this node has not changed"
    assert "probed_in" not in entry
    assert entry["points"]["after"] == 600


def test_each_replica_has_its_turn(rig):
    rig.fill(replication_factor=3)
    takers: dict[int, set] = {}
    for hour in range(12):
        back_up(rig, f"20261123T{hour:02}0000Z", probe="none")
        for shard, (number,) in stored(rig, f"20261123T{hour:02}0000Z").items():
            takers.setdefault(shard, set()).add(number)
        next_second()
    assert all(len(numbers) > 1 for numbers in takers.values())


@pytest.fixture
def unaware(monkeypatch):
    """Nodes that do not tell which peers answer, as before Qdrant 1.17."""
    monkeypatch.setattr(Node, "silent_peers", lambda node: None)


def test_a_node_that_is_away_leaves_gaps_that_the_next_run_fills(rig, unaware):
    rig.fill(replication_factor=2, shard_number=6)
    backup_id = absent(rig, 2)
    rig.cluster.kill(2)
    back_up(rig, backup_id)
    found = listed(rig, backup_id)["completeness"]
    gone = [one["shard"] for one in found["missing_shards"]]
    assert found["state"] == "incomplete" and gone
    assert found["text"].startswith(f"incomplete: {rig.nodes[2]} missing, {len(gone)} shard")
    next_second()
    again = [
        rig.run(number, "back_up", backup_id=backup_id, cluster_capture="shard") for number in rig.cluster.living()
    ]
    assert all(report["ok"] for report in again) and any(report["changed"] for report in again)
    found = stored(rig, backup_id)
    assert sorted(found) == list(range(6)) and all(len(nodes) == 1 for nodes in found.values())
    completeness = listed(rig, backup_id)["completeness"]
    assert completeness["missing_shards"] == [] and completeness["text"] == f"incomplete: {rig.nodes[2]} missing"
    for number in rig.cluster.living():
        assert rig.run(number, "verify", backup_id=backup_id)["ok"]
    next_second()
    last = [rig.run(number, "back_up", backup_id=backup_id, cluster_capture="shard") for number in rig.cluster.living()]
    assert not any(report["changed"] for report in last)


def absent(rig: ClusterRig, number: int, young: bool = False) -> str:
    """A backup id by which this node stores a shard: of some hours ago, or of this hour."""
    for minute in range(60):
        backup_id = id_of(now() - datetime.timedelta(minutes=minute if young else 120 + minute))
        planned = rig.run(number, "back_up", check=True, backup_id=backup_id, cluster_capture="shard")
        if any(step["action"] == "snapshot" for step in planned["plan"]["steps"]):
            return backup_id
    raise AssertionError("it never has its turn")


KILLS = ("probe", "snapshot", "settle", "inspect", "upload", "commit", "committed")


def killed_child(rig: ClusterRig, backup_id: str, step: str) -> int:
    """A run of the first node that is killed at a step; its exit code."""
    first = rig.cluster.nodes[0]
    setup = Setup(first, {"path": str(rig.repository)}, str(rig.folder / "state-0"))
    return setup.run_child(
        backup_id,
        kill_at=step,
        cluster="search",
        node_name=rig.nodes[0],
        expected_nodes=tuple(rig.nodes),
        cluster_capture="shard",
    )


@pytest.mark.parametrize("step", KILLS)
def test_a_run_that_was_killed_is_finished_by_the_next(rig, step):
    rig.fill(replication_factor=2, shard_number=6)
    backup_id = absent(rig, 0, young=True)
    assert killed_child(rig, backup_id, step) == -9
    next_second()
    back_up(rig, backup_id)
    found = stored(rig, backup_id)
    assert sorted(found) == list(range(6)) and all(len(nodes) == 1 for nodes in found.values())
    assert listed(rig, backup_id)["completeness"]["text"] == f"complete, {len(rig.nodes)} nodes"
    assert all(rig.run(number, "verify", backup_id=backup_id)["ok"] for number in rig.cluster.living())
    assert not list(rig.folder.rglob("*.download"))


@pytest.mark.parametrize("step", ["snapshot", "upload", "commit"])
def test_a_gap_whose_filling_was_killed_is_filled_by_the_next_run(rig, unaware, step):
    rig.fill(replication_factor=3, shard_number=6)
    backup_id = absent(rig, 2)
    rig.cluster.kill(2)
    back_up(rig, backup_id)
    gone = [one["shard"] for one in listed(rig, backup_id)["completeness"]["missing_shards"]]
    killed = killed_child(rig, backup_id, step)  # it may be the other node's turn
    next_second()
    back_up(rig, backup_id)
    found = stored(rig, backup_id)
    assert gone and killed in (-9, 0)
    assert sorted(found) == list(range(6)) and all(len(nodes) == 1 for nodes in found.values())
    assert listed(rig, backup_id)["completeness"]["missing_shards"] == []


def test_the_same_id_again_does_not_take_what_other_nodes_will_store(rig):
    rig.fill(replication_factor=2, shard_number=6)
    backup_id = absent(rig, 1, young=True)
    first = rig.run(0, "back_up", backup_id=backup_id, cluster_capture="shard")
    next_second()
    again = rig.run(0, "back_up", backup_id=backup_id, cluster_capture="shard")
    assert first["ok"] and again["ok"] and not again["changed"]
    assert "the nodes that store it in this backup have not backed up" in " ".join(again["warnings"])
    back_up(rig, backup_id)
    assert all(len(nodes) == 1 for nodes in stored(rig, backup_id).values()) and listed(rig, backup_id)["complete"]


def test_a_node_that_is_known_to_be_away_is_passed_over(rig, monkeypatch):
    rig.fill(replication_factor=2, shard_number=6)
    backup_id = absent(rig, 2)
    peer = rig.cluster.peer_id(2)
    rig.cluster.kill(2)
    if rig.cluster.is_double:  # it has no telemetry of its cluster
        monkeypatch.setattr(Node, "silent_peers", lambda node: frozenset({peer}))
    back_up(rig, backup_id)
    found = stored(rig, backup_id)
    assert sorted(found) == list(range(6)) and all(len(nodes) == 1 for nodes in found.values())
    assert listed(rig, backup_id)["completeness"]["text"] == f"incomplete: {rig.nodes[2]} missing"


def test_without_a_replica_the_points_are_told(rig):
    rig.fill(replication_factor=1, shard_number=6)
    gone = rig.cluster.held(2, NAME)
    held = sum(one["points_count"] for one in rig.cluster.view(2, NAME)["local_shards"])
    rig.cluster.kill(2)
    reports = [rig.run(number, "back_up", backup_id=ID, cluster_capture="shard") for number in rig.cluster.living()]
    assert all(report["ok"] for report in reports), reports
    if any("its configuration is not recorded here" in text for report in reports for text in report["warnings"]):
        assert all(one["suspect"] for report in reports for one in report["collections"])
    (gap,) = listed(rig)["completeness"]["gaps"]
    assert gap["shards"] == gone
    if gap["points"] is not None:  # a node that cannot reach the others does not count
        assert abs(gap["points"] - held) <= 30 and gap["of"] == 600
    again = [rig.run(number, "back_up", backup_id=ID, cluster_capture="shard") for number in rig.cluster.living()]
    assert not any(report["changed"] for report in again)
    assert any("is in no archive of backup" in text for report in again for text in report["warnings"])


def test_a_node_added_later_is_part_of_the_next_backup(rig):
    """Its shards are known to all nodes, so they are missing until it backs up too."""
    rig.fill(replication_factor=2)
    first = [rig.run(number, "back_up", backup_id=ID, cluster_capture="shard") for number in (0, 1)]
    assert all(report["ok"] for report in first)
    found = stored(rig)
    missing = [one["shard"] for one in listed(rig)["completeness"]["missing_shards"]]
    assert sorted([*found, *missing]) == shards(rig)
    rig.run(2, "back_up", backup_id=ID, cluster_capture="shard")
    assert listed(rig)["completeness"]["text"] == f"complete, {len(rig.nodes)} nodes"


def test_writes_during_the_backup_do_not_make_it_incomplete(rig):
    rig.fill(replication_factor=2)
    changed = points.points(100, 8, seed=8)

    def progress(event):
        if event.step == "snapshot":
            rig.put(NAME, changed)

    for number in rig.cluster.living():
        report = rig.run(number, "back_up", backup_id=ID, cluster_capture="shard", progress=progress)
        assert report["ok"], report
        assert not any(one["quiet"] for one in report["collections"])
    assert listed(rig)["complete"]


def test_a_restore_of_one_node_names_the_command_for_all(rig):
    rig.fill(replication_factor=2)
    back_up(rig)
    for number in rig.cluster.living():
        with pytest.raises(UsageError, match=f"restore {NAME} --backup-id {ID} --node-url {rig.nodes[0]}=URL"):
            rig.run(number, "restore", collections=[NAME])


def test_status_of_a_node_counts_points_once(rig):
    rig.fill(replication_factor=1)
    back_up(rig)
    for number, report in ((number, rig.run(number, "status")) for number in rig.cluster.living()):
        held = [one for one in report["collections"] if one["name"] == NAME]
        assert [one["points"] for one in held] == (
            [600] if number in {n for ns in stored(rig).values() for n in ns} else []
        )
        assert "qdrant_backup_points" in rig.run(number, "metrics")["metrics"] or not held


@pytest.fixture
def engine(tmp_path):
    """A scratch folder of the embedded engine, which must be empty afterwards."""
    pytest.importorskip("qdrant_edge", reason="qdrant-edge-py is not installed (it needs Python 3.10 or later)")
    folder = tmp_path / "scratch"
    folder.mkdir()
    yield {"scratch_dir": str(folder)}
    assert os.listdir(folder) == []


def test_the_engine_opens_each_shard(rig, engine):
    rig.fill(replication_factor=2)
    back_up(rig)
    found = stored(rig)
    for number in {number for numbers in found.values() for number in numbers}:
        report = rig.run(number, "verify", backup_id=ID, grade=3, **engine)
        assert report["ok"], report["failed"]
        for item in report["backups"][0]["collections"]:
            assert item["grade"] == 2 and item["compared"]["count_compared"], item
        drilled = rig.run(number, "drill", backup_id=ID, **engine)
        assert drilled["ok"], drilled["failed"]
    assert sum(one["points_count"] for one in rig.cluster.view(0, NAME)["local_shards"]) > 0
    with pytest.raises(RefusedError, match="belongs to a cluster"):
        rig.run(number, "drill", backup_id=ID, target="same", **engine)


def test_points_come_back_from_archives_of_shards(rig, engine):
    rig.fill(replication_factor=2)
    back_up(rig)
    before = rig.cluster.contents(0, NAME)
    rig.cluster.call(0, "POST", f"/collections/{NAME}/points/delete?wait=true", {"points": list(range(1, 61))})
    asked = {"collections": [NAME], "backup_id": ID, **engine}
    report = rig.run(0, "diff", **asked)
    assert report["lacking"] == [] and (report["points"]["missing"], report["points"]["same"]) == (60, 540)
    vector = before[6]["vector"]
    body = json.dumps({"query": vector, "limit": 3})
    assert rig.run(1, "query", query=body, **asked)["result"]["points"][0]["id"] == before[6]["id"]
    put = rig.run(0, "restore", points="missing", **asked)
    assert put["ok"] and put["put_back"] == 60
    assert rig.cluster.contents(1, NAME) == before


def test_a_backup_without_archives_of_a_node_is_not_drilled(rig, engine):
    rig.fill(replication_factor=3, shard_number=1)
    ids = [f"20261123T{hour:02}0000Z" for hour in range(8)]
    for backup_id in ids:
        back_up(rig, backup_id)
        next_second()
    takers = {backup_id: stored(rig, backup_id)[0][0] for backup_id in ids}
    (number,) = {next(number for number in rig.cluster.living() if number != takers[ids[-1]])}
    own = [backup_id for backup_id in ids if takers[backup_id] == number]
    lines = lines_of("list", rig.run(number, "list_backups"), False)
    assert sum(line.endswith("no archives") for line in lines) == len(ids) - len(own)
    if own:
        report = rig.run(number, "drill", **engine)
        assert report["ok"] and [one["backup_id"] for one in report["drill"]["backups"]] == [own[-1]]
        assert rig.run(number, "drill", backup_id="all", **engine)["ok"]
        assert rig.run(number, "drill", backup_id="random", **engine)["ok"]
