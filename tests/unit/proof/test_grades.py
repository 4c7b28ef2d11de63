# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grade 1 against a folder of real archives, and the document of a proof."""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import pathlib
import shutil

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._archive.inspect import inspect_file
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.grades import (
    GradeResult,
    grade_one,
    proof_document,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import (
    ArchiveEntry,
    CollectionEntry,
    ShardsEntry,
)

KEY = "c/archives/n/20261122T190000Z/three/a.snapshot"
ARCHIVES = pathlib.Path(__file__).parents[2] / "data" / "snapshots"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / KEY
    path.parent.mkdir(parents=True)
    shutil.copy(ARCHIVES / "three-shards.snapshot", path)
    return tmp_path


@pytest.fixture
def store(folder):
    return FolderStore(str(folder))


@pytest.fixture
def entry(folder):
    facts = inspect_file(str(folder / KEY))
    archive = ArchiveEntry(KEY, facts.bytes, facts.sha256, facts.content_digest)
    return CollectionEntry("three", "collection", archive, shards=ShardsEntry(captured=(0, 1, 2)))


def test_whole(store, entry):
    result = grade_one(store, entry)
    assert (result.name, result.grade, result.ok) == ("three", 1, True)
    assert result.bytes == entry.archive.bytes and result.detail.endswith("as written")


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def flip(path):
    with open(path, "r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


def empty(path):
    os.truncate(path, 0)


def another(path):
    shutil.copy(ARCHIVES / "plain.snapshot", path)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut, "bytes instead of"),
        (flip, "its sha256 differs"),
        (empty, "it has 0 bytes instead of"),
        (another, "the data of shard 1, 2 is not in it"),
        (lambda path: path.unlink(), "the archive cannot be read"),
    ],
)
def test_damage(store, entry, folder, damage, said):
    damage(folder / KEY)
    result = grade_one(store, entry)
    assert (result.grade, result.ok) == (0, False)
    assert said in result.detail


def test_wrong_kind(store, entry):
    result = grade_one(store, dataclasses.replace(entry, kind="shard"))
    assert not result.ok and "it is a collection archive instead of a shard archive" in result.detail


def test_a_store_that_cannot_be_asked_is_no_verdict(entry):
    class Unreachable:
        def open(self, key):
            raise StoreError("read", key, "no route", kind="unreachable")

    with pytest.raises(StoreError, match="no route"):
        grade_one(Unreachable(), entry)


def test_what_the_store_does_not_give_out_now_is_neither_good_nor_bad(entry):
    class Frozen:
        def open(self, key):
            raise StoreError("read", key, "InvalidObjectState", "Thaw it.", kind="frozen")

    result = grade_one(Frozen(), entry)
    assert (result.grade, result.ok, result.read) == (0, False, False)
    assert result.detail == "it cannot be read now: InvalidObjectState. Thaw it."


AT = datetime.datetime(2026, 11, 22, 19, 0, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    ("results", "grade", "ok"),
    [
        ([GradeResult("a", 3, True, "")], 3, True),
        ([GradeResult("a", 3, True, ""), GradeResult("b", 1, True, "")], 1, True),
        ([GradeResult("a", 3, True, ""), GradeResult("b", 3, False, "gone")], 0, False),
        ([], 0, False),
    ],
)
def test_document(results, grade, ok):
    document = proof_document("c", "n", "20261122T190000Z", results, at=AT, by="host-a", tool_version="0.1.0")
    assert (document["grade"], document["ok"]) == (grade, ok)
    assert document["at"] == "2026-11-22T19:00:00Z"
    assert document["collections"] == [result.as_dict() for result in results]
    assert json.loads(json.dumps(document)) == document
