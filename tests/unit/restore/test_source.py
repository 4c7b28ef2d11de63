# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a manifest says before a restore."""

from __future__ import annotations

import dataclasses
import types

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.source import from_repository, noted_warnings
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import RestoreOptions
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import collection, manifest


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
