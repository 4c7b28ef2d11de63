# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Noting, settling and checking on a collection in memory."""

from __future__ import annotations

import json

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.check import check
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.probe import note, settle
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.tests.unit.proof.fake_node import FakeNode


def probe_of(node, **how):
    """A probe of a quiet collection, through JSON as a manifest keeps it."""
    return json.loads(json.dumps(settle(node, "c", note(node, "c", **how), recall_seconds=60.0)))


def asked(node, probe, **how):
    return check(node, "c", probe, **{"wait": 0.0, **how})


class TestNote:
    def test_a_quiet_collection(self):
        node = FakeNode()
        probe = probe_of(node)
        assert probe["format"] == 1
        assert probe["counts"] == {"before": 100, "after": 100, "quiet": True}
        assert probe["sampled"] == probe["stable"] == len(probe["points"]) == 32
        assert len(probe["queries"]) == 4
        assert probe["recall"] == [{"using": "", "noted": 1.0, "queries": 32}]
        assert probe["max_grade"] == 3 and probe["busy"] is False and probe["refused"] == []
        assert set(probe["points"][0]) == {"id", "payload", "vector", "version"}
        of_point = probe["indexes"]["topic"]["value"]["of_point"]
        topic = node.points[of_point]["payload"]["topic"]
        expected = sum(point["payload"]["topic"] == topic for point in node.points.values())
        assert probe["indexes"]["topic"] == {
            "type": "keyword",
            "points": 100,
            "not_empty": 100,
            "value": {"of_point": of_point, "count": expected},
        }

    @pytest.mark.parametrize(
        ("shards", "here", "sampled"), [(1, 1, 32), (4, 4, 32), (6, 6, 48), (6, 2, 48), (9, 1, 72)]
    )
    def test_at_least_eight_a_shard(self, shards, here, sampled):
        node = FakeNode()
        node.shard_count, node.here = shards, here
        assert node.config["params"]["shard_number"] == 1  # with custom sharding that is of each key
        assert probe_of(node)["sampled"] == sampled

    def test_few_points_are_looked_at_first_and_the_second_look_knows_how_heavy_they_are(self):
        node = FakeNode()
        draft = note(node, "c")
        assert node.calls.count("points_with_versions") == 2
        settle(node, "c", draft)
        assert node.calls.count("points_with_versions") == 3

    @pytest.mark.parametrize("count", [0, 1, 5, 12])
    def test_small_collections(self, count):
        node = FakeNode(count=count)
        probe = probe_of(node)
        assert (probe["sampled"], probe["max_grade"], probe["busy"]) == (count, 3, False)
        assert probe["counts"]["quiet"] is True
        found = asked(node.copy(), probe)
        assert found.agreed and found.counted_right is True and found.points_compared == count

    def test_an_empty_collection_that_came_back_with_points_is_caught(self):
        node = FakeNode(count=0)
        probe = probe_of(node)
        node.put(1, [1.0, 0.0, 0.0, 0.0])
        assert "has 1 point, but 0 were counted" in asked(node, probe).failures[0]

    def test_a_scan_that_costs_too_much_is_left_out(self):
        node = FakeNode()
        probe = probe_of(node, query_limit=399)
        assert probe["queries"] == [] and probe["recall"] == []
        assert {"by": "query_limit", "what": "queries of the vector"} in probe["refused"]
        assert "exact query" not in node.calls
        assert len(probe_of(node, query_limit=400)["queries"]) == 4

    def test_ties_everywhere_note_no_query(self):
        node = FakeNode(count=40)
        for number in node.points:
            node.points[number]["vector"] = [1.0, 0.0, 0.0, 0.0]
        probe = probe_of(node)
        assert probe["queries"] == []
        assert node.calls.count("exact query") < 12 + 64  # drawing another one is bounded
        assert asked(node, probe).agreed

    def test_no_recall_where_nothing_is_indexed(self):
        node = FakeNode()
        node.indexed = 0
        assert probe_of(node)["recall"] == []

    def test_sizes_of_indexes_are_not_noted_while_points_move(self):
        node = FakeNode()
        node.status = "yellow"
        probe = probe_of(node)
        assert "points" not in probe["indexes"]["topic"] and probe["counts"]["quiet"] is True
        node.status = "green"
        assert asked(node, probe).agreed

    def test_optimisers_that_start_meanwhile_do_not_make_it_busy(self):
        node = FakeNode()
        draft = note(node, "c")
        node.status = "yellow"
        probe = settle(node, "c", draft)
        assert probe["counts"]["quiet"] is True
        assert set(probe["indexes"]["topic"]) == {"type", "not_empty", "value"}


