# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archives that a node makes have the structure that a real server's have."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import stat
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.contract.asking import ask, make, put, result, snapshot
from ansible_collections.vectorops.qdrant.tests.support.points import points
from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant

pytestmark = pytest.mark.contract
NAME = re.compile(r"c-\d{6,}-\d{4}(-\d\d){5}\.snapshot")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """On a disk: in memory, space that was only reserved counts as data and lies in the archives as zeros."""
    return tmp_path


def _download(node: RunningQdrant, name: str) -> bytes:
    return ask(node, "GET", f"/collections/c/snapshots/{name}").content


def _inner_files(archive: bytes) -> dict[str, str]:
    """path -> sha256 of every file inside, those of nested archives too."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as outer:
        for member in outer:
            content = outer.extractfile(member)
            if content is None:
                continue
            raw = content.read()
            if member.name.endswith(".tar"):
                found.update({f"{member.name}/{path}": digest for path, digest in _inner_files(raw).items()})
            else:
                found[member.name] = hashlib.sha256(raw).hexdigest()
    return found


def _next_second(since: float) -> None:
    while int(time.time()) == int(since):
        time.sleep(0.02)


def test_structure(qdrant: RunningQdrant) -> None:
    make(qdrant, "c", 60, shards=2)
    made = snapshot(qdrant, "c")
    archive = _download(qdrant, made["name"])
    assert NAME.fullmatch(made["name"])
    assert len(archive) == made["size"]
    assert hashlib.sha256(archive).hexdigest() == made["checksum"]
    with tarfile.open(fileobj=io.BytesIO(archive)) as outer:
        names = outer.getnames()
        config = json.load(outer.extractfile("config.json"))
        schema = json.load(outer.extractfile("payload_index.json"))
        state = json.load(outer.extractfile("1/replica_state.json"))
        nested = [name for name in names if name.endswith(".tar")]
        with tarfile.open(fileobj=outer.extractfile(nested[0])) as segment:
            inside = segment.getnames()
        assert outer.extractfile("version.info").read() == b"0.4.2"
        assert json.load(outer.extractfile("shard_key_mapping.json")) == []
        assert json.load(outer.extractfile("0/shard_config.json")) == {"type": "ReplicaSet"}
    assert names[-4:] == ["version.info", "config.json", "shard_key_mapping.json", "payload_index.json"]
    assert all(re.fullmatch(r"[01]/segments/[0-9a-f-]{36}\.tar", name) for name in nested)
    assert {name[0] for name in nested} == {"0", "1"}
    assert {"0/wal/open-1", "1/wal/open-1"} <= set(names)
    assert {"snapshot/files/segment.json", "snapshot/files/version.info"} <= set(inside)
    assert all(name.startswith("snapshot/files/") for name in inside)
    assert config["params"]["shard_number"] == 2
    assert schema == {"schema": {"topic": "keyword"}}
    assert state["is_local"] is True
    assert state["peers"] == {str(state["this_peer_id"]): "Active"}
    assert len(archive) < 2_000_000, "files with holes must be stored without them"


def test_unchanged_means_equal_inner_files_in_another_archive(qdrant: RunningQdrant) -> None:
    make(qdrant, "c", 60)
    snapshot(qdrant, "c")  # the first one may flush what was still in memory
    taken = []
    for dummy in range(2):
        before = time.time()
        taken.append(snapshot(qdrant, "c"))
        _next_second(before)
        time.sleep(0.05)
    assert taken[0]["checksum"] != taken[1]["checksum"]
    first, second = (_inner_files(_download(qdrant, one["name"])) for one in taken)
    assert first == second
    put(qdrant, "c", points(1, 4, first=7, seed=8))
    third = _inner_files(_download(qdrant, snapshot(qdrant, "c")["name"]))
    assert third != second


def test_files_beside_it(sees_folders: RunningQdrant) -> None:
    node = sees_folders
    make(node, "c", 10)
    made = snapshot(node, "c")
    path = Path(node.snapshots_dir, "c", made["name"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(f"{path}.checksum").stat().st_mode) == 0o644
    assert Path(f"{path}.checksum").read_text() == made["checksum"]
    full = result(ask(node, "POST", "/snapshots"))
    assert stat.S_IMODE(Path(node.snapshots_dir, full["name"]).stat().st_mode) == 0o644
    assert not [name for name in os.listdir(node.snapshots_dir) if name.startswith("config-")]


def test_shard_and_streamed_archives(qdrant: RunningQdrant) -> None:
    make(qdrant, "c", 60, shards=2)
    made = result(ask(qdrant, "POST", "/collections/c/shards/1/snapshots"))
    assert re.fullmatch(r"c-shard-1-\d{4}(-\d\d){5}\.snapshot", made["name"])
    stored = ask(qdrant, "GET", f"/collections/c/shards/1/snapshots/{made['name']}").content
    streamed = ask(qdrant, "GET", "/collections/c/shards/1/snapshot").content
    with tarfile.open(fileobj=io.BytesIO(stored)) as tar:
        assert any(re.fullmatch(r"segments/[0-9a-f-]{36}\.tar", name) for name in tar.getnames())
    with tarfile.open(fileobj=io.BytesIO(streamed)) as tar:
        assert any(re.fullmatch(r"segments/[0-9a-f-]{36}/files/segment\.json", name) for name in tar.getnames())
        assert "replica_state.json" in tar.getnames()
    for archive in (stored, streamed):
        files = {"snapshot": ("s.snapshot", archive)}
        result(ask(qdrant, "POST", "/collections/c/points/delete?wait=true", {"filter": {}}))
        ask(
            qdrant, "POST", "/collections/c/shards/1/snapshots/upload?priority=snapshot", files=files
        ).raise_for_status()
        shards = result(ask(qdrant, "GET", "/collections/c/cluster"))["local_shards"]
        assert {s["shard_id"]: bool(s["points_count"]) for s in shards} == {0: False, 1: True}


def test_manifest_says_unchanged(qdrant: RunningQdrant) -> None:
    make(qdrant, "c", 30)
    path = "/collections/c/shards/0/snapshot/partial/manifest"

    def manifest() -> Any:
        return result(ask(qdrant, "GET", path))

    snapshot(qdrant, "c")
    before = manifest()
    snapshot(qdrant, "c")
    assert manifest() == before
    put(qdrant, "c", points(1, 4, first=900))
    assert manifest() != before


def test_full_archive(qdrant: RunningQdrant) -> None:
    make(qdrant, "c", 10)
    make(qdrant, "other", 5)
    alias = {"actions": [{"create_alias": {"collection_name": "c", "alias_name": "live"}}]}
    result(ask(qdrant, "POST", "/collections/aliases", alias))
    made = result(ask(qdrant, "POST", "/snapshots"))
    archive = ask(qdrant, "GET", f"/snapshots/{made['name']}").content
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        said = json.load(tar.extractfile("config.json"))
        assert said["collections_aliases"] == {"live": "c"}
        assert set(said["collections_mapping"]) == {"c", "other"}
        inner = tar.extractfile(said["collections_mapping"]["c"]).read()
    files = {"snapshot": ("from-full.snapshot", inner)}
    result(ask(qdrant, "POST", "/collections/again/snapshots/upload?priority=snapshot", files=files))
    assert result(ask(qdrant, "GET", "/collections/again"))["points_count"] == 10
