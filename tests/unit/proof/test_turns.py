# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which archives a budget verifies: least proven first, the newest of these first."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof import turns
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.turns import Budget, Turn, budget_of


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        (None, None),
        ("", None),
        ("50G", Budget(bytes=50 << 30)),
        ("512 MiB", Budget(bytes=512 << 20)),
        ("1.5T", Budget(bytes=3 << 39)),
        ("2h", Budget(seconds=7200.0)),
        ("30m", Budget(seconds=1800.0)),
        ("90 s", Budget(seconds=90.0)),
    ],
)
def test_a_budget_is_bytes_or_time(text, budget):
    assert budget_of(text) == budget


@pytest.mark.parametrize("text", ["50", "50g", "h", "two hours", "-1h", "1GM"])
def test_anything_else_is_an_error_with_both_examples(text):
    with pytest.raises(UsageError, match=r"50G.*2h"):
        budget_of(text)


def order(states, grade):
    items = [(turns.turn_of(backup_id, size, state, grade), backup_id) for backup_id, size, state in states]
    return [item for dummy, item in turns.in_turn(items, grade)]


def state(grade, at="2026-01-01", failed=None):
    return {"grade": grade, "at": at, "failed": failed}


def test_least_proven_first_then_newest():
    states = [("1", 1, state(1)), ("2", 1, None), ("3", 1, state(3)), ("4", 1, None), ("5", 1, state(2))]
    assert order(states, 3) == ["4", "2", "1", "5", "3"]


def test_a_failed_proof_counts_as_none():
    assert order([("1", 1, state(3, failed="damaged")), ("2", 1, state(1))], 3) == ["1", "2"]


def test_a_failure_that_the_grade_cannot_clear_does_not_keep_the_archive_first():
    failed = {**state(3, failed="a point differs"), "failed_grade": 3}
    states = [("1", 1, state(2)), ("2", 1, failed), ("3", 1, None)]
    assert order(states, 1)[0] == "3"
    assert order(states, 3) == ["3", "2", "1"]


def test_what_has_the_grade_is_proven_again_in_the_order_of_its_age():
    states = [("1", 1, state(2, "2026-02-02")), ("2", 1, state(3, "2026-02-01")), ("3", 1, state(1, "2026-02-03"))]
    assert order(states, 2) == ["3", "2", "1"]


def test_repeated_runs_reach_every_archive():
    states = {str(number): None for number in range(7)}
    for day in range(7):
        items = [(turns.turn_of(name, 10, states[name], 1), name) for name in states]
        taken, left = turns.within(turns.in_turn(items, 1), Budget(bytes=15))
        assert len(taken) == 1 and len(left) == 6
        states[taken[0]] = state(1, f"2026-01-0{day + 1}")
    assert all(states.values())
    items = [(turns.turn_of(name, 10, states[name], 1), name) for name in states]
    assert turns.in_turn(items, 1)[0][1] == "6"


def test_the_first_is_read_even_if_it_is_larger_and_smaller_ones_fill_the_rest():
    items = [(Turn(str(size), 0, "", size), size) for size in (100, 30, 5, 4)]
    assert turns.within(items, Budget(bytes=10)) == ([100], [30, 5, 4])
    assert turns.within(items[1:], Budget(bytes=35)) == ([30, 5], [4])
    assert turns.within(items, None) == ([100, 30, 5, 4], [])
    assert turns.within(items, Budget(seconds=1.0)) == ([100, 30, 5, 4], [])


def test_a_clock_lets_the_first_archive_pass(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: now[0])
    clock = turns.Clock(Budget(seconds=10.0))
    now[0] = 11.0
    assert [clock.over(), clock.over()] == [False, True]
    assert not turns.Clock(None).over()
