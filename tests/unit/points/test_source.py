# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which archives of a cluster's backup are opened, so that each shard is read once."""

from __future__ import annotations

import re
import types

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.options import PointsOptions
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.source import differing_vectors, find
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Collection
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import (
    ArchiveEntry,
    CollectionEntry,
    Manifest,
    NodeEntry,
    ShardsEntry,
)

ID = "20260101T000000Z"


def manifest(node, captured, known=(0, 1, 2), keys=None, kind="collection"):
    shards = ShardsEntry(tuple(captured), {str(shard): {"key": (keys or {}).get(shard)} for shard in known})
    entry = CollectionEntry("articles", kind, ArchiveEntry(f"{node}/a", 10, "0" * 64), shards=shards)
    return Manifest(ID, "search", NodeEntry(node, 1, "1.18.3"), "", "", "", collections=(entry,))


class FakeCatalogue:
    """Manifests of one backup id. hidden: other nodes may not be read."""

    def __init__(self, *manifests, hidden=False, broken=()):
        self.manifests, self.hidden, self.broken = {one.node.name: one for one in manifests}, hidden, broken

    def choose(self, backup_id, before, node, collection):
        return self.entry(node or next(iter(self.manifests)))

    def entry(self, name):
        return types.SimpleNamespace(node=name, segment=name, backup_id=ID)

    def manifest(self, entry):
        if entry.node in self.broken:
            raise StoreError("read", entry.node, "it is damaged", kind="protocol")
        return self.manifests[entry.node]

    def of_cluster(self):
        return None if self.hidden else list(self.manifests)

    def nodes_of(self, backup_id):
        return [self.entry(name) for name in self.manifests]


def found(*manifests, node=None, **more):
    source = find(FakeCatalogue(*manifests, **more), PointsOptions("search", node, collection="articles"))
    return {archive.node: archive.shards for archive in source.archives}, source


def test_every_shard_is_read_once_and_from_the_own_node_first():
    nodes = manifest("a", [0, 1]), manifest("b", [1, 2]), manifest("c", [2, 0])
    assert found(*nodes)[0] == {"a": (0, 1), "b": (2,)}
    assert found(*nodes, node="c")[0] == {"c": (2, 0), "a": (1,)}
    assert found(*nodes)[1].lacking == () and found(*nodes)[1].bytes == 20


def test_shards_that_are_in_no_readable_archive_are_named():
    shards, source = found(manifest("a", [0]), manifest("b", [1]), manifest("c", [2]), broken=("c",))
    assert shards == {"a": (0,), "b": (1,)} and source.lacking == (2,) and "node c" in source.warnings[0]
    shards, source = found(manifest("a", [0]), manifest("b", [1, 2]), hidden=True)
    assert shards == {"a": (0,)} and source.lacking == (1, 2) and "may not be read" in source.warnings[0]


def test_shard_keys_are_compared_one_by_one():
    keys = {0: "acme", 1: "globex", 2: "acme"}
    source = found(manifest("a", [0, 1, 2], keys=keys))[1]
    assert source.shard_keys() == ["acme", "globex"] and source.shards_of("acme") == {0, 2}
    plain = found(manifest("a", [0, 1, 2]))[1]
    assert plain.shard_keys() == [None] and plain.shards_of(None) is None


def test_other_archives_cannot_be_opened():
    with pytest.raises(UsageError, match="of kind full"):
        found(manifest("a", [0, 1, 2], kind="full"))
    with pytest.raises(UsageError, match="no archive of articles with data"):
        found(manifest("a", []))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"size": 8, "distance": "Cosine"}, []),
        ({"size": 8, "distance": "Cosine", "datatype": "Float32", "on_disk": True}, []),
        ({"size": 8, "distance": "Dot"}, ["the unnamed vector is 8 Cosine float32 vector in the backup and 8 Dot"]),
        ({"a": {"size": 8, "distance": "Cosine"}}, ["the unnamed vector is .* and absent now", "vector 'a' is absent"]),
    ],
)
def test_vectors_that_differ_are_told(now, said):
    def about(vectors):
        return Collection("it", "", "", {"params": {"vectors": vectors}}, {}, 0, 0, None, [])

    texts = differing_vectors(about({"size": 8, "distance": "Cosine"}), about(now))
    assert len(texts) == len(said) and all(re.search(one, text) for one, text in zip(said, texts))


def in_shards(node, *captured, known=(0, 1, 2)):
    """A backup of a node that stored these shards, each in an archive of its own."""
    about = {str(shard): {"key": None, "peers": [1]} for shard in known}
    entries = tuple(
        CollectionEntry(
            "articles", "shard", ArchiveEntry(f"{node}/{shard}", 10, "0" * 64), shards=ShardsEntry((shard,), about)
        )
        for shard in captured
    )
    extra = {} if entries else {"shards_elsewhere": {"articles": about}}
    return Manifest(ID, "search", NodeEntry(node, 1, "1.18.3"), "", "", "", collections=entries, extra=extra)


def test_archives_of_shards_are_opened_one_by_one():
    nodes = [in_shards("node-a", 0, 2), in_shards("node-b", 1)]
    dummy, source = found(*nodes)
    assert [(one.node, one.shards, one.entry.archive.key) for one in source.archives] == [
        ("node-a", (0,), "node-a/0"),
        ("node-a", (2,), "node-a/2"),
        ("node-b", (1,), "node-b/1"),
    ]
    assert source.lacking == () and source.bytes == 30


def test_a_shard_that_was_captured_twice_is_read_once():
    dummy, source = found(in_shards("node-a", 0, 1, 2), in_shards("node-b", 1))
    assert [one.shards for one in source.archives] == [(0,), (1,), (2,)]


def test_a_node_that_stored_no_shard_knows_where_they_are():
    by_node, source = found(in_shards("node-a"), in_shards("node-b", 0), in_shards("node-c", 1, 2), node="node-a")
    assert set(by_node) == {"node-b", "node-c"} and source.lacking == ()
