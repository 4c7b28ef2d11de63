# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of drill and report as lines: the verdict first, then what was measured and compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._base.clock import human_age
from .._base.counted import counted
from .._base.plan import human_bytes
from .columns import table

_HEAD = ("BACKUP", "COLLECTION", "RESULT", "POINTS", "SIZE", "GRADE", "TIME", "WHAT")


def lines(report: dict[str, Any]) -> list[str]:
    """The report of ``drill``. The errors are printed before it."""
    out = list(_told(report["drill"]))
    key = report["drill_key"]
    out.append(f"Recorded as {key}." if key else "The drill was not recorded.")
    return out + [f"{path} is written." for path in report["reports"]]


def shown(report: dict[str, Any]) -> list[str]:
    """The report of ``report``: the record, and the drills before it."""
    drill, past = report["drill"], report["trend"]
    out = [f"Drill of {drill['at']}, by {drill['by']}", *_told(drill)]
    if len(past) > 1:
        rows = [(one["at"], _verdict(one["passed"]), _span(one["rpo"]), _span(one["rto"])) for one in reversed(past)]
        out += ["", *table(("DRILL", "VERDICT", "RPO", "RTO"), rows)]
    return out + [f"{path} is written." for path in report["reports"]]


def _told(drill: dict[str, Any]) -> Iterator[str]:
    verdict = "passed" if drill["passed"] else "FAILED"
    yield f"The drill {verdict}: node {drill['node']}, {drill['target']} ({drill['where']})"
    rows = [
        (
            backup["backup_id"],
            one["name"],
            "passed" if one["passed"] else f"FAILED: {one['phase']}",
            one["points"],
            human_bytes(one["bytes"]),
            one["grade"],
            f"{sum(phase['seconds'] for phase in one['phases']):.1f} s",
            _compared(one),
        )
        for backup in drill["backups"]
        for one in backup["collections"]
    ]
    yield from table(_HEAD, rows) if rows else []
    for backup in drill["backups"]:
        for word in ("rpo", "rto"):
            yield f"{backup['backup_id']}: {word.upper()} {_objective(backup[word])}"


def _objective(one: dict[str, Any]) -> str:
    target = (
        f"target {_span(one['target'])}: {'met' if one['met'] else 'MISSED'}"
        if one["target"] is not None
        else "no target"
    )
    return f"{_span(one['measured'])} ({one['by']}), {target}"


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.1f} s" if seconds < 60 else human_age(int(seconds))


def _compared(one: dict[str, Any]) -> str:
    found = one["compared"]
    words = ["sha256"] if found.get("hash") else []
    words += ["count"] if found.get("count_compared", found.get("count") is True) else []
    nouns = (("points", "point"), ("queries", "query"), ("indexes", "index"))
    words += [counted(found[word], noun, word) for word, noun in nouns if found.get(word)]
    return ", ".join(words) or "nothing"


def _verdict(passed: bool) -> str:
    return "passed" if passed else "FAILED"
