# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restored collection's count proves: nothing while other nodes' shards are missing."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.result import ProbeResult
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore import prove as room
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.prove import prove, record
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import Target
from ansible_collections.vectorops.qdrant.tests.unit.restore.test_restore_plan import SOURCE

PART = {"shards": frozenset({1}), "known_shards": frozenset({0, 1, 2})}


class Counting:
    url = "http://127.0.0.1:6333"

    def __init__(self, count):
        self.found = count

    def count(self, name):
        return self.found


class Kept:
    cluster = "c"

    def add_proof(self, node, backup_id, document):
        self.document = document
        return "key"


@pytest.mark.parametrize("mode", ["new", "replace"])
@pytest.mark.parametrize(
    "count, failure, grade, changes",
    [
        (50, "", 2, {}),
        (49, "49 points came back, 50 were backed up", 0, {}),
        (0, "no point came back", 0, {}),
        (0, "no point came back", 0, {"quiet": False}),
        (0, "", 1, PART),
        (20, "", 1, PART),
        (20, "", 0, {**PART, "unchecked": True}),
        (20, "", 1, {**PART, "quiet": False, "archive_count": 30}),
    ],
)
def test_the_count_without_probes(mode, count, failure, grade, changes):
    report = {"name": "articles", "mode": mode, "warnings": []}
    source = dataclasses.replace(SOURCE, probe=None, **changes)
    failures = prove(Counting(count), source, Target("articles"), report)
    assert failure in "; ".join(failures) if failure else failures == []
    assert report["grade"] == grade and report["points"] == count


def test_what_differs_is_looked_at_again_until_nobody_expects_another_answer():
    """The replicas of other nodes answer until the cluster has agreed that they are old."""

    class Late(Counting):
        def count(self, name):
            self.found += 1
            return self.found

    def prove_with(looks):
        report = {"name": "articles", "mode": "new", "warnings": ["before"]}
        left = iter([True] * looks)
        source = dataclasses.replace(SOURCE, probe=None)
        failures = prove(Late(46), source, Target("articles"), report, again=lambda: next(left, False))
        assert report["warnings"] == ["before"]
        return report["points"], failures

    assert prove_with(9) == (50, [])
    assert prove_with(1) == (48, ["48 points came back, 50 were backed up"])


@pytest.mark.parametrize("quiet", [True, False])
def test_a_count_that_the_rate_limit_refuses_is_no_failure(quiet):
    class Limited(Counting):
        def count(self, name):
            raise QdrantError("count", self.url, "Rate limiting exceeded", kind="rate_limited", status=429)

    report = {"name": "articles", "mode": "new", "warnings": [], "seconds": {}}
    source = dataclasses.replace(SOURCE, probe=None, quiet=quiet)
    assert prove(Limited(0), source, Target("articles"), report) == []
    assert report["grade"] == 1 and report["points"] is None and not report["compared"]["count"]
    assert "were not counted" in report["warnings"][0]
    kept = Kept()
    record(kept, source, report)
    assert "not counted" in kept.document["collections"][0]["detail"] and not kept.document.get("facts")


def test_nothing_that_came_back_from_an_unknown_archive_is_told():
    report = {"name": "articles", "mode": "new", "warnings": []}
    source = dataclasses.replace(SOURCE, probe=None, points=None, quiet=False, config=None)
    assert prove(Counting(0), source, Target("articles"), report) == []
    assert "holds no point" in report["warnings"][0]


@pytest.mark.parametrize("changes, noted", [({"quiet": False}, {"articles": 20}), ({**PART, "quiet": False}, None)])
def test_a_part_is_not_noted_as_the_count_of_an_archive(changes, noted):
    kept, report = Kept(), {"name": "articles", "points": 20, "grade": 1, "seconds": {}}
    record(kept, dataclasses.replace(SOURCE, **changes), report)
    assert kept.document.get("facts", {}).get("counts") == noted


HELD = {"peer_id": 1, "shard_peers": {0: frozenset({1, 2}), 1: frozenset({1, 2}), 2: frozenset({2, 3})}}


@pytest.mark.parametrize(
    "restored, count, whole, failure, warned",
    [
        ({1}, 20, False, "", ""),
        ({1, 2}, 50, True, "", ""),
        ({1, 2}, 40, False, "", ""),
        ({1, 2, 3}, 50, True, "", ""),
        ({1, 2, 3}, 40, True, "40 points came back, 50 were backed up", ""),
    ],
    ids=["the first", "all that count", "one was not captured", "the last", "points are missing"],
)
def test_the_whole_is_proven_with_the_last_part(restored, count, whole, failure, warned):
    report = {"name": "articles", "mode": "replace", "warnings": []}
    source = dataclasses.replace(SOURCE, probe=None, **PART, **HELD)
    failures = prove(Counting(count), source, Target("articles"), report, restored)
    assert report["whole"] == whole and "; ".join(failures) == failure
    assert report["grade"] == (0 if failure else 2 if whole else 1)


@pytest.mark.parametrize(
    "mode, agrees, whole", [("replace", True, True), ("replace", False, False), ("new", True, False)]
)
def test_a_part_that_was_not_needed_any_more_is_seen_by_the_probe(monkeypatch, mode, agrees, whole):
    """Each shard lay on two nodes: the whole was proven before, and the marks are gone."""

    def check(node, name, probe, archive_count=None, missing_shards=(), **more):
        failures = [] if agrees or missing_shards else ["7 of 32 sampled points differ"]
        return ProbeResult(not failures, failures, [], 50, None, 32, 4, {"max_grade": 1 if missing_shards else 3})

    monkeypatch.setattr(room, "check", check)
    report = {"name": "articles", "mode": mode, "warnings": []}
    source = dataclasses.replace(SOURCE, **PART, **HELD)
    assert prove(Counting(50), source, Target("articles"), report, {1}) == []
    assert report["whole"] == whole and report["grade"] == (3 if whole else 1)


def test_parts_of_a_busy_collection_may_differ_and_prove_nothing():
    """Nodes take their snapshots one after another."""
    report = {"name": "articles", "mode": "replace", "warnings": []}
    source = dataclasses.replace(SOURCE, probe=None, quiet=False, archive_count=50, **PART, **HELD)
    assert prove(Counting(40), source, Target("articles"), report, {1, 2, 3}) == []
    assert report["whole"] and report["grade"] == 1 and not report["proven"]
    assert "other nodes' parts too: 40 points came back, 50 were backed up" in report["warnings"][0]