class TestStrictMode:
    def strict(self, **mode):
        return FakeNode(strict_mode_config={"enabled": True, **mode})

    def test_no_exact_queries(self):
        node = self.strict(search_allow_exact=False)
        node.refuse = {"exact query", "count with a filter"}
        probe = probe_of(node)
        assert probe["queries"] == [] and probe["recall"] == []
        assert probe["indexes"] == {"topic": {"type": "keyword", "points": 100}}
        assert "search_allow_exact" in {fact["by"] for fact in probe["refused"]}
        assert asked(node, probe).agreed

    def test_a_small_limit_is_met_by_several_samples(self):
        probe = probe_of(self.strict(max_query_limit=7))
        assert probe["sampled"] == 32
        assert "max_query_limit" in {fact["by"] for fact in probe["refused"]}

    def test_what_the_server_refuses_is_noted_and_not_fatal(self):
        node = FakeNode()
        node.refuse = {"count with a filter", "exact query"}
        probe = probe_of(node)
        assert {fact["what"] for fact in probe["refused"]} == {"queries of the vector", "counts of payload field topic"}
        assert all(fact["by"] == "the server" for fact in probe["refused"])
        assert probe["counts"]["quiet"] is True and probe["max_grade"] == 3

    def test_without_versions_nothing_is_certain(self):
        node = FakeNode()
        node.refuse = {"points_with_versions"}
        probe = probe_of(node)
        assert probe["max_grade"] == 2 and probe["counts"]["quiet"] is False
        assert {"by": "the server", "what": "versions of points"} in probe["refused"]
        assert len(probe["points"]) == 32

    @pytest.mark.parametrize("call", ["collection", "count", "sample", "points_with_versions", "exact query"])
    def test_a_node_that_fails_is_an_error(self, call):
        node = FakeNode()
        node.fail = {call}
        with pytest.raises(QdrantError, match="Dirty shard"):
            note(node, "c")


class TestSettle:
    def test_a_change_and_its_way_back_are_dropped_by_versions(self):
        node = FakeNode(count=32)
        draft = note(node, "c")
        before = node.points[7]["payload"]
        node.put(7, payload={"topic": "other"})
        node.put(7, payload=before)
        probe = settle(node, "c", draft)
        assert 7 not in {point["id"] for point in probe["points"]} and probe["stable"] == 31
        assert probe["counts"]["quiet"] is False and probe["indexes"] == {}

    @pytest.mark.parametrize("tells", [True, False])
    def test_writes_that_no_sample_saw(self, tells):
        """Only the number of the last operation tells them; where the server keeps it to itself, the count does not."""
        node = FakeNode(indexes=())
        node.tells_operations = tells
        draft = note(node, "c", query_limit=0)
        unseen = next(number for number in node.points if str(number) not in draft.samples)
        node.put(unseen, payload={"topic": "other"})
        assert settle(node, "c", draft)["counts"]["quiet"] is not tells

    def test_another_count_is_not_quiet(self):
        node = FakeNode(indexes=())
        node.tells_operations = False
        draft = note(node, "c", query_limit=0)
        node.put(999, [0.0, 0.0, 0.0, 1.0])
        probe = settle(node, "c", draft)
        assert probe["counts"] == {"before": 100, "after": 101, "quiet": False}

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_updates_that_wait_are_not_quiet(self, when):
        node = FakeNode()
        node.queue = 1 if when == "before" else 0
        draft = note(node, "c")
        node.queue = 1 if when == "after" else 0
        assert settle(node, "c", draft)["counts"]["quiet"] is False

    def test_a_query_whose_answer_moved_is_dropped(self):
        node = FakeNode(count=200)
        draft = note(node, "c")
        first = draft.queries[0]
        best = next(hit.id for hit in first.answer.hits if str(hit.id) not in draft.samples)
        node.delete(best)
        probe = settle(node, "c", draft)
        assert first.of_point not in {str(query["vector_of"]) for query in probe["queries"]}
        assert probe["counts"]["quiet"] is False
        assert asked(node, probe).agreed

    def test_too_busy(self):
        node = FakeNode()
        draft = note(node, "c")
        for number in list(node.points)[:95]:
            node.put(number, payload={"topic": "new"})
        probe = settle(node, "c", draft)
        assert probe["busy"] is True and probe["max_grade"] == 2 and probe["stable"] <= 5
        found = asked(node, probe)
        assert found.agreed and found.grade == 1 and "too busy" in found.warnings[0]
        assert (
            found.warnings[-1] == "100 points counted, but nothing to compare the count with: only the bytes are proven"
        )
        again = asked(node, probe, archive_count=100)
        assert again.grade == 2 and len(again.warnings) == 1

    @pytest.mark.parametrize(("stable", "grade"), [(0, 1), (7, 1), (8, 3), (32, 3)])
    def test_points_alone_prove_something_from_eight_on(self, stable, grade):
        node = FakeNode(count=32)
        probe = probe_of(node)
        kept = {**probe, "points": probe["points"][:stable], "queries": [], "indexes": {}, "recall": []}
        found = asked(node, {**kept, "counts": {"before": 30, "after": 40, "quiet": False}})
        assert found.agreed and found.counted_right is None and found.grade == grade
        assert bool(found.warnings) is (grade == 1)

    def test_a_full_probe_under_writes_is_none(self):
        node = FakeNode()
        draft = note(node, "c", full=True)
        node.put(5, payload={"topic": "new"})
        assert settle(node, "c", draft)["full"] is None


