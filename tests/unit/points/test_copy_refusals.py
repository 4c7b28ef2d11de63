# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup that the node cannot open: the remedies name options of the command that was run."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._drill.target import Copy, TargetFacts
from ansible_collections.vectorops.qdrant.plugins.module_utils._options import DIFF, ENGINE, MIN_FREE
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.restored import reasons

COPY = Copy("articles", "20261122T110000Z", 1 << 30)
ROOMY = TargetFacts("http://n", "1.19.0", 1, frozenset({"articles"}), {}, False, 10 << 30, 10 << 30, 9.0)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"peers": 3}, ["cluster"]),
        ({"free": None}, ["room_unknown"]),
        ({"free": 1 << 30}, ["no_space"]),
        ({"memory": 1 << 20}, ["no_memory"]),
        ({"busy": True}, ["busy_node"]),
        ({"collections": frozenset({COPY.name})}, ["name_taken"]),
    ],
)
def test_a_remedy_names_no_option_of_a_drill(change, codes):
    found = reasons(COPY, dataclasses.replace(ROOMY, **change), 1 << 20)
    assert [one.code for one in found] == codes
    for one in found:
        assert "target" not in one.next and "drill must" not in one.message
        assert one.code not in ("cluster", "no_memory") or one.next.endswith("and set open_with to engine.")
    assert {"open_with", "min_free", "storage_dir"} <= {option.name for option in (*DIFF, *ENGINE, MIN_FREE)}
