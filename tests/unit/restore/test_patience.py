# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A delivery that is silent is given up, one that moves is not, however slow it is."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.patience import (
    LOCAL_RATE,
    Arrivals,
    Patience,
    blind_rate,
    human_time,
    temporary_folders,
)

MB = 1_000_000
HOUR = 3600
BIG = 100_000 * MB


def ends(size, rate, steps, *, streams=True, silence=120):
    """(seconds until it is given up, why) for bytes seen at moments, None where it never was within the last one."""
    moment, seen = [0.0], [None]
    patience = Patience(size, silence, rate, lambda: seen[0], streams=streams, clock=lambda: moment[0])
    known = dict(steps)
    while moment[0] <= steps[-1][0]:
        seen[0] = known.get(moment[0], seen[0])
        why = patience.why_over()
        if why:
            return moment[0], why
        moment[0] += 10
    return None


def moving(until, rate, size=BIG):
    return [(at, min(size, int(at * rate))) for at in range(0, until, 10)]


ROWS = {
    "seen to be silent from the start": (BIG, 2 * MB, [(0, 0), (HOUR, 0)], 130, "nothing has arrived for"),
    "seen to stop in the middle": (BIG, 2 * MB, [*moving(HOUR, MB), (2 * HOUR, 3590 * MB)], 3720, "after 3.3 GiB of"),
    "10 Mbit/s, seen": (BIG, 2 * MB, moving(23 * HOUR, 1.25 * MB), None, ""),
    "10 Mbit/s, not seen": (BIG, blind_rate(1.25 * MB), [(0, None), (80 * HOUR, None)], None, ""),
    "a fast store that fell silent, not seen": (BIG, blind_rate(500 * MB), [(0, None), (7 * HOUR, None)], 20130, "5.6"),
    "loading for long after all is there": (BIG, 2 * MB, [*moving(1010, 100 * MB), (5 * HOUR, BIG)], None, ""),
    "a node that never ends": (100 * MB, 2 * MB, [(0, 100 * MB), (HOUR, 100 * MB)], 150, "has not ended after"),
    "moved to its place": (100 * MB, 2 * MB, [(0, 10 * MB), (10, 100 * MB), (20, None), (150, None)], None, ""),
    "of unknown size, not seen": (0, 2 * MB, [(0, None), (30 * HOUR, None)], None, ""),
    "of unknown size, seen to be silent": (0, 2 * MB, [(0, 0), (HOUR, 0)], 130, "nothing has arrived for"),
    "of unknown size, arrived": (0, 2 * MB, [(0, 5), (30 * HOUR, 5)], None, ""),
}


@pytest.mark.parametrize(("size", "rate", "steps", "end", "words"), ROWS.values(), ids=ROWS)
def test_when_it_is_given_up(size, rate, steps, end, words):
    found = ends(size, rate, steps)
    assert (found[0] if found else None) == end
    assert words in (found[1] if found else "")


def test_a_file_that_the_node_hashes_shows_nothing_for_long():
    """Then the time for its size counts, and growth afterwards still puts the end off."""
    silent = [(0, 0), (200, 0)]
    assert ends(400 * MB, LOCAL_RATE, silent, streams=False) is None
    assert ends(400 * MB, LOCAL_RATE, [(0, 0), (HOUR, 0)], streams=False)[0] == 210
    assert ends(200 * MB, LOCAL_RATE, moving(HOUR, 0.01 * MB, 200 * MB), streams=False) is None


@pytest.mark.parametrize(
    ("measured", "rate"), [(None, MB), (0.0, 0.25), (MB, MB / 4), (8 * MB, 2 * MB), (900 * MB, 5 * MB)]
)
def test_the_rate_that_is_waited_for_where_nothing_is_seen(measured, rate):
    assert blind_rate(measured) == rate


@pytest.mark.parametrize(("seconds", "text"), [(3, "3 s"), (179, "179 s"), (1200, "20 min"), (20120, "5.6 h")])
def test_times_for_a_person(seconds, text):
    assert human_time(seconds) == text


def test_the_rule_is_told():
    seen = [None]
    patience = Patience(BIG, 120, 5 * MB, lambda: seen[0], streams=True, clock=lambda: 0.0)
    assert patience.rule() == "given up after 5.6 h"
    seen[0] = 0
    patience.why_over()
    assert patience.rule() == "given up when nothing arrives for 120 s" and patience.coming == 0
    seen[0] = BIG
    patience.why_over()
    assert patience.rule() == "all has arrived, given up after 5.6 h" and patience.coming is None
    assert Patience(0, 120, 5 * MB, lambda: None, streams=True).rule() == "as long as it takes"


def test_what_arrives_is_what_is_new(tmp_path):
    snapshots, temporary = tmp_path / "snapshots", tmp_path / "storage" / "tmp"
    (temporary / "old").mkdir(parents=True)
    (temporary / "old" / "left").write_bytes(b"x" * 50)
    arrivals = Arrivals(temporary_folders(str(snapshots)))
    assert arrivals() is None
    (temporary / "new" / "deep").mkdir(parents=True)
    assert arrivals() == 0
    (temporary / "new" / "deep" / "part").write_bytes(b"x" * 30)
    assert arrivals() == 30
    assert Arrivals(temporary_folders(""))() is None and Arrivals([str(tmp_path / "absent")])() is None


def test_a_folder_that_may_not_be_looked_into_shows_nothing(tmp_path, monkeypatch):
    """The server makes its own folders unreadable for others: that is not an archive of which nothing arrives."""
    arrivals = Arrivals([str(tmp_path)])
    (tmp_path / "new").mkdir()
    assert arrivals() == 0

    def refused(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.scandir", refused)
    assert arrivals() is None


def test_what_is_unpacked_beside_is_not_counted(tmp_path):
    arrivals = Arrivals([str(tmp_path)], "a-1.snapshot")
    for name, size in (("a-1.snapshot-Xy.download", 3), ("b-1.snapshot-Zz.download", 5)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "segment").write_bytes(b"x" * size)
    assert arrivals() == 3
