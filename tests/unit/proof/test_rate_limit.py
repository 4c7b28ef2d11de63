# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rate limit refuses is left out: it is never taken for another answer."""

from __future__ import annotations

import json

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.check import check
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.probe import note, settle
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.tests.unit.proof.fake_node import FakeNode


class LimitedNode(FakeNode):
    """limited: names of calls that answer 429."""

    limited: frozenset[str] = frozenset()

    def _called(self, name):
        super()._called(name)
        if name in self.limited:
            raise QdrantError("ask", "collection 'c'", "Read rate limit exceeded", kind="rate_limited", status=429)


def probe_of(node):
    return json.loads(json.dumps(settle(node, "c", note(node, "c"))))


@pytest.mark.parametrize("call", ["exact query", "count with a filter"])
def test_noting_leaves_it_out(call):
    node = LimitedNode(count=32)
    node.limited = frozenset({call})
    probe = probe_of(node)
    assert {fact["by"] for fact in probe["refused"]} == {"the rate limit"}
    assert len(probe["points"]) == 32
    again = node.copy()
    again.limited = frozenset()
    assert check(again, "c", probe, wait=0.0).agreed


@pytest.mark.parametrize(
    ("call", "grade"),
    [("count", 1), ("retrieve", 2), ("exact query", 2), ("count with a filter", 3)],
)
def test_checking_leaves_it_out_and_proves_less(call, grade):
    node = LimitedNode(count=32)
    probe = probe_of(node)
    restored = node.copy()
    restored.limited = frozenset({call})
    found = check(restored, "c", probe, wait=0.0)
    assert found.failures == []
    assert found.grade == grade
    assert any("left out" in text for text in found.warnings)
