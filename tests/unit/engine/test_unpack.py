# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives as folders that the engine loads."""

from __future__ import annotations

import io
import os
import tarfile

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._archive.facts import UNNAMED_SHARD
from ansible_collections.vectorops.qdrant.plugins.module_utils._engine.unpack import UnpackError, unpack
from ansible_collections.vectorops.qdrant.tests.support.engine_archives import SNAPSHOTS

PLENTY = 64 << 20


def archive_of(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    out.seek(0)
    return out


def opened(name):
    return open(SNAPSHOTS / f"{name}.snapshot", "rb")


def test_holes_stay_holes(tmp_path):
    with opened("plain") as stream:
        found = unpack(stream, str(tmp_path), PLENTY)
    sizes = [os.stat(os.path.join(parent, name)) for parent, dummy, names in os.walk(tmp_path) for name in names]
    assert list(found.shards) == [0] and found.config["params"]["vectors"]["size"] == 32
    assert set(found.payload_schema) == {"topic", "rank"}
    assert sum(one.st_size for one in sizes) > 100 << 20 > 10 << 20 > sum(512 * one.st_blocks for one in sizes)


@pytest.mark.parametrize(
    ("name", "shards"),
    [
        ("three-shards", [0, 1, 2]),
        ("shard-1-of-three-shards", [UNNAMED_SHARD]),
        ("streamed-shard-1-of-three-shards", [UNNAMED_SHARD]),
        ("cluster/solo-node1", [2]),
        ("cluster/tenants-node1", []),
    ],
)
def test_only_shards_with_data_are_loaded(tmp_path, name, shards):
    with opened(name) as stream:
        found = unpack(stream, str(tmp_path), PLENTY)
    assert sorted(found.shards) == shards
    for folder in found.shards.values():
        (first, *dummy) = os.listdir(os.path.join(folder, "segments"))
        assert "segment.json" in os.listdir(os.path.join(folder, "segments", first))


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "0/segments/../../../out", "0/wal/\x01"])
def test_names_that_lead_out_are_refused(tmp_path, name):
    folder = tmp_path / "in"
    with pytest.raises(UnpackError, match="must not be in an archive"):
        unpack(archive_of({name: b"x"}), str(folder), PLENTY)
    assert os.listdir(tmp_path) in ([], ["in"])


def test_a_link_is_refused(tmp_path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        link = tarfile.TarInfo("0/wal/open-1")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    out.seek(0)
    with pytest.raises(UnpackError, match="a symbolic link"):
        unpack(out, str(tmp_path), PLENTY)


def test_more_bytes_than_planned_are_not_written(tmp_path):
    with pytest.raises(UnpackError, match="more bytes"):
        unpack(archive_of({"0/wal/open-1": bytes(2000)}), str(tmp_path), 1000)
    assert not os.path.exists(tmp_path / "0/wal/open-1")


@pytest.mark.parametrize("cut", [100, 5000, 300_000])
def test_a_truncated_archive_is_no_archive(tmp_path, cut):
    with opened("plain") as stream:
        data = stream.read()[:cut]
    with pytest.raises(UnpackError, match=r"truncated|damaged"):
        unpack(io.BytesIO(data), str(tmp_path), PLENTY)


def test_a_broken_document_is_named(tmp_path):
    with pytest.raises(UnpackError, match=r"config\.json is not valid JSON"):
        unpack(archive_of({"config.json": b"{"}), str(tmp_path), PLENTY)
