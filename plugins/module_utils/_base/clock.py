# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time: UTC everywhere, backup ids, and deadlines on progress."""

from __future__ import annotations

import datetime
import re
import time

from .errors import UsageError

_ID_FORMAT = "%Y%m%dT%H%M%SZ"
_TEXT_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(s|sec|m|min|h|d|w)?\s*$")
_AHEAD = datetime.timedelta(days=1)  # clocks of hosts may differ a little
_UNITS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}


def now() -> datetime.datetime:
    """The present moment, UTC, whole seconds."""
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


def utc_text(moment: datetime.datetime) -> str:
    """``2026-11-22T19:00:00Z``, the form of every time in manifests and reports."""
    return moment.astimezone(datetime.timezone.utc).strftime(_TEXT_FORMAT)


def parse_utc(text: str) -> datetime.datetime:
    """The time of ``2026-11-22T19:00:00Z``, a backup id, or a date; UsageError for any other text."""
    for form in (_TEXT_FORMAT, _ID_FORMAT, "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"):
        try:
            moment = datetime.datetime.strptime(text, form)  # noqa: DTZ007 (every form is UTC by definition)
            return moment.replace(tzinfo=datetime.timezone.utc)
        except ValueError:
            continue
    raise UsageError(f"{text!r} is not a time", "Write it in UTC, for example 2026-11-22T19:00:00Z.")


def backup_id(moment: datetime.datetime, slot: int = 0) -> str:
    """The backup id of a moment, floored to ``slot`` seconds (0: to the second): ``20261122T190000Z``."""
    if slot > 1:
        seconds = int(moment.timestamp())
        moment = datetime.datetime.fromtimestamp(seconds - seconds % slot, datetime.timezone.utc)
    return moment.astimezone(datetime.timezone.utc).strftime(_ID_FORMAT)


def is_backup_id(text: str) -> bool:
    """Whether the text has the form of a backup id."""
    try:
        datetime.datetime.strptime(text, _ID_FORMAT)  # noqa: DTZ007 (only the form matters)
    except ValueError:
        return False
    return len(text) == 16


def is_ahead(text: str, moment: datetime.datetime) -> bool:
    """Whether a time, or the one that a backup id names, is more than a day after ``moment``."""
    return parse_utc(text) > moment + _AHEAD


def check_backup_id(text: str, or_latest: bool = True) -> str:
    """The same text; UsageError if it does not have the form of a backup id. or_latest: whether the option also takes
    ``latest``, which the caller has looked for."""
    if not is_backup_id(text):
        hint = ", or latest" if or_latest else ""
        raise UsageError(f"{text!r} is not a backup id", f"Use an id such as 20261122T190000Z{hint}.")
    return text


def seconds_of(duration: str | int | float) -> float:
    """``90``, ``"90s"``, ``"15m"``, ``"1h"``, ``"7d"`` in seconds; UsageError for any other text."""
    match = _DURATION.match(str(duration))
    if not match:
        raise UsageError(f"{duration!r} is not a duration", "Use a number with s, m, h, d or w, for example 15m.")
    return float(match.group(1)) * _UNITS[match.group(2) or "s"]


def human_age(seconds: int) -> str:
    """``45 s``, ``12 min``, ``5 h 3 min``, ``3 d 4 h``."""
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86400:
        return f"{seconds // 3600} h {seconds % 3600 // 60} min"
    return f"{seconds // 86400} d {seconds % 86400 // 3600} h"


class Deadline:
    """A limit on silence: it passes if ``note`` was not called for ``seconds``. It uses the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._last = time.monotonic()

    def note(self) -> None:
        """Restart the count, because there was progress."""
        self._last = time.monotonic()

    @property
    def passed(self) -> bool:
        return time.monotonic() - self._last > self.seconds
