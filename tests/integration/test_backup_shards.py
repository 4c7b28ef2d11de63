# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups that store each shard once, of one node that is a cluster of itself: what is committed, copied, rotated,
verified, pruned and refused. Clusters of several nodes are in ``test_backup_cluster.py``."""

from __future__ import annotations

import json
import os

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup import plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.verify import verify
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import Node
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.scope import Scope
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Cluster
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.inventory import inventory
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.keeper import node_lock
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.survey import Survey
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.operation import prune
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.options import PruneOptions
from ansible_collections.vectorops.qdrant.tests.support.backup_runs import CLUSTER, NODE, next_second

pytestmark = pytest.mark.integration
FIRST, SECOND, THIRD = "20261122T180000Z", "20261122T190000Z", "20261122T200000Z"


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """The node says that it is a cluster of one, where it would say that it is in no cluster."""

    def cluster(node: Node) -> Cluster:
        views = [node.shards(name) for name in node.collections()]
        peer = views[0].peer_id if views else 1
        return Cluster(True, peer, {peer: "http://127.0.0.1:6335"})

    monkeypatch.setattr(Node, "cluster", cluster)


@pytest.fixture
def shards(setup):
    """A collection of three shards with 300 points; ``run`` captures shards."""
    fill(setup, "articles")
    return setup


def fill(setup, name, shards=3):
    setup.server.call(
        "PUT", f"/collections/{name}", {"vectors": {"size": 16, "distance": "Cosine"}, "shard_number": shards}
    )
    setup.upsert(name, count=300)


def run(setup, backup_id, **more):
    return setup.run(backup_id, cluster_capture="shard", **more)


def shown(setup):
    """The newest backup, as a list with its completeness shows it."""
    return inventory(Survey(Catalogue(setup.store(), CLUSTER)), check=True)["backups"][0]


def others_take(monkeypatch, *shards):
    """These shards are assigned to another node."""
    assign = plan.assign

    def other(view, collection, backup_id, silent=()):
        found = assign(view, collection, backup_id, silent)
        return type(found)({shard: 4711 if shard in shards else taker for shard, taker in found.takers.items()})

    monkeypatch.setattr(plan, "assign", other)


def local(setup, shard, name="articles"):
    return [one.name for one in setup.node().list_snapshots(Scope.shard(name, shard))]


def test_each_shard_is_an_archive(shards):
    report = run(shards, FIRST)
    assert report["ok"] and report["changed"]
    json.dumps(report)
    assert [(one["name"], one["kind"], one["shards"]) for one in report["collections"]] == [
        ("articles", "shard", [number]) for number in range(3)
    ]
    manifest = shards.manifests()[FIRST]
    entries = manifest.entries("articles")
    assert manifest.collection("articles") is None
    assert manifest.extra["cluster_capture"] == "shard"
    assert [entry.shards.captured for entry in entries] == [(0,), (1,), (2,)]
    for entry in entries:
        assert sorted(entry.shards.known) == ["0", "1", "2"]
        assert (entry.points.before, entry.points.after, entry.points.quiet) == (300, 300, True)
        assert entry.config["params"]["shard_number"] == 3
        facts = shards.archive_facts(entry.archive.key)
        assert (facts.kind, facts.sha256, facts.bytes) == ("shard", entry.archive.sha256, entry.archive.bytes)
        assert entry.archive.key.rpartition("/")[2].startswith(f"articles-shard-{entry.shards.captured[0]}-")
    assert sum(entry.extra["shard_points"] for entry in entries) == 300
    assert [bool(entry.probe) for entry in entries] == [True, False, False], "one probe a collection"
    assert shards.snapshots("articles") == [], "no snapshot of the whole collection"
    assert [len(local(shards, number)) for number in range(3)] == [1, 1, 1]
    assert shards.intact() == {FIRST: ["articles"] * 3}


def test_without_the_folder_the_archives_are_downloaded(shards, tmp_path):
    report = run(shards, FIRST, snapshots_dir=None, spool_dir=str(tmp_path / "spool"))
    assert report["ok"] and len(report["collections"]) == 3
    assert shards.intact() == {FIRST: ["articles"] * 3}
    assert not [name for dummy, dummy2, names in os.walk(tmp_path / "spool") for name in names]


def test_an_unchanged_shard_is_copied_and_a_changed_one_is_sent(shards):
    run(shards, FIRST)
    next_second()
    report = run(shards, SECOND)
    assert report["sent_bytes"] == 0
    before = {entry.part: entry.archive for entry in shards.manifests()[FIRST].collections}
    for entry in shards.manifests()[SECOND].collections:
        assert entry.archive.copied_from == before[entry.part].key
        assert entry.archive.content_digest == before[entry.part].content_digest
    shards.upsert("articles", count=1, seed=8)  # of one shard
    next_second()
    report = run(shards, THIRD)
    assert sorted(one["copied_from"] is None for one in report["collections"]) == [False, False, True]
    assert set(shards.intact()) == {FIRST, SECOND, THIRD}


def test_local_snapshots_of_shards_are_rotated_as_those_of_collections(shards):
    for backup_id in (FIRST, SECOND, THIRD):
        report = run(shards, backup_id, keep_local=1)
        next_second()
    assert [len(local(shards, number)) for number in range(3)] == [1, 1, 1]
    assert len(report["rotated"]) == 3
    run(shards, "20261122T210000Z", keep_local=0)
    assert [len(local(shards, number)) for number in range(3)] == [0, 0, 0]


def test_the_same_id_again_changes_nothing(shards):
    run(shards, FIRST)
    keys = shards.keys()
    next_second()
    again = run(shards, FIRST)
    assert again["ok"] and not again["changed"]
    assert shards.keys() == keys
    assert [len(local(shards, number)) for number in range(3)] == [1, 1, 1]


def test_a_shard_that_fails_does_not_stop_the_others(shards, monkeypatch):
    create = Node.create_snapshot

    def failing(node, scope):
        if scope.shard_id == 1:
            raise QdrantError("create a snapshot of", str(scope), "Dirty shard", kind="server_error", answered=True)
        return create(node, scope)

    monkeypatch.setattr(Node, "create_snapshot", failing)
    report = run(shards, FIRST)
    assert not report["ok"]
    assert [one["shards"] for one in report["collections"]] == [[0], [2]]
    (failed,) = report["failed"]
    assert failed["name"] == "articles" and "shard 1 of collection articles" in failed["error"]
    assert "Dirty shard" in failed["error"]
    found = shown(shards)["completeness"]
    assert found["text"] == "incomplete: 1 shard missing, 1 collection failed"
    assert found["missing_shards"] == [{"collection": "articles", "shard": 1}]
    monkeypatch.setattr(Node, "create_snapshot", create)
    next_second()
    again = run(shards, FIRST)
    assert again["ok"] and again["changed"] and [one["shards"] for one in again["collections"]] == [[1]]
    assert shown(shards)["completeness"]["text"] == "complete"
    assert shards.manifests()[FIRST].failed == ()


def test_a_node_without_its_turn_says_so_in_its_manifest(shards, monkeypatch):
    with monkeypatch.context() as patched:
        others_take(patched, 0, 1, 2)
        report = run(shards, FIRST)
    assert report["ok"] and report["changed"] and report["collections"] == []
    manifest = shards.manifests()[FIRST]
    assert manifest.collections == () and manifest.holds("articles")
    assert sorted(manifest.shards_elsewhere["articles"]) == ["0", "1", "2"]
    found = shown(shards)["completeness"]
    assert [one["shard"] for one in found["missing_shards"]] == [0, 1, 2]


def test_every_archive_is_verified_and_proven_by_name(shards):
    run(shards, FIRST)
    catalogue = Catalogue(shards.store(), CLUSTER)
    report = verify(catalogue)
    assert report["ok"]
    (backup,) = report["backups"]
    assert [one["name"] for one in backup["collections"]] == ["articles/0", "articles/1", "articles/2"]
    backup = shown(shards)
    (item,) = backup["collections"]
    assert (item["name"], item["kind"], item["points"], item["grade"]) == ("articles", "shard", 300, 1)
    assert item["bytes"] == sum(one["bytes"] for one in item["archives"]) == backup["bytes"]
    assert [one["shard"] for one in item["archives"]] == [0, 1, 2]
    key = shards.manifests()[FIRST].entries("articles")[1].archive.key
    shards.store().delete([key])
    next_second()  # the order of proofs is that of their times
    report = verify(Catalogue(shards.store(), CLUSTER))
    assert [item["name"] for item in report["failed"]] == ["articles/1"]
    backup = shown(shards)
    assert backup["collections"][0]["proof_failed"].startswith("shard 1: ")
    assert backup["completeness"]["lost"] == [key]


def test_one_shard_of_the_whole_kind_is_not_another(shards):
    """Archives of collections from before stay, and each kind is compared with its own."""
    shards.run(FIRST)
    next_second()
    run(shards, SECOND)
    next_second()
    report = shards.run(THIRD)
    assert report["sent_bytes"] == 0, "the whole collection is that of the first backup"
    assert {key: len(value) for key, value in shards.intact().items()} == {FIRST: 1, SECOND: 3, THIRD: 1}


def test_a_gap_is_filled_by_a_later_part(shards, monkeypatch):
    fill(shards, "logs")
    with monkeypatch.context() as patched:
        others_take(patched, 1)
        run(shards, FIRST)
    first = shards.manifests()[FIRST]
    assert [entry.part for entry in first.collections] == ["articles/0", "articles/2", "logs/0", "logs/2"]
    keys = shards.keys(f"{CLUSTER}/manifests/")
    content = shards.store().get(keys[0]).data
    next_second()
    planned = run(shards, FIRST, check=True)
    assert planned["changed"] and len(planned["plan"]["steps"]) == 5
    report = run(shards, FIRST)
    assert report["ok"] and report["changed"]
    assert [(one["name"], one["shards"]) for one in report["collections"]] == [("articles", [1]), ("logs", [1])]
    assert "Shard 1 of articles is in no archive of backup" in " ".join(report["warnings"])
    assert len(shards.keys(f"{CLUSTER}/manifests/")) == 2 and shards.store().get(keys[0]).data == content
    whole = shards.manifests()[FIRST]
    assert sorted(entry.part for entry in whole.collections) == [
        f"{name}/{shard}" for name in ("articles", "logs") for shard in range(3)
    ]
    assert shards.intact() == {FIRST: ["articles"] * 3 + ["logs"] * 3}
    assert shown(shards)["completeness"]["text"] == "complete"
    assert [len(local(shards, number)) for number in range(3)] == [1, 1, 1]
    next_second()
    again = run(shards, FIRST)
    assert again["ok"] and not again["changed"] and len(shards.keys(f"{CLUSTER}/manifests/")) == 2
    assert verify(Catalogue(shards.store(), CLUSTER))["ok"]
    second = run(shards, SECOND)
    assert second["ok"] and second["sent_bytes"] == 0, "also the later part is copied from"


def test_a_node_that_is_at_work_is_waited_for(shards, monkeypatch):
    with monkeypatch.context() as patched:
        others_take(patched, 1)
        run(shards, FIRST, expected_nodes=(NODE, "node-b"))
    with node_lock(shards.store(), CLUSTER, "node-b", "a backup", ""):
        report = run(shards, FIRST, expected_nodes=(NODE, "node-b"))
    assert report["ok"] and not report["changed"]
    assert "node-b is backing up now" in " ".join(report["warnings"])
    report = run(shards, FIRST, expected_nodes=(NODE, "node-b"))
    assert report["changed"] and [one["shards"] for one in report["collections"]] == [[1]]


def test_prune_deletes_all_archives_and_parts_of_a_backup(shards, monkeypatch):
    with monkeypatch.context() as patched:
        others_take(patched, 1)
        run(shards, FIRST)
    next_second()
    run(shards, FIRST)
    next_second()
    run(shards, SECOND)
    options = PruneOptions(cluster=CLUSTER, node_name=NODE, keep_last=1, state_dir=shards.state_dir)
    report = prune(options, lambda: Survey(Catalogue(shards.store(), CLUSTER)), shards.node())
    assert report["ok"] and [one["backup_id"] for one in report["removed"]] == [FIRST]
    keys = shards.keys()
    assert not [key for key in keys if FIRST in key]
    assert shards.intact() == {SECOND: ["articles"] * 3}
    assert [len(local(shards, number)) for number in range(3)] == [1, 1, 1], "those of the backup that stays"


def test_a_run_that_cannot_snapshot_any_shard_stores_nothing(shards, monkeypatch):
    def failing(node, scope):
        raise QdrantError("create a snapshot of", str(scope), "Dirty shard", kind="server_error", answered=True)

    monkeypatch.setattr(Node, "create_snapshot", failing)
    with pytest.raises(EngineError, match="no collection could be backed up"):
        run(shards, FIRST)
    assert shards.manifests() == {}
