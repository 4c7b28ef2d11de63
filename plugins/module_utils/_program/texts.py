# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports as lines for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._base.plan import Plan, Step, human_bytes
from . import health, restored
from .columns import seconds, table


def lines_of(verb: str, report: dict[str, Any], check: bool) -> list[str]:
    """The report of a verb, as it is printed without ``--json``."""
    if check:
        return plan_lines(report)
    shown = {
        "run": _run,
        "list": _list,
        "show": _show,
        "verify": _verify,
        "restore": restored.lines,
        "settle": health.settle,
        "status": health.status,
        "doctor": health.doctor,
        "metrics": health.metrics,
        "policy": health.policy,
    }
    return shown[verb](report)


def plan_lines(report: dict[str, Any]) -> list[str]:
    """What would be done. Warnings are said apart."""
    plan = report["plan"]
    steps = tuple(
        Step(
            step["action"],
            step["subject"],
            step.get("bytes", 0),
            step.get("seconds"),
            bool(step.get("destructive")),
        )
        for step in plan["steps"]
    )
    lines = Plan(plan["operation"], plan["subject"], steps).lines()
    if any(step.destructive for step in steps):
        lines.append("  (! cannot be undone)")
    return lines if steps else [*lines, "  nothing to do"]


def _run(report: dict[str, Any]) -> list[str]:
    name = f"Backup {report['backup_id']} of {report['node']}"
    if not report["changed"]:
        return [f"{name} is in the repository already: nothing to do."]
    items = report["collections"]
    size = human_bytes(sum(item["archive_bytes"] for item in items))
    sent = human_bytes(report["sent_bytes"])
    lines = [f"{name} is committed: {_number(items, 'collection')}, {size}, {sent} sent, {seconds(report['seconds'])}"]
    rows = [
        (
            item["name"],
            item["points"],
            human_bytes(item["archive_bytes"]),
            human_bytes(item["sent_bytes"]) if not item["copied_from"] else "unchanged",
            seconds(item["seconds"]),
            f"suspect: {item['suspect']}" if item["suspect"] else "good",
        )
        for item in items
    ]
    lines += table(("COLLECTION", "POINTS", "SIZE", "SENT", "TIME", "STATE"), rows) if rows else []
    if report["rotated"]:
        lines.append(f"{_number(report['rotated'], 'local snapshot')} deleted by rotation")
    return lines


def _list(report: dict[str, Any]) -> list[str]:
    if not report["backups"]:
        return ["No backups."]
    rows = [
        (
            backup["backup_id"],
            backup["node"],
            backup["finished_at"],
            len(backup["collections"]),
            human_bytes(backup["bytes"]),
            backup["grade"],
            _state(backup),
        )
        for backup in report["backups"]
    ]
    return table(("BACKUP", "NODE", "FINISHED", "COLLECTIONS", "SIZE", "GRADE", "STATE"), rows)


def _state(backup: dict[str, Any]) -> str:
    """The worst that is known of a backup."""
    words = []
    if not backup.get("complete", True):
        words.append(str(backup.get("completeness", {}).get("text") or "incomplete"))
    bad = [item["name"] for item in backup["collections"] if item["proof_failed"]]
    words += [f"not good: {', '.join(bad)}"] if bad else []
    failed = [item["name"] for item in backup["failed"]]
    words += [f"without {', '.join(failed)}"] if failed else []
    suspect = [item["name"] for item in backup["collections"] if item["suspect"]]
    words += [f"suspect: {', '.join(suspect)}"] if suspect else []
    return "; ".join(words) or _untroubled(backup["grade"])


def _untroubled(grade: int) -> str:
    """Good is only what was read again since it was stored."""
    return "good" if grade else "unproven"


def _show(report: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for backup in report["backups"]:
        lines += [""] if lines else []
        lines += [
            f"Backup {backup['backup_id']} of {backup['node']} in cluster {backup['cluster']}",
            f"  finished {backup['finished_at']}, Qdrant {backup['qdrant_version']}, {human_bytes(backup['bytes'])}, "
            f"grade {backup['grade']}, {_state(backup)}",
        ]
        rows = [
            (
                item["name"],
                item["points"],
                human_bytes(item["bytes"]),
                item["grade"],
                item["proven_at"],
                ", ".join(item["aliases"]) or None,
                _note(item),
            )
            for item in backup["collections"]
        ]
        shown = table(("COLLECTION", "POINTS", "SIZE", "GRADE", "PROVEN", "ALIASES", "STATE"), rows)
        lines += ["  " + line for line in shown] if rows else []
        lines += [f"  failed: {item['name']}: {item['error']}" for item in backup["failed"]]
    return lines


def _note(item: dict[str, Any]) -> str:
    if item["proof_failed"]:
        return f"not good: {item['proof_failed']}"
    return f"suspect: {item['suspect']}" if item["suspect"] else _untroubled(item["grade"])


def _verify(report: dict[str, Any]) -> list[str]:
    rows = [
        (backup["backup_id"], backup["node"], item["name"], _result(item), item["detail"])
        for backup in report["backups"]
        for item in backup["collections"]
    ]
    number = sum(item["read"] for backup in report["backups"] for item in backup["collections"])
    unread = len(rows) - number
    rows += [(backup["backup_id"], backup["node"], None, "NOT READ", "its manifest") for backup in report["unreadable"]]
    if not rows:
        return ["There was nothing to verify."]
    size = human_bytes(sum(backup["bytes"] for backup in report["backups"]))
    bad = len(report["failed"]) - unread - len(report["unreadable"])
    lines = table(("BACKUP", "NODE", "COLLECTION", "RESULT", "DETAIL"), rows)
    verdict = f"{bad} not good" if bad else "all good" if number else "nothing is proven"
    lines.append(f"{number} archive{'' if number == 1 else 's'} re-read and hashed, {size}: {verdict}")
    if unread or report["unreadable"]:
        lines.append("What was not read is neither good nor bad: the errors above say why.")
    return lines


def _result(item: dict[str, Any]) -> str:
    if not item["read"]:
        return "NOT READ"
    return "good" if item["ok"] else "NOT GOOD"


def _number(items: Sequence[Any], word: str) -> str:
    return f"{len(items)} {word}" + ("" if len(items) == 1 else "s")
