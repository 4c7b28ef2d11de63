# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a restored collection against those of its backup."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.match import (
    differences_of,
    given_by_node,
    without_defaults,
)

HNSW = {"hnsw_config": {"m": 16, "on_disk": False}}


@pytest.mark.parametrize(
    ("backup", "found", "changed"),
    [
        (HNSW, HNSW, []),
        ({**HNSW, "uuid": "a"}, {**HNSW, "uuid": "b"}, []),
        ({**HNSW, "quantization_config": None}, HNSW, []),
        ({"params": {"vectors": {"datatype": "float32"}}}, {"params": {"vectors": {}}}, []),
        (HNSW, {"hnsw_config": {"m": 32, "on_disk": False}}, [("hnsw_config.m", 16, 32)]),
        (
            {"strict_mode_config": {"a": 1, "b": 2}},
            {"strict_mode_config": {"b": 2}},
            [("strict_mode_config.a", 1, None)],
        ),
        ({"metadata": {"list": [1, 2]}}, {"metadata": {"list": [2, 1]}}, [("metadata.list", [1, 2], [2, 1])]),
    ],
)
def test_what_was_dropped_or_changed(backup, found, changed):
    assert differences_of(backup, found, same_fields=False) == changed


def test_what_only_the_collection_has_counts_where_the_servers_have_the_same_fields():
    found = {**HNSW, "quantization_config": {"scalar": {"type": "int8"}}}
    assert differences_of(HNSW, found, same_fields=False) == []
    assert differences_of(HNSW, found, same_fields=True) == [("quantization_config.scalar.type", None, "int8")]


def config(vectors):
    return {"params": {"vectors": vectors, "shard_number": 1}}


BARE = {"size": 4, "distance": "Dot"}


@pytest.mark.parametrize(
    ("archive", "existing", "given"),
    [
        (BARE, BARE, {}),
        (BARE, {**BARE, "on_disk": True}, {"on_disk": True}),
        ({**BARE, "on_disk": None}, {**BARE, "memory": "cold"}, {"memory": "cold"}),
        ({**BARE, "on_disk": False}, {**BARE, "on_disk": True}, {}),
        ({"a": BARE, "size": BARE}, {"a": {**BARE, "on_disk": True}, "size": BARE}, {"on_disk": True}),
    ],
)
def test_what_the_node_gave(archive, existing, given):
    assert given_by_node(config(archive), config(existing)) == given
    assert (without_defaults(config(archive), config(existing)) == config(existing)) == (not given)
