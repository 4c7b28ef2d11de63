# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schedules and slots: which fit each other, by what systemd-analyze says of them."""

from __future__ import annotations

import pytest

pytest.importorskip("ansible", reason="filters run on the controller")
from ansible_collections.vectorops.qdrant.plugins.filter.slot_misfit import slot_misfit

FIVE = "Original: 5m\n      μs: 300000000\n   Human: 5min\n"
NONE = "Original: 0\n      us: 0\n   Human: 0\n"
HOURLY_IN_INDIA = """\
  Original form: hourly
Normalized form: *-*-* *:00:00
    Next elapse: Fri 2026-11-27 05:00:00 IST
       (in UTC): Thu 2026-11-26 23:30:00 UTC
       From now: 23min left
       Iter. #2: Fri 2026-11-27 06:00:00 IST
       (in UTC): Fri 2026-11-27 00:30:00 UTC
       From now: 1h 23min left
"""


def elapses(*times: str) -> str:
    first, *others = (f"Thu 2026-11-26 {time} UTC" for time in times)
    return "\n".join(
        ["  Original form: x", f"    Next elapse: {first}", *(f"   Iteration #2: {other}" for other in others)]
    )


@pytest.mark.parametrize(
    ("said", "slot", "delay"),
    [
        (elapses("10:00:00", "11:00:00"), "1h", FIVE),
        (elapses("10:00:00", "10:15:00"), "15m", FIVE),
        (elapses("10:00:00"), "1d", FIVE),
        (elapses("10:54:00", "11:54:00"), "1h", FIVE),
        (elapses("10:57:00", "11:57:00"), "1h", NONE),
        (elapses("10:00:00", "10:00:30"), "0", FIVE),
        (elapses("10:00:00", "11:00:00"), 3600, FIVE),
        (HOURLY_IN_INDIA, "1h", FIVE),
        ("Normalized form: 2026-11-26 10:00:00 UTC\n" + elapses("10:00:00"), "1h", FIVE),
        (elapses("10:00:00.500000", "11:00:00.500000"), "1h", FIVE),
    ],
)
def test_they_fit(said: str, slot: object, delay: str) -> None:
    assert slot_misfit(said, slot, delay) == ""


@pytest.mark.parametrize(
    ("said", "slot", "delay", "words"),
    [
        (elapses("10:00:00", "10:15:00"), "1h", FIVE, ["qdrant_backup_slot", "10:00 UTC", "10:15 UTC", "1h"]),
        (elapses("10:57:00", "11:57:00"), "1h", FIVE, ["qdrant_backup_random_delay", "10:57 UTC"]),
        (elapses("10:00:00", "10:01:00"), "1m", FIVE, ["qdrant_backup_random_delay"]),
        (elapses("10:00:00"), "banana", FIVE, ["qdrant_backup_slot", "'banana' is not a duration"]),
    ],
)
def test_they_do_not_fit(said: str, slot: str, delay: str, words: list[str]) -> None:
    sentence = slot_misfit(said, slot, delay)
    assert all(word in sentence for word in words), sentence