def damaged(change):
    """A restored collection with one thing wrong, and the probe of the whole one."""
    node = FakeNode(count=32)
    probe = probe_of(node)
    restored = node.copy()
    change(restored)
    return restored, probe


CHECKS = {
    "payload": (
        lambda n: n.put(17, payload={"topic": n.points[17]["payload"]["topic"], "rank": 0}),
        "point 17 (payload)",
    ),
    "vector": (lambda n: n.put(17, [9.0, 9.0, 9.0, 9.0]), "1 of 32 sampled points differ: point 17 (vector)"),
    "both": (lambda n: n.put(17, [9.0] * 4, {"topic": "t0"}), "point 17 (payload and vector)"),
    "missing": (lambda n: n.delete(17), "1 of 32 sampled points are missing: point 17"),
    "count": (lambda n: n.put(999, [0.0, 0.0, 0.0, 0.1], {"topic": "t0"}), "has 33 points, but 32 were counted"),
    "many": (lambda n: [n.put(i, payload={}) for i in range(1, 11)], "(payload) and 5 more"),
    "index gone": (lambda n: n.schema.pop("topic"), "the payload index on topic is missing"),
    "index type": (lambda n: n.schema["topic"].update(data_type="text"), "is of type text instead of keyword"),
    "broken index": (lambda n: setattr(n, "blind", True), "a normal search finds 0% of the right points"),
    "refused count": (
        lambda n: n.refuse.add("count with a filter"),
        "the server refused counts of payload field topic",
    ),
}


