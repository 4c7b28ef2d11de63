# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shards that were stored under a committed id later: read as one with the manifest, which does not change."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import layout
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import ManifestError, StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import FailedEntry, dump, load
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest_parts import merged
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.survey import Survey
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import ID, collection
from ansible_collections.vectorops.qdrant.tests.unit.repository.test_shard_entries import of, seen, shard

FIRST = dataclasses.replace(
    of("node-a", shard(0), collection("notes"), **seen("logs")),
    expected_nodes=("node-a",),
    failed=(FailedEntry("articles", "shard 1: dirty"), FailedEntry("other", "gone")),
)
LATER = of("node-a", shard(1), shard(2), cluster_capture="shard", warnings=["it was added"])


@pytest.fixture
def store(tmp_path):
    return FolderStore(str(tmp_path / "repository"))


def stored(store, *parts):
    """The catalogue of a repository with FIRST and these parts."""
    Catalogue(store, "prod").commit(FIRST)
    for part in parts:
        catalogue = Catalogue(store, "prod")
        catalogue.commit_part(catalogue.backups("node-a")[0], part)
    for entry in (entry for one in (FIRST, *parts) for entry in one.collections):
        if store.head(entry.archive.key) is None:
            store.put(entry.archive.key, b"x" * entry.archive.bytes)
    return Catalogue(store, "prod")


def test_two_documents_are_one_backup(store):
    catalogue = stored(store, LATER)
    (entry,) = catalogue.backups()
    assert entry.parts == (layout.part_key("prod", "node-a", ID, 2),)
    assert entry.bytes == len(dump(FIRST)) + len(dump(LATER))
    whole = catalogue.manifest(entry)
    assert [one.part for one in whole.collections] == ["articles/0", "notes", "articles/1", "articles/2"]
    assert whole.failed == (FailedEntry("other", "gone"),), "what had failed is stored now"
    assert whole.extra["warnings"] == ["it was added"]
    assert sorted(whole.shards_elsewhere) == ["logs"]
    assert load(store.get(entry.key).data) == FIRST, "the committed manifest did not change"
    assert load(dump(whole)) == whole


def test_a_part_of_a_collection_of_which_it_had_nothing(store):
    whole = merged(FIRST, of("node-a", shard(2, name="logs")))
    assert whole.shards_elsewhere == {} and [entry.part for entry in whole.entries("logs")] == ["logs/2"]


def test_what_is_there_stays(store):
    other = dataclasses.replace(shard(0), warnings=("another archive",))
    of_whole = dataclasses.replace(shard(1), name="notes")
    assert merged(FIRST, of("node-a", other, of_whole)).collections == FIRST.collections


def test_parts_follow_each_other_and_are_seen_as_a_change(store):
    catalogue = stored(store, of("node-a", shard(1)))
    before = catalogue.backups()[0].etag
    assert Survey(catalogue).summary(catalogue.backups()[0]).collections[-1].part == "articles/1"
    catalogue.commit_part(catalogue.backups()[0], of("node-a", shard(2)))
    (entry,) = catalogue.backups()
    assert entry.etag != before and entry.parts[-1].endswith(f"{ID}.part3.json")
    assert [one.part for one in Survey(catalogue).summary(entry).collections][-2:] == ["articles/1", "articles/2"]


def test_a_part_is_never_overwritten(store):
    catalogue = stored(store)
    entry = catalogue.backups()[0]
    catalogue.commit_part(entry, LATER)
    with pytest.raises(StoreError) as caught:
        catalogue.commit_part(entry, LATER)
    assert caught.value.kind == "exists"


def test_a_part_without_its_manifest_is_no_backup(store):
    stored(store, LATER)
    store.delete([layout.manifest_key("prod", "node-a", ID)])
    assert Catalogue(store, "prod").backups() == []


@pytest.mark.parametrize("how", ["damaged", "of another node", "of another backup"])
def test_a_part_that_cannot_be_used_is_an_error(store, how):
    catalogue = stored(store)
    data = {
        "damaged": b"{half",
        "of another node": dump(of("node-b", shard(1))),
        "of another backup": dump(dataclasses.replace(LATER, backup_id="20261122T200000Z")),
    }[how]
    store.put(layout.part_key("prod", "node-a", ID, 2), data)
    catalogue = Catalogue(store, "prod")
    with pytest.raises(ManifestError):
        catalogue.manifest(catalogue.backups()[0])
