# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One reason of a node is one warning, whatever failed for it."""

from __future__ import annotations

from ansible_collections.vectorops.qdrant.plugins.module_utils._program.warned import folded

WHY = "the node cannot reach another node of its cluster, 10.0.0.3:6335. Start that node."


def failed(what, did):
    return f"{what}: Could not {did} 'a' on http://10.0.0.1:6333: {WHY}"


def test_what_failed_for_one_reason_is_one_warning():
    texts = [
        "The first.",
        failed("a: the node does not describe it", "describe collection"),
        "The second.",
        failed("Collection a, shard 2: no probe was recorded", "describe collection"),
        failed("Collection a, shard 2: the points were not counted", "count the points of collection"),
    ]
    assert folded(texts) == [
        "The first.",
        "a: the node does not describe it; Collection a, shard 2: no probe was recorded; Collection a, shard 2: "
        f"the points were not counted: {WHY} (3 times)",
        "The second.",
    ]


def test_many_are_counted():
    texts = [failed(f"Collection {n}: no probe was recorded", "describe collection") for n in range(9)]
    (one,) = folded(texts)
    assert "Collection 3: no" in one and "Collection 4" not in one
    assert "; and 5 more: " in one and one.endswith("(9 times)")


def test_one_alone_stays_as_it_is():
    alone = failed("a: no probe", "count")
    assert folded([alone, alone]) == [alone]
