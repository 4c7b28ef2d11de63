# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every archive that a real Qdrant 1.18.3 made: what must come out is in expected.json."""

from __future__ import annotations

import io
import json
import threading

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._archive.errors import ArchiveError
from ansible_collections.vectorops.qdrant.plugins.module_utils._archive.facts import UNNAMED_SHARD
from ansible_collections.vectorops.qdrant.plugins.module_utils._archive.hashing import HashingReader, sha256_file
from ansible_collections.vectorops.qdrant.plugins.module_utils._archive.inspect import inspect, inspect_file
from ansible_collections.vectorops.qdrant.tests.unit.archive import build

EXPECTED = json.loads((build.SNAPSHOTS / "expected.json").read_text())["archives"]
KINDS = {"shard-1-of-three-shards": "shard", "streamed-shard-1-of-three-shards": "streamed_shard", "full": "full"}
CLUSTER = {
    "articles-node1": ("articles", [0, 2, 3], {}),
    "articles-node2": ("articles", [1, 2], {}),
    "articles-node3": ("articles", [0, 1, 3], {}),
    "solo-node1": ("solo", [2], {}),
    "solo-node2": ("solo", [1], {}),
    "solo-node3": ("solo", [0], {}),
    "tenants-node1": ("tenants", [], {"acme": (1,), "globex": (2,)}),
    "tenants-node2": ("tenants", [], {"acme": (1,), "globex": (2,)}),
    "tenants-node3": ("tenants", [1, 2], {"acme": (1,), "globex": (2,)}),
}
COUNTS = {"articles": 4, "solo": 3, "tenants": 2}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_expected(name):
    path = build.SNAPSHOTS / f"{name}.snapshot"
    expected = EXPECTED[name]
    facts = inspect_file(path)
    assert facts.problems == ()
    assert facts.whole
    assert facts.kind == KINDS.get(name, "collection")
    assert (facts.bytes, facts.sha256) == (expected["bytes"], expected["sha256"])
    assert sha256_file(path) == expected["sha256"]
    if "config" in expected:
        assert facts.config is not None
        assert {key: value for key, value in facts.config.items() if key in expected["config"]} == expected["config"]
        schema = expected["payload_schema"]
        assert facts.payload_schema == {
            field: {key: value for key, value in index.items() if key != "points"} for field, index in schema.items()
        }
        assert sum(shard.segments for shard in facts.shards.values()) == expected["segments_count"]
        assert sorted(facts.shards) == list(range(expected["config"]["params"]["shard_number"]))
        assert all(shard.has_data and shard.state == "Active" for shard in facts.shards.values())
        assert (facts.version, facts.segment_versions) == ("0.4.2", ("0.6.0",))
    assert 0 < facts.largest_segment <= facts.segments_bytes < facts.bytes
    assert not facts.rocksdb


@pytest.mark.parametrize("name", ["indexed", "streamed-shard-1-of-three-shards", "cluster/tenants-node1"])
def test_digest_is_the_documented_one(name):
    data = (build.SNAPSHOTS / f"{name}.snapshot").read_bytes()
    facts = build.facts(data)
    if facts.whole:
        assert facts.content_digest == build.digest_by_tarfile(data)
    else:
        assert facts.content_digest != build.digest_by_tarfile(data)


@pytest.mark.parametrize("name", ["plain", "indexed", "sparse", "three-shards", "cluster/articles-node1"])
def test_the_same_without_a_hole_has_the_same_digest(name):
    data = (build.SNAPSHOTS / f"{name}.snapshot").read_bytes()
    whole = build.without_holes(data)
    assert len(whole) > len(data)
    one, two = build.facts(data), build.facts(whole)
    assert one.problems == two.problems == ()
    assert one.content_digest == two.content_digest


@pytest.mark.parametrize("name", sorted(CLUSTER))
def test_cluster(name):
    collection, captured, keys = CLUSTER[name]
    facts = inspect_file(build.SNAPSHOTS / "cluster" / f"{name}.snapshot")
    assert facts.kind == "collection"
    assert len(facts.shards) == COUNTS[collection]
    assert list(facts.captured_shards) == captured
    assert facts.shard_keys == keys
    for shard in facts.shards.values():
        assert shard.peers
        if shard.has_data:
            assert (shard.state, shard.segments) == ("Active", 2)
            assert shard.bytes > 50_000
        else:
            assert (shard.state, shard.segments) == (None, 0)
            assert 0 < shard.bytes < 1000
    if captured:
        assert facts.problems == ()
    else:
        assert facts.problems == ("It holds no shard data: every shard is on other nodes, or is missing.",)


def test_shard_archives_do_not_say_which_shard():
    for name in ("shard-1-of-three-shards", "streamed-shard-1-of-three-shards"):
        facts = inspect_file(build.SNAPSHOTS / f"{name}.snapshot")
        assert list(facts.shards) == [UNNAMED_SHARD]
        shard = facts.shards[UNNAMED_SHARD]
        assert (shard.shard_id, shard.has_data, shard.segments, shard.state) == (None, True, 2, "Active")
        assert facts.config is None


def test_full():
    facts = inspect_file(build.SNAPSHOTS / "full.snapshot")
    assert facts.aliases == EXPECTED["full"]["aliases"]
    assert sorted(facts.collections) == EXPECTED["full"]["collections"]
    assert sorted(facts.collections.values()) == sorted(facts.members)
    assert facts.members[facts.collections["plain"]] == 491008
    assert facts.entries > 700


def test_streams_that_dribble_and_have_no_readinto():
    class Dribble:
        def __init__(self, data):
            self._stream = io.BytesIO(data)

        def read(self, size):
            return self._stream.read(min(size, 777))

    path = build.SNAPSHOTS / "empty.snapshot"
    assert inspect(Dribble(path.read_bytes())) == inspect_file(path)


def test_progress_and_a_thread_beside():
    events = []
    path = build.SNAPSHOTS / "full.snapshot"
    found = []
    thread = threading.Thread(target=lambda: found.append(inspect_file(path, progress=events.append)))
    thread.start()
    assert sha256_file(path) == EXPECTED["full"]["sha256"]
    thread.join(30)
    assert found[0].sha256 == EXPECTED["full"]["sha256"]
    assert events[-1].done == events[-1].total == EXPECTED["full"]["bytes"]


def test_hashing_reader():
    reader = HashingReader(io.BytesIO(b"abcdef"))
    buffer = memoryview(bytearray(2))
    assert (reader.read(3), reader.readinto(buffer), bytes(buffer), reader.read(), reader.read()) == (
        b"abc",
        2,
        b"de",
        b"f",
        b"",
    )
    assert reader.bytes == 6
    assert reader.hexdigest() == "bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721"


def test_unreadable(tmp_path):
    with pytest.raises(ArchiveError, match=r"No such file"):
        inspect_file(tmp_path / "absent.snapshot")
    with pytest.raises(ArchiveError, match="not a regular file"):
        inspect_file(tmp_path)

    class Failing:
        def read(self, size):
            raise OSError(5, "Input/output error")

    with pytest.raises(ArchiveError, match="Could not read the archive: Input/output error"):
        inspect(Failing())
