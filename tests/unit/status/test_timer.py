# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The timer of systemd, from its files."""

from __future__ import annotations

import datetime
import os

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._status.timer import NAME, next_run, read_timer

NOW = datetime.datetime(2026, 11, 22, 19, 30, 5, tzinfo=datetime.timezone.utc)  # a Sunday


def write(root, path, text=""):
    whole = root / path
    whole.parent.mkdir(parents=True, exist_ok=True)
    whole.write_text(text, encoding="utf-8")
    return whole


def test_no_timer(tmp_path):
    assert read_timer(NOW, str(tmp_path)) is None


def test_the_timer_of_an_instance(tmp_path):
    write(tmp_path, f"etc/systemd/system/{NAME}", "[Timer]\nOnCalendar=daily\n")
    write(tmp_path, "etc/systemd/system/qdrant-backup@east.timer", "[Timer]\nOnCalendar=hourly\n")
    timer = read_timer(NOW, str(tmp_path), "qdrant-backup@east.timer")
    assert timer.on_calendar == "hourly" and timer.name == "qdrant-backup@east.timer"


def test_a_timer_that_runs(tmp_path):
    write(tmp_path, f"usr/lib/systemd/system/{NAME}", "[Timer]\nOnCalendar=daily\n")
    unit = write(tmp_path, f"etc/systemd/system/{NAME}", "[Timer]\n# OnCalendar=x\nOnCalendar = hourly\n")
    timer = read_timer(NOW, str(tmp_path))
    assert not timer.enabled and timer.on_calendar == "hourly" and timer.next_run is None
    wants = tmp_path / "etc/systemd/system/timers.target.wants" / NAME
    wants.parent.mkdir()
    wants.symlink_to(unit)
    stamp = write(tmp_path, f"var/lib/systemd/timers/stamp-{NAME}")
    os.utime(stamp, (1700000000, 1700000000))
    timer = read_timer(NOW, str(tmp_path))
    assert timer.enabled and timer.last_elapse.timestamp() == 1700000000
    assert timer.next_run == datetime.datetime(2026, 11, 22, 20, tzinfo=datetime.timezone.utc)


def test_a_masked_timer_is_none(tmp_path):
    write(tmp_path, f"usr/lib/systemd/system/{NAME}", "[Timer]\nOnCalendar=daily\n")
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    (tmp_path / "etc/systemd/system" / NAME).symlink_to("/dev/null")
    assert read_timer(NOW, str(tmp_path)) is None


@pytest.mark.parametrize(
    ("calendar", "expected"),
    [
        ("minutely", "2026-11-22T19:31:00+00:00"),
        ("hourly", "2026-11-22T20:00:00+00:00"),
        ("daily", "2026-11-23T00:00:00+00:00"),
        ("weekly", "2026-11-23T00:00:00+00:00"),
        ("monthly", "2026-12-01T00:00:00+00:00"),
        ("*-*-* 04:00:00", None),
        ("", None),
    ],
)
def test_the_next_run(calendar, expected):
    found = next_run(calendar, NOW)
    assert (found.isoformat() if found else None) == expected
