# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes of collections whose sample is every point: few calls, the same facts."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.check import check
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.probe import note, settle
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.tests.unit.proof.fake_node import FakeNode


def probed(node, meanwhile=lambda: None):
    draft = note(node, "c")
    meanwhile()
    return settle(node, "c", draft, recall_seconds=0.0)


@pytest.mark.parametrize("count", [0, 1, 8, 20, 32])
def test_it_has_the_facts_of_single_calls(count):
    node, other = FakeNode(count, indexes=()), FakeNode(count, indexes=())
    other.refuse.add("every point")
    probe, expected = probed(node), probed(other)
    assert probe.pop("queries") or not count
    assert expected.pop("queries") or not count
    assert probe == expected
    assert probe["counts"] == {"before": count, "after": count, "quiet": True}
    assert not {"count", "sample"} & set(node.calls)
    assert node.calls.count("points_with_versions") == (count > 8)
    assert "count" in other.calls


def test_a_larger_one_is_sampled():
    node = FakeNode(33, indexes=())
    probe = probed(node)
    assert probe["stable"] == 32 and "count" in node.calls and "every point" not in node.calls


def test_strict_mode_with_a_smaller_limit_is_not_asked():
    node = FakeNode(20, strict_mode_config={"enabled": True, "max_query_limit": 20})
    assert probed(node)["counts"]["after"] == 20
    assert "every point" not in node.calls


@pytest.mark.parametrize(
    ("change", "after", "stable"),
    [
        (lambda node: node.put(99, [1.0, 0.0, 0.0, 0.0]), 21, 20),
        (lambda node: node.delete(3), 19, 19),
        (lambda node: node.put(3, payload={"topic": "other"}), 20, 19),
        (lambda node: [node.delete(3), node.put(99, [1.0, 0.0, 0.0, 0.0])], 20, 19),
        (lambda node: [node.put(number, [1.0, 0.0, 0.0, 0.0]) for number in range(100, 150)], 70, 20),
    ],
    ids=["more", "fewer", "another payload", "one for another", "many more"],
)
def test_a_write_during_the_snapshot_is_seen(change, after, stable):
    node = FakeNode(20, indexes=())
    probe = probed(node, lambda: change(node))
    assert probe["counts"] == {"before": 20, "after": after, "quiet": False}
    assert probe["stable"] == stable


def test_what_it_noted_is_checked_afterwards():
    node = FakeNode(20)
    probe = probed(node)
    assert check(node, "c", probe, wait=0.0).grade == 3
    node.put(7, payload={"topic": "other"})
    assert check(node, "c", probe, wait=0.0).failures


def test_a_node_that_fails_is_an_error():
    node = FakeNode(20)
    node.fail.add("every point")
    with pytest.raises(QdrantError):
        note(node, "c")
