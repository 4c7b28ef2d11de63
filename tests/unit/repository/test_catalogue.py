# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue over a folder: listing, choosing, completeness, proofs."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import layout
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import ManifestError, StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.survey import Survey
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import collection, manifest

IDS = ["20261122T170000Z", "20261122T180000Z", "20261122T190000Z"]


@pytest.fixture
def store(tmp_path):
    return FolderStore(str(tmp_path / "repository"))


@pytest.fixture
def catalogue(store):
    return Catalogue(store, "prod")


def commit(catalogue, document, archives=True):
    for entry in document.collections:
        if archives:
            catalogue.store.put(entry.archive.key, b"x" * entry.archive.bytes)
    return catalogue.commit(document)


def test_an_empty_repository_has_no_backups(catalogue, tmp_path):
    assert catalogue.backups() == []
    with pytest.raises(StoreError, match="there are no backups") as caught:
        catalogue.choose()
    assert caught.value.kind == "not_found"


def test_newest_first_and_foreign_files_are_passed_over(catalogue, store):
    for backup_id in IDS:
        for node in ("node-a", "node-b"):
            commit(catalogue, manifest(node, backup_id))
    store.put("prod/manifests/node-a/README.txt", b"hello")
    store.put("prod/manifests/node-a/latest.json", b"{}")
    entries = Catalogue(store, "prod").backups()
    assert [(entry.backup_id, entry.node) for entry in entries] == [
        (backup_id, node) for backup_id in reversed(IDS) for node in ("node-b", "node-a")
    ]
    assert [entry.backup_id for entry in catalogue.backups("node-a")] == list(reversed(IDS))
    assert Catalogue(store, "other").backups() == []


def test_a_backup_is_committed_once(catalogue):
    commit(catalogue, manifest())
    with pytest.raises(StoreError) as caught:
        catalogue.commit(manifest())
    assert caught.value.kind == "exists"


def test_odd_node_names_come_back(catalogue, store):
    name = "knoten ü/1"
    commit(catalogue, manifest(name, expected=[name]))
    fresh = Catalogue(store, "prod")
    assert [entry.node for entry in fresh.backups()] == [name]
    assert fresh.manifest(fresh.backups(name)[0]).node.name == name


def test_choose(catalogue):
    for backup_id in IDS:
        commit(catalogue, manifest(backup_id=backup_id))
    commit(catalogue, manifest(backup_id="20261122T200000Z", collections=[]))
    assert catalogue.choose().backup_id == "20261122T200000Z"
    assert catalogue.choose(collection="articles").backup_id == IDS[2]
    assert catalogue.choose(IDS[0]).backup_id == IDS[0]
    assert catalogue.choose(before="2026-11-22T18:30:00Z").backup_id == IDS[1]
    assert catalogue.choose(before="2026-11-22T18:00:00Z").backup_id == IDS[1]
    with pytest.raises(StoreError, match="find backup 20200101T000000Z") as caught:
        catalogue.choose("20200101T000000Z")
    assert "20261122T200000Z" in caught.value.said
    with pytest.raises(StoreError, match="with collection nothing"):
        catalogue.choose(collection="nothing")
    with pytest.raises(StoreError, match="of node node-z"):
        catalogue.choose(node="node-z")


def test_a_damaged_manifest_does_not_hide_the_good_ones(catalogue, store):
    commit(catalogue, manifest(backup_id=IDS[0]))
    store.put(layout.manifest_key("prod", "node-a", IDS[1]), b"{")
    fresh = Catalogue(store, "prod")
    assert fresh.choose(collection="articles").backup_id == IDS[0]
    with pytest.raises(ManifestError):
        fresh.choose(IDS[1], collection="articles")
    with pytest.raises(ManifestError):
        fresh.manifest(fresh.choose(IDS[1]))


def test_a_manifest_under_another_key_is_refused(catalogue, store):
    commit(catalogue, manifest(backup_id=IDS[0]))
    data = store.get(layout.manifest_key("prod", "node-a", IDS[0])).data
    store.put(layout.manifest_key("prod", "node-a", IDS[1]), data)
    fresh = Catalogue(store, "prod")
    with pytest.raises(ManifestError, match=IDS[0]):
        fresh.manifest(fresh.choose(IDS[1]))


