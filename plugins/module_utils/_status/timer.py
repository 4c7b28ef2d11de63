# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The timer of this host, read from systemd's own files, without D-Bus and without a program.

systemd records the last elapse of a persistent timer as the time of a stamp file. The next run is computed only for the
usual words of OnCalendar (hourly, daily, ...), without the timer's random delay; otherwise it is omitted.
"""

from __future__ import annotations

import datetime
import os
import re

from .values import Timer

NAME = "qdrant-backup.timer"
_UNIT_FOLDERS = ("etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system")
_STAMPS = "var/lib/systemd/timers"
_ON_CALENDAR = re.compile(r"^\s*OnCalendar\s*=\s*(.*?)\s*$", re.MULTILINE)


def read_timer(moment: datetime.datetime, root: str = "/", name: str = NAME) -> Timer | None:
    """The timer in the files below ``root``; None if there is none."""
    paths = (os.path.join(root, folder, name) for folder in _UNIT_FOLDERS)
    unit = next((path for path in paths if os.path.lexists(path)), "")
    if not os.path.isfile(unit):  # a masked unit is a link to /dev/null, and hides those after it
        return None
    enabled = os.path.lexists(os.path.join(root, _UNIT_FOLDERS[0], "timers.target.wants", name))
    try:
        with open(unit, encoding="utf-8", errors="replace") as handle:
            words = _ON_CALENDAR.findall(handle.read())
    except OSError:
        words = []
    calendar = "; ".join(word for word in words if word)
    following = next_run(calendar, moment.astimezone()) if enabled else None
    return Timer(enabled, calendar, _time_of(os.path.join(root, _STAMPS, f"stamp-{name}")), following, name)


def next_run(calendar: str, local: datetime.datetime) -> datetime.datetime | None:
    """When a word such as ``hourly`` elapses next after a moment in local time; None for other expressions."""
    hour = local.replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    following = {
        "minutely": local.replace(second=0, microsecond=0) + datetime.timedelta(minutes=1),
        "hourly": hour + datetime.timedelta(hours=1),
        "daily": day + datetime.timedelta(days=1),
        "weekly": day + datetime.timedelta(days=7 - day.weekday()),
        "monthly": (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=1),
    }.get(calendar)
    return following.astimezone(datetime.timezone.utc) if following else None


def _time_of(path: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromtimestamp(int(os.stat(path).st_mtime), datetime.timezone.utc)
    except OSError:
        return None
