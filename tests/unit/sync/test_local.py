# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a push finds while collections and snapshots are deleted."""

from __future__ import annotations

import os
import shutil

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Snapshot
from ansible_collections.vectorops.qdrant.plugins.module_utils._sync import local


def test_what_is_deleted_since_the_listing_is_passed_over(tmp_path, monkeypatch):
    for path in ("gone/a.snapshot", "kept/b.snapshot", "kept/c.snapshot"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(b"x")
    scandir = os.scandir

    def deleting(path):
        if not isinstance(path, str):  # rmtree's own
            return scandir(path)
        entries = list(scandir(path))
        if path == str(tmp_path):
            shutil.rmtree(tmp_path / "gone")
        else:
            (tmp_path / "kept" / "b.snapshot").unlink()
        return iter(entries)

    monkeypatch.setattr(local.os, "scandir", deleting)
    found, passed = local.in_folder(str(tmp_path))
    assert [(one.collection, one.file) for one in found] == [("kept", "c.snapshot")] and passed == []


class _Node:
    """A node with one collection that is deleted after the listing, and one that is broken if ``kind`` is set."""

    def __init__(self, kind=""):
        self.kind = kind

    def collections(self):
        return ["gone", "kept", *(["broken"] if self.kind else [])]

    def list_snapshots(self, scope):
        if scope.name == "kept":
            return [Snapshot("c.snapshot", 1, "2026-11-22T19:00:00", None)]
        kind = self.kind if scope.name == "broken" else "not_found"
        raise QdrantError("list the snapshots of", str(scope.name), "no", kind=kind)


def test_a_collection_that_is_deleted_since_the_listing_is_passed_over():
    assert [one.collection for one in local.on_node(_Node())] == ["kept"]
    with pytest.raises(QdrantError):
        local.on_node(_Node("server_error"))
