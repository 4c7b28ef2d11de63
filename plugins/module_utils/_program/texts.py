# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports as lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._base.counted import counted
from .._base.plan import human_bytes, plan_lines
from . import drilled, health, listed, planned, pointed, pruned, restored
from .columns import seconds, table
from .named import named


def lines_of(verb: str, report: dict[str, Any], check: bool, typed: Mapping[str, Any] | None = None) -> list[str]:
    """The report of a verb as printed without ``--json``. typed: the options of the command line by name."""
    if verb == "prune":
        return pruned.lines(report, typed or {})
    if check:
        return _planned(report["plan"])
    if verb == "diff":
        return pointed.diff(report, typed or {})
    if verb == "list":
        return listed.backups(report, typed or {})
    if verb == "restore":
        return pointed.put_back(report) if "put_back" in report else restored.lines(report, typed or {})
    shown = {
        "run": _run,
        "show": listed.one_backup,
        "verify": _verify,
        "drill": drilled.lines,
        "report": drilled.shown,
        "query": pointed.query,
        "pin": pruned.pin,
        "unpin": pruned.pin,
        "settle": health.settle,
        "status": health.status,
        "doctor": health.doctor,
        "metrics": health.metrics,
        "policy": health.policy,
    }
    return shown[verb](report)


def _planned(plan: dict[str, Any]) -> list[str]:
    """The planned steps. Warnings are printed separately."""
    lines = plan_lines(plan, told=True)
    lines[1:1] = planned.summary_lines(plan["summary"]) if plan.get("summary") else []
    if any(step.get("destructive") for step in plan["steps"]):
        lines.append("  (! cannot be undone)")
    return lines if plan["steps"] else [*lines, "  nothing to do"]


def _run(report: dict[str, Any]) -> list[str]:
    name = f"Backup {report['backup_id']} of {report['node']}"
    if not report["changed"]:
        return [f"{name} is already in the repository: nothing to do."]
    items = report["collections"]
    size = human_bytes(sum(item["archive_bytes"] for item in items))
    sent = human_bytes(report["sent_bytes"])
    names = counted(len({item["name"] for item in items}), "collection")
    lines = [f"{name} is committed: {names}, {size}, {sent} sent, {seconds(report['seconds'])}"]
    rows = [
        (
            named(item),
            item["points"],
            human_bytes(item["archive_bytes"]),
            _sent(item),
            seconds(item["seconds"]),
            f"suspect: {item['suspect']}" if item["suspect"] else "good",
        )
        for item in items
    ]
    lines += table(("COLLECTION", "POINTS", "SIZE", "SENT", "TIME", "STATE"), rows) if rows else []
    if report["shards_elsewhere"]:
        lines.append(f"Other nodes store the shards of {', '.join(report['shards_elsewhere'])} in this backup")
    if report["rotated"]:
        lines.append(f"{counted(len(report['rotated']), 'local snapshot')} deleted by rotation")
    return lines


def _sent(item: dict[str, Any]) -> str:
    """What a backup sent of one archive."""
    if item["taken_in"]:
        return f"unchanged since {item['taken_in']}"
    return "unchanged" if item["copied_from"] else human_bytes(item["sent_bytes"])


def _verify(report: dict[str, Any]) -> list[str]:
    rows = [
        (backup["backup_id"], backup["node"], item["name"], _result(item), item["detail"])
        for backup in report["backups"]
        for item in backup["collections"]
    ]
    items = [item for backup in report["backups"] for item in backup["collections"]]
    number = sum(item["read"] for item in items)
    closed = sum(item["ok"] and bool(item["not_opened"]) for item in items)
    unread = len(rows) - number
    rows += [(backup["backup_id"], backup["node"], None, "NOT READ", "its manifest") for backup in report["unreadable"]]
    if not rows:
        return ["Nothing to verify."]
    size = human_bytes(sum(backup["bytes"] for backup in report["backups"]))
    bad = len(report["failed"]) - unread - closed - len(report["unreadable"])
    lines = table(("BACKUP", "NODE", "COLLECTION", "RESULT", "DETAIL"), rows)
    verdict = f"{bad} not good" if bad else "all good" if number else "nothing is proven"
    lines.append(f"{counted(number, 'archive')} re-read and hashed, {size}: {verdict}")
    opened = sum(item.get("compared") is not None for item in items)
    if opened:
        lines.append(f"{opened} of them opened in the embedded engine, without a server")
    if closed:
        lines.append(f"{closed} not opened: only the bytes are proven, and the errors above say why.")
    if report["left"]:
        lines.append(f"{report['left']} left by the budget for later runs")
    if report["without_digest"]:
        lines.append(
            f"{counted(len(report['without_digest']), 'manifest')} without a digest, written by an earlier version"
        )
    if unread or report["unreadable"]:
        lines.append("Archives that were not read are neither good nor bad: the errors above say why.")
    return lines


def _result(item: dict[str, Any]) -> str:
    if not item["read"]:
        return "NOT READ"
    if item["ok"] and item["not_opened"]:
        return "NOT OPENED"
    return "good" if item["ok"] else "NOT GOOD"