class TestCheck:
    def test_the_same(self):
        restored, probe = damaged(lambda node: None)
        found = asked(restored, probe)
        assert (found.agreed, found.failures, found.warnings, found.grade) == (True, [], [], 3)
        assert (found.count, found.counted_right, found.points_compared, found.queries_compared) == (32, True, 32, 4)
        assert found.facts["indexes"] == {"compared": 1, "differences": 0}
        assert json.loads(json.dumps(found.as_dict()))["agreed"] is True

    def test_versions_need_not_be_equal(self):
        restored, probe = damaged(lambda node: [p.update(version=0) for p in node.points.values()])
        assert asked(restored, probe).agreed

    @pytest.mark.parametrize("case", sorted(CHECKS))
    def test_caught(self, case):
        change, said = CHECKS[case]
        restored, probe = damaged(change)
        found = asked(restored, probe)
        assert found.agreed is False and found.grade == 0
        assert said in " | ".join(found.failures)

    @pytest.mark.parametrize("read", ["retrieve", "count", "exact query"])
    def test_a_read_that_fails_says_nothing_of_the_data(self, read):
        restored, probe = damaged(lambda node: node.fail.add(read))
        with pytest.raises(QdrantError, match="Dirty shard"):
            asked(restored, probe)

    def test_a_difference_that_was_found_before_a_read_fails_is_told(self):
        def change(node):
            node.put(999, [0.0, 0.0, 0.0, 0.1], {"topic": "t0"})
            node.fail.add("retrieve")

        found = asked(*damaged(change))
        assert not found.agreed and "has 33 points" in found.failures[0] and "left out" in found.warnings[0]

    @pytest.mark.parametrize("distance", ["Cosine", "Dot", "Euclid", "Manhattan"])
    def test_a_better_stranger_is_caught_in_both_directions(self, distance):
        node = FakeNode(count=60, distance=distance)
        probe = probe_of(node)
        assert asked(node.copy(), probe).agreed
        number = probe["queries"][0]["vector_of"]
        better = [value * 3 for value in node.points[number]["vector"]] if distance == "Dot" else None
        node.put(999, better or list(node.points[number]["vector"]))
        assert any("point 999 is among the best" in text for text in asked(node, probe).failures)

    @pytest.mark.parametrize(
        ("quiet", "archive_count", "right"),
        [(True, None, True), (True, 5, True), (False, None, None), (False, 32, True), (False, 31, False)],
    )
    def test_which_count_is_right(self, quiet, archive_count, right):
        restored, probe = damaged(lambda node: None)
        probe["counts"] = {"before": 32 if quiet else 30, "after": 32 if quiet else 40, "quiet": quiet}
        found = asked(restored, probe, archive_count=archive_count)
        assert found.counted_right is right
        assert found.agreed is (right is not False)

    def test_recall_beside_an_optimiser_says_so(self):
        node = FakeNode()
        probe = probe_of(node)
        quiet = asked(node, probe)
        assert [fact["optimizing"] for fact in quiet.facts["recall"]] == [False] and quiet.warnings == []
        node.status = "yellow"
        beside = asked(node, probe)
        assert beside.agreed and [fact["optimizing"] for fact in beside.facts["recall"]] == [True]
        assert any("while an optimizer worked" in text for text in beside.warnings)

    def test_a_little_less_recall_is_a_warning(self):
        restored, probe = damaged(lambda node: None)
        probe["recall"][0]["noted"] = 1.1
        found = asked(restored, probe)
        assert found.agreed and "a normal search finds 100%" in found.warnings[0]

    def test_no_index_yet_is_a_warning(self):
        restored, probe = damaged(lambda node: setattr(node, "indexed", 0))
        found = asked(restored, probe)
        assert found.agreed and "were indexed but are not yet" in found.warnings[0]

    def test_an_index_under_construction_gets_time(self):
        restored, probe = damaged(lambda node: None)
        schema, looks = dict(restored.schema), []

        def slow(name, look=restored.collection):
            looks.append(name)
            restored.schema = schema if len(looks) > 3 else {}
            return look(name)

        restored.collection = slow
        assert asked(restored, probe, wait=10.0).agreed
        assert len(looks) == 4

    def test_updates_still_waiting_get_time(self):
        restored, probe = damaged(lambda node: node.delete(3))
        restored.queue, looks = 2, []

        def slow(name, look=restored.collection):
            looks.append(name)
            if len(looks) == 2:
                restored.queue = 0
                restored.points[3] = FakeNode(count=32).points[3]
            return look(name)

        restored.collection = slow
        assert asked(restored, probe, wait=10.0).agreed

    def test_points_of_shards_that_are_not_here(self):
        restored, probe = damaged(lambda node: [node.delete(number) for number in range(1, 11)])
        found = asked(restored, probe, missing_shards=[1])
        assert found.agreed and found.counted_right is None
        assert (found.points_compared, found.grade) == (22, 1)
        restored.put(20, payload={})
        assert not asked(restored, probe, missing_shards=[1]).agreed

    @pytest.mark.parametrize("probe", [{}, {"format": 2}])
    def test_a_probe_of_another_format(self, probe):
        found = asked(FakeNode(), probe)
        assert not found.agreed and "format" in found.failures[0]

    @pytest.mark.parametrize(
        "damage",
        [
            {"counts": {}},
            {"counts": None},
            {"counts": {"before": "x", "after": 1, "quiet": True}},
            {"points": "x"},
            {"points": [1]},
            {"queries": [{}]},
            {"indexes": {"topic": 5}},
            {"recall": [7]},
            {"max_grade": "9x"},
            {"format": None},
            {"full": [1]},
        ],
    )
    def test_a_damaged_probe_proves_nothing(self, damage):
        node = FakeNode()
        result = asked(node, {**probe_of(node), **damage})
        assert not result.agreed and result.grade == 0
        assert "probe" in result.failures[-1]

    def test_a_probe_cannot_claim_more_than_probes_prove(self):
        node = FakeNode()
        assert asked(node, {**probe_of(node), "max_grade": 9}).grade == 3

    def test_full(self):
        node = FakeNode()
        probe = probe_of(node, full=True)
        assert asked(node.copy(), probe).facts["full"] == {"points": 100, "agreed": True}
        sampled = {point["id"] for point in probe["points"]}
        unseen = next(number for number in node.points if number not in sampled)
        node.put(unseen, payload={**node.points[unseen]["payload"], "x": 1})
        assert asked(node, probe).failures == [
            "a full scroll finds 100 points as recorded, but some differ in payload or vector"
        ]
