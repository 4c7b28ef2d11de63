# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report: facts in, what is good and what needs a person out. Pure."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from .._base.clock import parse_utc, utc_text
from .._repository.layout import name_of, segment
from .values import TRUSTED_AFTER, StatusFacts, good_backup, good_collection

_SHORT = ("backup_id", "finished_at", "qdrant_version", "bytes", "grade")


def judge(facts: StatusFacts, max_age: float | None = None) -> dict[str, Any]:
    """The report of ``status``. healthy: no problem was found; a problem needs a person, a warning may wait."""
    last = facts.backups[0] if facts.backups else None
    good = next((backup for backup in facts.backups if good_backup(backup)), None)
    problems = _of_repository(facts, last, good, max_age) + _of_last(last) + _of_intents(facts)
    missing = missing_nodes(facts)
    return {
        "changed": False,
        "healthy": not problems,
        "cluster": facts.cluster,
        "node": facts.node,
        "checked_at": utc_text(facts.moment),
        "backups": facts.count,
        "last_good": _short(good, facts.moment),
        "last": _short(last, facts.moment),
        "collections": collections(facts),
        "proven_at": facts.proven_at or None,
        "missing_nodes": missing,
        "intents": [dataclasses.asdict(intent) for intent in facts.intents],
        "timer": _timer(facts),
        "problems": problems,
        "warnings": _warnings(facts, last, missing),
    }


def collections(facts: StatusFacts) -> list[dict[str, Any]]:
    """Of each collection that the newest backup knows: its newest good archive, and how it stands in the newest."""
    if not facts.backups:
        return []
    newest = facts.backups[0]
    in_newest = {item["name"]: item for item in newest["collections"]}
    failed = {item["name"]: item["error"] for item in newest["failed"]}
    out = []
    for name in sorted({*in_newest, *failed}):
        held = (
            (backup, item)
            for backup in facts.backups
            for item in backup["collections"]
            if item["name"] == name and good_collection(item)
        )
        nothing: tuple[dict[str, Any] | None, dict[str, Any]] = (None, {})
        backup, item = next(held, nothing)
        now = in_newest.get(name, {})
        out.append(
            {
                "name": name,
                "backup_id": backup["backup_id"] if backup else None,
                "finished_at": backup["finished_at"] if backup else None,
                "age": age_of(backup["finished_at"], facts.moment) if backup else None,
                "points": item.get("points"),
                "bytes": item.get("bytes"),
                "grade": item.get("grade"),
                "proven_at": item.get("proven_at"),
                "suspect": now.get("suspect"),
                "proof_failed": now.get("proof_failed"),
                "failed": failed.get(name),
            }
        )
    return out


def missing_nodes(facts: StatusFacts) -> list[str] | None:
    """Nodes that are expected and lack the newest backup that they had time for; None where they may not be seen."""
    if facts.nodes is None:
        return None
    for backup in facts.backups:
        expected = {*facts.expected_nodes, *backup.get("expected_nodes", ()), facts.node}
        present = facts.nodes.get(backup["backup_id"], frozenset())
        missing = sorted(name for name in expected if segment(name) not in present)
        if not missing or age_of(backup["finished_at"], facts.moment) >= TRUSTED_AFTER:
            return missing
    return []


def age_of(text: str, moment: datetime.datetime) -> int:
    """Whole seconds since a time; 0 where this host's clock is behind it."""
    return max(0, int((moment - parse_utc(text)).total_seconds()))


def _of_repository(
    facts: StatusFacts, last: dict[str, Any] | None, good: dict[str, Any] | None, max_age: float | None
) -> list[dict[str, str]]:
    whose = f"node {facts.node} in cluster {facts.cluster}"
    if facts.unreachable:
        return [_problem("unreachable", facts.unreachable, "Run qdrant-backup doctor.")]
    if last is None:
        said = f"{whose[0].upper()}{whose[1:]} has no backup that can be read in {facts.where}."
        return [_problem("no_backup", said, "Run qdrant-backup run, and check bucket, prefix, cluster and node.")]
    if good is None:
        said = f"None of the newest {len(facts.backups)} backups of {whose} is good."
        return [_problem("no_good_backup", said, "Look at them with qdrant-backup list, then run qdrant-backup run.")]
    age = age_of(good["finished_at"], facts.moment)
    if max_age is not None and age > max_age:
        said = f"The last good backup of {whose} is {human_age(age)} old; {human_age(int(max_age))} is the limit."
        return [_problem("too_old", said, "See journalctl -u qdrant-backup, then run qdrant-backup run.")]
    return []


def _of_last(last: dict[str, Any] | None) -> list[dict[str, str]]:
    if last is None:
        return []
    found, which = [], f"the newest backup ({last['backup_id']})"
    for item in last["failed"]:
        said = f"Collection {item['name']} is not in {which}: {item['error']}"
        found.append(_problem("failed", said, "Mend the collection; the next run tries it again."))
    for item in last["collections"]:
        if item["suspect"]:
            said = f"Collection {item['name']} is suspect in {which}: {item['suspect']}"
            found.append(_problem("suspect", said, "If that is meant, run qdrant-backup run --accept-shrink."))
        if item["proof_failed"]:
            said = f"Collection {item['name']} in {which} was found damaged: {item['proof_failed']}"
            found.append(_problem("damaged", said, "Run qdrant-backup run, and look into the store."))
    return found


def _of_intents(facts: StatusFacts) -> list[dict[str, str]]:
    return [_problem("open_intent", intent.warning(), f"Run {intent.remedy()}.") for intent in facts.intents]


def _warnings(facts: StatusFacts, last: dict[str, Any] | None, missing: list[str] | None) -> list[str]:
    out = list(facts.unreadable)
    out += [f"Node {name_of(name)} has no backup beside this node's." for name in missing or ()]
    if last is not None and not facts.proven_at:
        out.append("No backup of this node was ever proven: run qdrant-backup verify.")
    if facts.timer is not None and not facts.timer.enabled:
        out.append("The timer is not enabled: systemctl enable --now qdrant-backup.timer")
    return out


def _problem(code: str, message: str, following: str) -> dict[str, str]:
    return {"code": code, "message": message, "next": following}


def _short(backup: dict[str, Any] | None, moment: datetime.datetime) -> dict[str, Any] | None:
    if backup is None:
        return None
    counted = [item["points"] for item in backup["collections"]]
    return {
        **{name: backup[name] for name in _SHORT},
        "age": age_of(backup["finished_at"], moment),
        "points": sum(count or 0 for count in counted),
        "collections": len(counted),
    }


def _timer(facts: StatusFacts) -> dict[str, Any] | None:
    if facts.timer is None:
        return None
    out: dict[str, Any] = {"enabled": facts.timer.enabled, "on_calendar": facts.timer.on_calendar or None}
    for name in ("last_elapse", "next_run"):
        moment = getattr(facts.timer, name)
        out[name] = utc_text(moment) if moment else None
    return out


def human_age(seconds: int) -> str:
    """``45 s``, ``12 min``, ``5 h 3 min``, ``3 d 4 h``."""
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86400:
        return f"{seconds // 3600} h {seconds % 3600 // 60} min"
    return f"{seconds // 86400} d {seconds % 86400 // 3600} h"
