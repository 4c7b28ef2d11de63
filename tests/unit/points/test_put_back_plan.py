# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is decided before and during a put-back: the plan, one point, the pace, the size of a batch."""

from __future__ import annotations

import dataclasses
import json

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._points import decide as reasons
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.alike import Tolerances
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.comparison import batches
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.decide import decide
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.options import (
    PointsOptions,
    Selection,
    filter_in,
    query_in,
    require_no_empty_selection,
    selection_of,
    unmatched,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.pace import Pace
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.plan import (
    PutBackFacts,
    after,
    command,
    make_plan,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.records import digest_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.ids import id_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Collection, Point

ABOUT = Collection("it", "", "", {"params": {"vectors": {"size": 2, "distance": "Dot"}}}, {}, 0, 0, None, [])
OURS, THEIRS, LATER = Point(1, {"a": 1}, [1.0, 2.0]), Point(1, {"a": 2}, [1.0, 2.0]), Point(1, {"a": 3}, [1.0, 2.0])
NOTED = digest_of(THEIRS)
OPTIONS = PointsOptions("search", collection="articles", points="missing")
FACTS = PutBackFacts("20260101T000000Z", ("node-a",), {"missing": 2000, "changed": 10}, 100.0)


@pytest.mark.parametrize(
    ("mode", "there", "expected"),
    [
        ("missing", None, reasons.WRITE),
        ("missing", OURS, reasons.BACK),
        ("missing", THEIRS, reasons.WRITTEN),
        ("changed", THEIRS, reasons.WRITE),
        ("changed", LATER, reasons.WRITTEN),
        ("changed", OURS, reasons.BACK),
        ("changed", None, reasons.DELETED),
    ],
)
def test_one_point(mode, there, expected):
    assert decide(mode, OURS, there, NOTED, Tolerances(ABOUT)) == expected


def test_a_vector_that_no_write_accepts_is_left_alone():
    ours = Point(1, {}, {"rows": [[1.0, None]]})
    assert decide("missing", ours, None, b"", Tolerances(ABOUT)) == reasons.NAN


def test_the_plan_has_counts_bytes_and_seconds():
    plan = make_plan(FACTS, dataclasses.replace(OPTIONS, points_rate=100))
    assert [step.action for step in plan.steps] == ["put back points", "compare again"]
    assert (plan.bytes, plan.steps[0].seconds, plan.changes) == (200_000, 20.0, True)
    assert not plan.steps[0].destructive and not plan.refusals
    nothing = make_plan(dataclasses.replace(FACTS, counts={"missing": 0}), OPTIONS)
    assert nothing.steps == () and not nothing.changes


def test_points_are_overwritten_only_if_that_is_allowed():
    changed = dataclasses.replace(OPTIONS, points="changed", filter='{"must": []}', ids=("7",), live_name="live")
    with pytest.raises(RefusedError, match=r"10 points of live would be overwritten.* lost") as raised:
        make_plan(FACTS, changed).refuse_or_go()
    command = "qdrant-backup restore articles --backup-id 20260101T000000Z --points changed --accept-write-loss"
    assert f"{command} --name live --filter '{{\"must\": []}}' --ids 7" in str(raised.value)
    allowed = make_plan(FACTS, dataclasses.replace(changed, accept_write_loss=True))
    assert not allowed.refusals and allowed.steps[0].destructive
    assert not make_plan(dataclasses.replace(FACTS, counts={"changed": 0}), changed).refusals


def test_what_refuses():
    facts = dataclasses.replace(FACTS, vectors=("vector 'a' is absent now",), mixed=("A restore did not end.",))
    plan = make_plan(facts, OPTIONS)
    assert [refusal.code for refusal in plan.refusals] == ["vectors_differ", "contents_may_be_mixed"]
    assert "--name ANOTHER_NAME" in plan.refusals[0].next


@pytest.mark.parametrize(("left", "skipped", "proven"), [(0, 0, True), (2, 2, True), (3, 2, False)])
def test_the_second_comparison_is_the_proof(left, skipped, proven):
    assert (after(left, OPTIONS, skipped) == "") == proven


def test_the_pace_is_kept():
    now, slept = [0.0], []

    def sleep(seconds):
        slept.append(round(seconds, 3))
        now[0] += seconds

    pace = Pace(100, clock=lambda: now[0], sleep=sleep)
    assert pace.most(500) == 100
    for points in (100, 50, 100):
        pace.wait(points)
    assert slept == [1.0, 0.5]
    assert Pace(0).most(500) == 500


def test_batches_are_limited_by_number_and_by_bytes():
    bodies = [({"id": number}, 10 if number < 6 else 100) for number in range(9)]
    assert [[body["id"] for body in batch] for batch in batches(bodies, 4, 120)] == [
        [0, 1, 2, 3],
        [4, 5, 6],
        [7],
        [8],
    ]
    assert list(batches([], 4)) == [] and len(list(batches([({"id": 1}, 10**9)], 4))) == 1


def test_a_selection_joins_ids_and_file(tmp_path):
    path = tmp_path / "ids"
    path.write_text("9\n\n 3 \n")
    found = selection_of(dataclasses.replace(OPTIONS, ids=("7", "3"), ids_file=str(path)))
    assert [id_of(key) for key in found.keys or ()] == [3, 7, 9] and found.filter is None
    assert selection_of(OPTIONS).keys is None
    path.write_text("")
    nothing = selection_of(dataclasses.replace(OPTIONS, ids_file=str(path)))
    assert nothing.keys == (), "an empty file chooses nothing"
    assert unmatched(nothing, {"same": 0, "missing": 0, "changed": 0}) == [
        "ids_file has no id, so no point is selected."
    ]
    assert filter_in('{"must": [{"has_id": [1]}]}') == {"must": [{"has_id": [1]}]} and filter_in(None) is None


@pytest.mark.parametrize("given", [{"filter": ""}, {"ids": []}, {"ids_file": ""}])
def test_an_empty_selection_does_not_select_all_points(given):
    (name,) = given
    with pytest.raises(UsageError, match=f"{name} is empty"):
        require_no_empty_selection({"filter": None, "ids": None, **given})
    require_no_empty_selection({"filter": '{"must": []}', "ids": ["1"], "ids_file": None})


def test_what_is_selected_and_not_in_the_backup_is_told():
    counts = {"same": 1, "missing": 1, "changed": 0, "new": 5}
    three, none = Selection(keys=(b"a", b"b", b"c")), dict.fromkeys(counts, 0)
    assert unmatched(three, counts) == ["1 of the 3 selected ids are not in the backup."]
    assert not unmatched(Selection(), none) and not unmatched(Selection(keys=(b"a", b"b")), counts)
    for keys in (None, (b"a",)):
        assert "No point of the backup is selected" in unmatched(Selection({"must": []}, keys), none)[0]
        assert not unmatched(Selection({"must": []}, keys), counts)


def test_a_query_is_a_json_object():
    assert query_in(None) == query_in("{}") == {} and query_in('{"limit": 3}') == {"limit": 3}
    for text in ("[]", "{"):
        with pytest.raises(UsageError, match=r"query is not.*\"limit\": 3"):
            query_in(text)


@pytest.mark.parametrize(("name", "words"), [("a b", "'a b' --backup-id B"), ("-dash", "--backup-id B -- -dash")])
def test_a_command_names_any_collection(name, words):
    assert command(PointsOptions("search", collection=name), "B") == f"qdrant-backup restore {words}"


@pytest.mark.parametrize(
    "empty",
    [
        {},
        {"must": []},
        {"should": [], "must_not": None},
        {"must": [{"should": []}]},
        {"must": {}},
        {"min_should": None},
    ],
)
def test_a_filter_without_a_condition_does_not_select_everything(empty):
    """It comes from a list that is empty."""
    with pytest.raises(UsageError, match=r"no condition, so it selects all points.*for example"):
        filter_in(json.dumps(empty))


def test_a_filter_with_a_condition_anywhere_is_one():
    one = {"key": "a", "match": {"value": 1}}
    for some in (
        {"must": one},
        {"must": [], "must_not": [one]},
        {"should": [{"must": [one]}]},
        {"must": [{"has_id": []}]},
    ):
        assert filter_in(json.dumps(some)) == some
