# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's defaults for vectors, from its configuration on this host."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.facts import vector_defaults

HERE = "http://127.0.0.1:6333"
ON_DISK = "storage:\n  collection:\n    vectors: {on_disk: true}\n"


@pytest.mark.parametrize(
    ("text", "url", "found"),
    [
        (ON_DISK, HERE, {"on_disk": True}),
        (ON_DISK, "http://localhost:6333/", {"on_disk": True}),
        (ON_DISK + "service: {http_port: 6343}\n", "http://127.0.0.1:6343", {"on_disk": True}),
        (ON_DISK, "http://127.0.0.1:6343", {}),
        (ON_DISK, "http://node-b.example.org:6333", {}),
        ("storage:\n  collection:\n    vectors: {memory: cold}\n", HERE, {"memory": "cold"}),
        ("storage: {collection: }\n", HERE, {}),
        ("storage: [", HERE, {}),
        ("", HERE, {}),
    ],
)
def test_what_new_collections_get(tmp_path, text, url, found):
    place = tmp_path / "config.yaml"
    place.write_text(text)
    assert vector_defaults(url, [str(place)]) == found
    assert vector_defaults(url, [str(tmp_path / "none")]) == {}
