# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules keep_last to keep_within, applied to the good backups of one collection. Pure.

As in restic: a period counts only if it has a backup, and its newest backup is kept. Times are UTC, and weeks are ISO
weeks.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Callable

from .._base.clock import parse_utc
from .options import PruneOptions

WITHIN = "keep_within"


def _iso_week(moment: datetime.datetime) -> tuple[int, ...]:
    return tuple(moment.isocalendar()[:2])


_PERIODS: dict[str, Callable[[datetime.datetime], tuple[int, ...]]] = {
    "keep_hourly": lambda moment: (moment.year, moment.month, moment.day, moment.hour),
    "keep_daily": lambda moment: (moment.year, moment.month, moment.day),
    "keep_weekly": _iso_week,
    "keep_monthly": lambda moment: (moment.year, moment.month),
    "keep_yearly": lambda moment: (moment.year,),
}


def kept_by_rules(options: PruneOptions, good: Sequence[str]) -> dict[str, list[str]]:
    """Backup id to the rules that keep it. good: ids, newest first."""
    found: dict[str, list[str]] = {}
    for backup_id in good[: options.keep_last or 0]:
        found.setdefault(backup_id, []).append("keep_last")
    for rule, period_of in _PERIODS.items():
        periods: set[tuple[int, ...]] = set()
        for backup_id in good:
            period = period_of(parse_utc(backup_id))
            if period not in periods and len(periods) < (getattr(options, rule) or 0):
                periods.add(period)
                found.setdefault(backup_id, []).append(rule)
    return found


def within(options: PruneOptions, newest: str, backup_id: str) -> bool:
    """Whether keep_within keeps a backup. It counts back from the newest good backup, not from now: where no backups
    are made any more, nothing expires."""
    if not options.keep_within:
        return False
    return (parse_utc(newest) - parse_utc(backup_id)).total_seconds() < options.keep_within
