# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shards cut out of the archive of a whole collection are archives of shards, byte for byte."""

from __future__ import annotations

import os
import shutil
import tarfile

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._archive.errors import ArchiveError
from ansible_collections.vectorops.qdrant.plugins.module_utils._archive.inspect import inspect_file
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.cut import cut_shards

DATA = os.path.join(os.path.dirname(__file__), "..", "..", "data", "snapshots")


def a_copy(tmp_path, name):
    return str(shutil.copy(os.path.join(DATA, name), tmp_path / "whole.snapshot"))


def files(path, prefix=""):
    with tarfile.open(path) as archive:
        members = [one for one in archive if one.name.startswith(prefix) and "/wal" not in f"/{one.name}"]
        return {one.name[len(prefix) :]: archive.extractfile(one).read() for one in members if one.isfile()}


def test_each_shard_is_an_archive_of_its_own(tmp_path):
    path = a_copy(tmp_path, "three-shards.snapshot")
    found = cut_shards(path, [0, 1, 2], "it")
    for shard, (where, sha256) in found.items():
        facts = inspect_file(where)
        assert (facts.kind, facts.problems, facts.sha256) == ("shard", (), sha256)
        assert files(where) == files(path, f"{shard}/")
        assert os.stat(where).st_mode & 0o777 == 0o600
    assert os.path.getsize(found[0][0]) < 1 << 20, "holes stay holes"


def test_a_shard_of_another_node_is_not_in_it(tmp_path):
    path = a_copy(tmp_path, os.path.join("cluster", "articles-node3.snapshot"))
    assert set(cut_shards(path, [0, 1, 3], "it")) == {0, 1, 3}
    with pytest.raises(ArchiveError, match="it does not contain shard 2, 7"):
        cut_shards(path, [1, 2, 7], "it")


def test_what_is_no_archive_or_ends_early_leaves_nothing_behind(tmp_path):
    path = a_copy(tmp_path, "three-shards.snapshot")
    os.truncate(path, 100_000)
    with pytest.raises(ArchiveError):
        cut_shards(path, [0, 1, 2], "it")
    with open(path, "wb") as stream:
        stream.write(b"x" * 2000)
    with pytest.raises(ArchiveError):
        cut_shards(path, [0], "it")
    assert os.listdir(tmp_path) == ["whole.snapshot"]
