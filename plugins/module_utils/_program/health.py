# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of status, settle, doctor, metrics and policy as lines of text."""

from __future__ import annotations

import json
from typing import Any

from .._base.counted import counted
from .._base.plan import human_bytes
from .columns import table


def status(report: dict[str, Any]) -> list[str]:
    """Problems first, then the facts. Warnings are printed separately."""
    from .._base.clock import human_age

    lines = [f"Node {report['node']} of cluster {report['cluster']}: {'good' if report['healthy'] else 'NOT GOOD'}"]
    for problem in report["problems"]:
        lines += [f"  problem: {problem['message']}", f"           {problem['next']}"]
    good, timer = report["last_good"], report["timer"]
    if good:
        lines.append(
            f"  last good backup: {good['backup_id']}, {human_age(good['age'])} old, grade {good['grade']}, "
            f"{counted(good['collections'], 'collection')}, {counted(good['points'], 'point')}, "
            f"{human_bytes(good['bytes'])}"
        )
    lines.append(f"  last proof: {report['proven_at'] or 'none'}")
    drill = report["last_drill"]
    if drill:
        verdict = "passed" if drill["passed"] else f"FAILED; the last that passed: {drill['passed_at'] or 'none'}"
        lines.append(f"  last drill: {drill['at']}, {verdict}")
    if timer:
        following = timer["next_run"] or timer["on_calendar"] or "-"
        lines.append(f"  next run: {following if timer['enabled'] else 'none'}, last: {timer['last_elapse'] or '-'}")
    rows = [
        (
            item["name"],
            item["backup_id"],
            None if item["age"] is None else human_age(item["age"]),
            item["points"],
            None if item["bytes"] is None else human_bytes(item["bytes"]),
            item["grade"],
            _state(item),
        )
        for item in report["collections"]
    ]
    head = ("COLLECTION", "LAST GOOD", "AGE", "POINTS", "SIZE", "GRADE", "NEWEST")
    return lines + (["  " + line for line in table(head, rows)] if rows else [])


def settle(report: dict[str, Any]) -> list[str]:
    """The closed notes, one line each."""
    lines = []
    for item in report["settled"]:
        found = "it does not exist" if item["points"] is None else f"it holds {counted(item['points'], 'point')}"
        lines.append(f"{item['collection']} is settled; {found}. Its next backup is trusted again.")
    lines += [f"No restore of {name} is open: nothing was changed." for name in report["not_open"]]
    if report["settled"]:
        lines.append("Backups made in between stay marked suspect. Take a new one now: qdrant-backup run")
    return lines + ([f"Still open: {', '.join(report['open'])}"] if report["open"] else [])


def _state(item: dict[str, Any]) -> str:
    for word in ("failed", "lost", "proof_failed", "suspect"):
        if item[word]:
            return {"proof_failed": "damaged"}.get(word, word)
    return "good" if item["in_newest"] else "not selected"


def doctor(report: dict[str, Any]) -> list[str]:
    """One line for each finding, and below it how to fix it."""
    lines = []
    for finding in report["findings"]:
        lines.append(f"{finding['severity']:<8} {finding['area']:<11} {finding['what']}")
        lines += [f"{'':<8} {'':<11} -> {finding['fix']}"] if finding["fix"] else []
    totals = [counted(number, word) for word, number in _counts(report) if number]
    return [*lines, ", ".join(totals) or "Nothing is wrong."]


def _counts(report: dict[str, Any]) -> list[tuple[str, int]]:
    severities = [finding["severity"] for finding in report["findings"]]
    return [(word, severities.count(word)) for word in ("error", "warning")]


def metrics(report: dict[str, Any]) -> list[str]:
    """The metrics themselves if there is no output file, else its path."""
    if report["output"]:
        return [f"{report['output']} is written."]
    return str(report["metrics"]).splitlines()


def policy(report: dict[str, Any]) -> list[str]:
    """The policy document, for aws iam or aws s3api."""
    return json.dumps(report["policy"], indent=2).splitlines()
