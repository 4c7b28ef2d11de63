# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups that store each shard once, of one node that is a cluster of itself: what is committed, copied, rotated,
verified, pruned and refused. Clusters of several nodes are in ``test_backup_cluster.py``."""

from __future__ import annotations

import json
import os

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.verify import verify
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import Node
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.scope import Scope
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Cluster
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.inventory import inventory
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.survey import Survey
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
    found = inventory(Survey(Catalogue(shards.store(), CLUSTER)), check=True)["backups"][0]["completeness"]
    assert found["state"] == "incomplete"
    assert found["missing_shards"] == [{"collection": "articles", "shard": 1}]


def test_a_node_without_its_turn_says_so_in_its_manifest(shards, monkeypatch):
    from ansible_collections.vectorops.qdrant.plugins.module_utils._backup import plan

    assign = plan.assign

    def other(view, collection, backup_id, silent=()):
        found = assign(view, collection, backup_id, silent)
        return type(found)(dict.fromkeys(found.takers, 4711))

    monkeypatch.setattr(plan, "assign", other)
    report = run(shards, FIRST)
    assert report["ok"] and report["changed"] and report["collections"] == []
    manifest = shards.manifests()[FIRST]
    assert manifest.collections == () and manifest.holds("articles")
    assert sorted(manifest.shards_elsewhere["articles"]) == ["0", "1", "2"]
    again = run(shards, FIRST)
    assert again["ok"] and not again["changed"]
    found = inventory(Survey(Catalogue(shards.store(), CLUSTER)), check=True)["backups"][0]["completeness"]
    assert [one["shard"] for one in found["missing_shards"]] == [0, 1, 2]


def test_every_archive_is_verified_and_proven_by_name(shards):
    run(shards, FIRST)
    catalogue = Catalogue(shards.store(), CLUSTER)
    report = verify(catalogue)
    assert report["ok"]
    (backup,) = report["backups"]
    assert [one["name"] for one in backup["collections"]] == ["articles/0", "articles/1", "articles/2"]
    (shown,) = inventory(Survey(Catalogue(shards.store(), CLUSTER)), check=True)["backups"]
    (item,) = shown["collections"]
    assert (item["name"], item["kind"], item["points"], item["grade"]) == ("articles", "shard", 300, 1)
    assert item["bytes"] == sum(one["bytes"] for one in item["archives"]) == shown["bytes"]
    assert [one["shard"] for one in item["archives"]] == [0, 1, 2]
    key = shards.manifests()[FIRST].entries("articles")[1].archive.key
    shards.store().delete([key])
    report = verify(Catalogue(shards.store(), CLUSTER))
    assert [item["name"] for item in report["failed"]] == ["articles/1"]
    (shown,) = inventory(Survey(Catalogue(shards.store(), CLUSTER)), check=True)["backups"]
    assert shown["collections"][0]["proof_failed"].startswith("shard 1: ")
    assert shown["completeness"]["lost"] == [key]


def test_one_shard_of_the_whole_kind_is_not_another(shards):
    """Archives of collections from before stay, and each kind is compared with its own."""
    shards.run(FIRST)
    next_second()
    run(shards, SECOND)
    next_second()
    report = shards.run(THIRD)
    assert report["sent_bytes"] == 0, "the whole collection is that of the first backup"
    assert {key: len(value) for key, value in shards.intact().items()} == {FIRST: 1, SECOND: 3, THIRD: 1}


def test_a_restore_of_one_node_names_the_command_for_all(rig, monkeypatch):
    fill(rig, "articles") if hasattr(rig, "upsert") else None
    pytest.skip("see the restore of a cluster") if not hasattr(rig, "upsert") else None


def test_a_run_that_cannot_snapshot_any_shard_stores_nothing(shards, monkeypatch):
    def failing(node, scope):
        raise QdrantError("create a snapshot of", str(scope), "Dirty shard", kind="server_error", answered=True)

    monkeypatch.setattr(Node, "create_snapshot", failing)
    with pytest.raises(EngineError, match="no collection could be backed up"):
        run(shards, FIRST)
    assert shards.manifests() == {}
    assert NODE and UsageError
