# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the rest of a cluster's backup is there: what is nowhere, what could not be seen."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import layout
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.source import from_repository
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import RestoreOptions
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.wholeness import (
    Others,
    Wholeness,
    judge,
    lacking,
    other_nodes,
)
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import ID, collection, manifest

ALL = (0, 1, 2)
NODES = ("node-a", "node-b", "node-c")


def part(node, *captured, name="articles"):
    return manifest(node, collections=[collection(name, node, captured=captured, known=ALL)], expected=NODES)


def others(*manifests, lost=(), **more):
    stored = {(e.archive.key, e.archive.bytes) for m in manifests if m.node.name not in lost for e in m.collections}
    return Others(tuple(manifests), frozenset(stored), **more)


OWN = part("node-a", 0).collections
B, C = part("node-b", 1), part("node-c", 2)


@pytest.mark.parametrize(
    "missing, unsure, seen",
    [
        ("", "", others(B, C)),
        ("", "", others(part("node-b", 1, 2), absent=("node-c",))),
        ("shard 2 of articles is nowhere; node node-c has no part in it", "", others(B, absent=("node-c",))),
        ("shard 1, 2 of articles is nowhere", "", others(part("node-b"))),
        ("shard 2 of articles is nowhere (lost: prod/archives/node-c/", "", others(B, C, lost=("node-c",))),
        ("", "", others(part("node-b", 1, 2), C, lost=("node-c",))),
        ("shard 1, 2 of articles is nowhere", "", others(part("node-b", 1, 2, name="notes"))),
        ("", "shard 2 of articles could not be seen (node-c: Denied)", others(B, unread={"node-c": "Denied"})),
    ],
    ids=["whole", "one absent, nothing lost", "absent", "not captured", "lost", "lost, twice there", "other", "unread"],
)
def test_what_is_missing(missing, unsure, seen):
    found = judge(OWN, seen)
    assert (missing in found.incomplete) if missing else found.incomplete == ""
    assert found.collections == (("articles",) if missing else ())
    assert (unsure in " ".join(found.unseen)) if unsure else found.unseen == ()


def test_who_holds_every_shard_depends_on_nobody():
    assert lacking(part("node-a", *ALL).collections) == {}
    assert judge(part("node-a", *ALL).collections, Others(absent=("node-b",))) == Wholeness()


@pytest.fixture
def store(tmp_path):
    return FolderStore(str(tmp_path / "repository"))


def stored(store, *manifests):
    catalogue = Catalogue(store, "prod")
    for one in manifests:
        for entry in one.collections:
            store.put(entry.archive.key, b"x" * entry.archive.bytes)
        catalogue.commit(one)
    return Catalogue(store, "prod")


def test_the_other_nodes_parts_are_found(store):
    catalogue = stored(store, part("node-a", 0), B, C, part("node-x", 0, name="notes"))
    seen = other_nodes(catalogue, part("node-a", 0))
    assert sorted(m.node.name for m in seen.manifests) == ["node-b", "node-c", "node-x"]
    assert (B.collections[0].archive.key, 1234) in seen.stored and seen.absent == () and seen.unread == {}


def test_a_damaged_manifest_of_another_node_is_told_and_blocks_nothing(store):
    catalogue = stored(store, part("node-a", 0), B, C)
    store.delete([layout.manifest_key("prod", "node-b", ID)])
    store.put(layout.manifest_key("prod", "node-b", ID), b"{half")
    found = from_repository(catalogue, RestoreOptions(cluster="prod", node_name="node-a"))
    assert [source.collection for source in found.sources] == ["articles"] and found.incomplete == ""
    assert any("shard 1 of articles could not be seen (node-b:" in text for text in found.warnings)


def test_rights_that_end_at_ones_own_keys_are_told(store, monkeypatch):
    catalogue = stored(store, part("node-a", 0), B, C)
    get = store.get

    def guarded(key):
        if "node-a" not in key:
            raise StoreError("read", key, "AccessDenied", kind="forbidden")
        return get(key)

    monkeypatch.setattr(store, "get", guarded)
    seen = other_nodes(catalogue, part("node-a", 0))
    assert seen.unread == {"node-b": "AccessDenied", "node-c": "AccessDenied"} and seen.absent == ()


def test_a_lost_part_of_another_node_makes_the_backup_incomplete(store):
    catalogue = stored(store, part("node-a", 0), B, C)
    store.delete([C.collections[0].archive.key])
    found = from_repository(catalogue, RestoreOptions(cluster="prod", node_name="node-a"))
    assert "shard 2 of articles is nowhere" in found.incomplete


def test_what_this_node_had_nothing_of_is_skipped_and_told(store):
    empty = collection("notes", "node-a", captured=(), known=ALL)
    unknown = collection("pushed", "node-a", captured=(), known=())
    own = manifest("node-a", collections=[*part("node-a", *ALL).collections, empty, unknown])
    found = from_repository(stored(store, own), RestoreOptions(cluster="prod", node_name="node-a"))
    assert [source.collection for source in found.sources] == ["articles", "pushed"]
    assert found.left_out == ("notes",) and "had no shard of notes" in " ".join(found.warnings)


@pytest.mark.parametrize("asked", [(), ("articles",), ("art*",)])
@pytest.mark.parametrize("takes", [True, False], ids=["a node with shards", "a node without"])
def test_archives_of_shards_name_the_command_for_all_nodes(store, asked, takes):
    entry = collection(captured=(1,), known=ALL)
    entry = dataclasses.replace(entry, kind="shard")
    own = manifest("node-a", collections=[entry] if takes else [], expected=("node-a", "node-b"))
    if not takes:
        own = dataclasses.replace(own, extra={"shards_elsewhere": {"articles": entry.shards.known}})
    options = RestoreOptions(cluster="prod", node_name="node-a", collections=asked)
    with pytest.raises(UsageError, match="articles in archives of single shards") as caught:
        from_repository(stored(store, own), options)
    command = f"qdrant-backup restore{' articles' if asked else ''} --backup-id {ID}"
    assert f"{command} --node-url node-a=URL --node-url node-b=URL" in str(caught.value)


def test_other_collections_are_still_restored_here(store):
    entry = dataclasses.replace(collection("notes", captured=(1,), known=ALL), kind="shard")
    own = manifest("node-a", collections=[*part("node-a", *ALL).collections, entry])
    options = RestoreOptions(cluster="prod", node_name="node-a", collections=("articles",))
    found = from_repository(stored(store, own), options)
    assert [source.collection for source in found.sources] == ["articles"]
