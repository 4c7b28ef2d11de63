# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several at a time, in order, few in memory."""

from __future__ import annotations

import threading
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.ahead import in_order


@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_the_order_is_that_of_the_items(count):
    def work(number):
        time.sleep(0.001 * (number % 3))
        return number * 2

    assert list(in_order(work, list(range(count)))) == [number * 2 for number in range(count)]


def test_several_work_at_once():
    together = threading.Barrier(4, timeout=10)
    assert list(in_order(lambda number: together.wait() >= 0, [1, 2, 3, 4], threads=4)) == [True] * 4


def test_what_waits_is_bounded():
    begun = []
    found = in_order(lambda number: begun.append(number) or number, list(range(1000)), threads=4, ahead=10)
    for number in range(5):
        assert next(found) == number
        time.sleep(0.02)
        assert len(begun) <= number + 1 + 10
    found.close()
    time.sleep(0.02)
    assert len(begun) <= 20, "nothing is begun that nobody asks for"


def test_an_error_comes_in_its_place_and_ends_it():
    def work(number):
        if number == 3:
            raise ValueError("three")
        return number

    found = in_order(work, list(range(100)), threads=4, ahead=8)
    assert [next(found) for dummy in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(found)
    assert list(found) == []


def test_work_that_never_ends_does_not_hold_whoever_leaves():
    never = threading.Event()
    found = in_order(lambda number: number if number == 0 else never.wait(60), [0, 1, 2], threads=2)
    assert next(found) == 0
    began = time.monotonic()
    found.close()
    assert time.monotonic() - began < 5
    never.set()
