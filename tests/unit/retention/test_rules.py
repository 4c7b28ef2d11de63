# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules keep_last to keep_within, by tables."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.options import check_options, prices_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.rules import kept_by_rules, within
from ansible_collections.vectorops.qdrant.tests.unit.retention.stock import options

HOURS = [f"20261122T{hour:02}0000Z" for hour in range(12, -1, -1)]


@pytest.mark.parametrize(
    "given, ids, kept",
    [
        ({"keep_last": 2}, HOURS, HOURS[:2]),
        ({"keep_last": 99}, HOURS[:3], HOURS[:3]),
        (
            {"keep_hourly": 3},
            ["20261122T125900Z", "20261122T120000Z", "20261122T110000Z"],
            ["20261122T125900Z", "20261122T110000Z"],
        ),
        (
            {"keep_daily": 2},
            ["20261122T120000Z", "20261122T000000Z", "20261119T000000Z", "20261118T000000Z"],
            ["20261122T120000Z", "20261119T000000Z"],
        ),
        # The 1st of January 2027 is a Friday of week 53 of 2026.
        (
            {"keep_weekly": 2},
            ["20270104T000000Z", "20270101T000000Z", "20261231T000000Z", "20261220T000000Z"],
            ["20270104T000000Z", "20270101T000000Z"],
        ),
        (
            {"keep_monthly": 2},
            ["20261122T000000Z", "20261101T000000Z", "20260930T000000Z"],
            ["20261122T000000Z", "20260930T000000Z"],
        ),
        (
            {"keep_yearly": 2},
            ["20261122T000000Z", "20260101T000000Z", "20251231T000000Z", "20241231T000000Z"],
            ["20261122T000000Z", "20251231T000000Z"],
        ),
        ({"keep_last": 1, "keep_daily": 1}, HOURS, HOURS[:1]),
        ({"keep_within": 3600.0}, HOURS, []),
        ({"keep_last": 3}, [], []),
    ],
)
def test_rules(given, ids, kept):
    assert sorted(kept_by_rules(options(**given), ids), reverse=True) == kept


def test_each_rule_is_named():
    assert kept_by_rules(options(keep_last=1, keep_yearly=1), HOURS) == {HOURS[0]: ["keep_last", "keep_yearly"]}


def test_within_counts_back_from_the_newest_good_backup():
    given = options(keep_within=7200.0)
    assert [within(given, HOURS[0], one) for one in HOURS[:4]] == [True, True, False, False]
    assert not within(options(keep_last=1), HOURS[0], HOURS[0])


@pytest.mark.parametrize(
    "given, said",
    [
        ({}, "No rule says which backups to keep"),
        ({"keep_last": 0, "keep_daily": 0, "keep_within": 0.0}, "No rule"),
        ({"keep_last": -1}, "keep_last is -1"),
        ({"keep_last": 1, "prices": ("STANDARD",)}, "is not a price"),
        ({"keep_last": 1, "prices": ("STANDARD=cheap",)}, "is not a price"),
        ({"keep_last": 1, "prices": ("STANDARD=-1",)}, "is not a price"),
        ({"keep_last": 1, "prices": ("=1",)}, "is not a price"),
    ],
)
def test_bad_options(given, said):
    with pytest.raises(UsageError, match=said):
        check_options(options(**given))


def test_prices():
    assert prices_of(("standard=0.023", "GLACIER_IR=0.004")) == {"STANDARD": 0.023, "GLACIER_IR": 0.004}