def test_a_manifest_is_read_once(catalogue, store, monkeypatch):
    commit(catalogue, manifest())
    fresh = Catalogue(store, "prod")
    reads = []
    get = store.get
    monkeypatch.setattr(store, "get", lambda key: reads.append(key) or get(key))
    for dummy in range(3):
        fresh.manifest(fresh.backups()[0])
    assert len(reads) == 1


def test_completeness_of_a_whole_backup(catalogue):
    for node, shard in (("node-a", 0), ("node-b", 1), ("node-c", 2)):
        entry = collection(node=node, captured=[shard], known=[0, 1, 2])
        commit(catalogue, manifest(node, collections=[entry], expected=["node-a", "node-b", "node-c"]))
    found = Survey(catalogue).completeness(IDS[2])
    assert found.text == "complete, 3 nodes"
    assert found.whole
    assert found.as_dict()["whole"] is True


def test_completeness_names_what_is_missing(catalogue, store):
    for node, shard in (("node-a", 0), ("node-b", 1)):
        entry = collection(node=node, captured=[shard], known=[0, 1, 4])
        commit(catalogue, manifest(node, collections=[entry], expected=["node-a", "node-b", "node-c"]))
    found = Survey(catalogue).completeness(IDS[2])
    assert found.text == "incomplete: node-c missing, 1 shard missing"
    assert found.missing_nodes == ("node-c",)
    assert found.missing_shards == (("articles", 4),)
    assert not found.whole
    assert found.as_dict()["missing_shards"] == [{"collection": "articles", "shard": 4}]


@pytest.mark.parametrize("how", ["gone", "shorter"])
def test_completeness_sees_lost_archives(catalogue, store, how):
    document = manifest()
    commit(catalogue, document)
    key = document.collections[0].archive.key
    if how == "gone":
        store.delete([key])
    else:
        store.put(key, b"short")
    found = Survey(catalogue).completeness(IDS[2])
    assert found.lost == (key,)
    assert found.text == "incomplete: 1 archive lost"
    assert not found.whole


def test_completeness_tells_of_archives_that_no_manifest_names(catalogue, store):
    document = manifest()
    commit(catalogue, document)
    key = document.collections[0].archive.key + ".2"
    store.put(key, b"left")
    found = Survey(catalogue).completeness(IDS[2])
    assert found.unused == (key,)
    assert (found.text, found.unused) == ("complete", (key,))
    assert found.whole


def test_completeness_says_what_failed(catalogue):
    commit(catalogue, manifest(failed=["broken"]))
    found = Survey(catalogue).completeness(IDS[2])
    assert (found.text, found.failed) == ("incomplete: 1 collection failed", ("broken on node-a",))
    assert not found.whole


def test_completeness_of_nothing(catalogue):
    with pytest.raises(StoreError, match="find backup"):
        Survey(catalogue).completeness(IDS[0])


def test_proofs_are_added_and_read(catalogue, store):
    commit(catalogue, manifest())
    keys = {catalogue.add_proof("node-a", IDS[2], {"grade": grade, "word": "ü"}) for grade in (1, 1, 3)}
    assert len(keys) == 3, "two proofs within one second took the same key"
    store.put(layout.proofs_prefix("prod", "node-a", IDS[2]) + "notes.txt", b"x")
    store.put(layout.proof_key("prod", "node-a", IDS[2], "20200101T000000Z", 2), b"{broken")
    assert sorted(proof["grade"] for proof in catalogue.proofs("node-a", IDS[2])) == [1, 1, 3]
    assert all(proof["word"] == "ü" for proof in catalogue.proofs("node-a", IDS[2]))
    assert catalogue.proofs("node-b", IDS[2]) == []


def test_pins(catalogue, store):
    assert catalogue.pinned() == set()
    store.put(layout.pin_key("prod", IDS[1]), b"{}")
    assert catalogue.pinned() == {IDS[1]}
