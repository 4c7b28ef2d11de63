# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the store says of an archive before a restore."""

from __future__ import annotations

import dataclasses
import types

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import ArchiveEntry, CollectionEntry
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.store import ObjectInfo
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.source import (
    from_repository,
    noted_warnings,
    stored_facts,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import RestoreOptions
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import collection, manifest

ENTRY = CollectionEntry("articles", "collection", ArchiveEntry("c/a.snapshot", 5, "0" * 64))


@pytest.mark.parametrize(
    ("info", "problem"),
    [
        (ObjectInfo("c/a.snapshot", 5, "e"), ""),
        (ObjectInfo("c/a.snapshot", 5, "e", "GLACIER"), ""),  # a thawed copy keeps its class
        (ObjectInfo("c/a.snapshot", 5, "e", "GLACIER", frozen="it must be thawed first"), "must be thawed"),
        (ObjectInfo("c/a.snapshot", 4, "e"), "has 4 bytes, the manifest says 5"),
        (None, "no longer holds"),
    ],
)
def test_what_is_wrong_with_it(info, problem):
    store = types.SimpleNamespace(url="s3://b", kind="s3", head=lambda key: info)
    found = stored_facts(ENTRY, store)
    told = [*found.get("problems", ()), found.get("frozen", "")]
    assert any(problem in text for text in told) and any(told) == bool(problem)
    assert info is None or found["storage_class"] == (info.storage_class or "STANDARD")


@pytest.mark.parametrize(
    ("noted", "asked", "left_out"),
    [
        (["a", "b"], (), ["a", "b"]),
        (["a", "b"], ("a",), ["a"]),
        (["a", "b"], ("c", "b*"), ["b"]),
        (["a[1]"], ("a[1]",), ["a[1]"]),
        (None, (), []),
        ("somebody wrote a text", (), []),
        ([1, "a"], (), ["a"]),
    ],
)
def test_collections_of_which_the_node_had_no_shard(tmp_path, noted, asked, left_out):
    extra = {} if noted is None else {"elsewhere": noted}
    catalogue = Catalogue(FolderStore(str(tmp_path)), "prod")
    catalogue.commit(dataclasses.replace(manifest("node-a", collections=[collection("c")]), extra=extra))
    options = RestoreOptions(cluster="prod", node_name="node-a", collections=("c", *asked) if asked else ())
    assert from_repository(catalogue, options).left_out == tuple(left_out)


@pytest.mark.parametrize(
    "extra, told",
    [({}, []), ({"warnings": ["the lock promises less"]}, ["the lock promises less"]), ({"warnings": "x"}, [])],
)
def test_warnings_of_the_whole_backup_are_shown_before_a_restore(extra, told):
    assert noted_warnings(types.SimpleNamespace(extra=extra)) == told
