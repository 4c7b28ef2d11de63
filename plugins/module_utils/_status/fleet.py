# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge a whole fleet: one row and one verdict for each host, from the reports of its program. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._base.choose import unmatched
from .._base.clock import human_age
from .._base.counted import counted
from .._base.plan import human_bytes
from .._base.sentences import joined

OK = "ok"  #: the state of a host that answered; others are failed, unreachable and not tried
# {"host", "state", "said": the error, "report": of the program, "asked": collections of a listing}; the last three can
# be missing.
Row = Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Fleet:
    """The verdict on all hosts."""

    what: str  #: "status" or "verification"
    head: tuple[str, ...]  #: of the table
    table: tuple[tuple[Any, ...], ...]  #: one row for each host, in the order of the inventory
    attention: tuple[str, ...]  #: sentences that begin with the host's name
    hosts: tuple[Row, ...]

    @property
    def summary(self) -> str:
        """One sentence with numbers."""
        total = len(self.hosts)
        bad = len({text.partition(": ")[0] for text in self.attention})
        attention = f"{bad} of {counted(total, 'host')} {'needs' if bad == 1 else 'need'} attention"
        verdict = attention if bad else "the host is good" if total == 1 else f"all {total} hosts are good"
        return f"The {self.what} of the fleet: {verdict}"

    def document(self) -> dict[str, Any]:
        """The report file."""
        return {
            "ok": not self.attention,
            "summary": self.summary,
            "attention": list(self.attention),
            "hosts": [dict(row) for row in self.hosts],
        }


def status(rows: Iterable[Row]) -> Fleet:
    """The hosts' reports of ``status``."""
    hosts = tuple(rows)
    head = ("HOST", "NODE", "LAST GOOD", "AGE", "GRADE", "COLLECTIONS", "POINTS", "LAST PROOF", "STATE")
    attention = [text for row in hosts for text in _of_status(row)] + _same_name(hosts)
    return Fleet("status", head, tuple(_status_row(row) for row in hosts), tuple(attention), hosts)


def verification(rows: Iterable[Row]) -> Fleet:
    """The hosts' reports of ``verify``, or of ``list`` where only the listing was compared."""
    hosts = tuple(rows)
    head = ("HOST", "BACKUPS", "NEWEST", "ARCHIVES", "SIZE", "GRADE", "STATE")
    attention = tuple(text for row in hosts for text in _of_verification(row))
    return Fleet("verification", head, tuple(_verify_row(row) for row in hosts), attention, hosts)


def _failure(row: Row) -> list[str]:
    said = row.get("said")
    return [] if row["state"] == OK else [f"{row['host']}: {row['state']}{f', {said}' if said else ''}"]


def _of_status(row: Row) -> list[str]:
    problems = row["report"]["problems"] if row["state"] == OK else ()
    return _failure(row) + [f"{row['host']}: {joined(item['message'], item['next'])}" for item in problems]


def _status_row(row: Row) -> tuple[Any, ...]:
    if row["state"] != OK:
        return (row["host"], *(None,) * 7, row["state"])
    report = row["report"]
    good: Mapping[str, Any] = report["last_good"] or {}
    age = human_age(good["age"]) if good else None
    counts = (good.get("grade"), good.get("collections"), good.get("points"))
    state = ", ".join(dict.fromkeys(item["code"] for item in report["problems"])) or "good"
    name = f"{report['cluster']}/{report['node']}"
    return (row["host"], name, good.get("backup_id"), age, *counts, report["proven_at"], state)


def _same_name(hosts: Sequence[Row]) -> list[str]:
    """Hosts that back up to one place in a repository: each would take the other's backups for its own."""
    places: dict[tuple[str, str, str], list[str]] = {}
    for row in hosts:
        if row["state"] == OK and row["report"].get("repository"):
            report = row["report"]
            place = (str(report["repository"]), str(report["cluster"]), str(report["node"]))
            places.setdefault(place, []).append(str(row["host"]))
    return [
        f"{host}: backs up to {where} as {node} of cluster {cluster}, as {', '.join(o for o in names if o != host)} "
        "does. Give each host its own qdrant_backup_node, or each cluster its own qdrant_backup_cluster."
        for (where, cluster, node), names in places.items()
        if len(names) > 1 and not where.startswith(("/", "file:"))  # a folder is each host's own
        for host in names
    ]


def _of_verification(row: Row) -> list[str]:
    if row["state"] != OK:
        return _failure(row)
    report = row["report"]
    # The module, the program, and a listing call them so.
    failures = next((report[name] for name in ("failures", "failed", "unreadable") if name in report), ())
    found = [f"{row['host']}: {item['message']}" for item in failures]
    for backup in report["backups"]:
        # Unknown is what other nodes hold if the host's keys are limited to its own: those report it themselves.
        if backup.get("completeness", {}).get("state") == "incomplete":
            found.append(f"{row['host']}: backup {backup['backup_id']} is {backup['completeness']['text']}")
    held = [item["name"] for backup in report["backups"] for item in backup["collections"]]
    lacking = unmatched(row.get("asked") or (), held) if report["backups"] else []
    if lacking:
        found.append(
            f"{row['host']}: no selected backup contains {', '.join(lacking)}. Check qdrant_fleet_collections."
        )
    if not report["backups"] and not found and "plan" not in report:
        found.append(f"{row['host']}: the repository has no backup of this host. Make one: qdrant-backup run")
    return found


def _verify_row(row: Row) -> tuple[Any, ...]:
    if row["state"] != OK:
        return (row["host"], *(None,) * 5, row["state"])
    backups = row["report"]["backups"]
    newest = max((item["backup_id"] for item in backups), default=None)
    archives = sum(len(one.get("archives") or [one]) for item in backups for one in item["collections"])
    grade = min((item["grade"] for item in backups), default=None)
    size = human_bytes(sum(item["bytes"] for item in backups))
    return (row["host"], len(backups), newest, archives, size, grade, "NOT GOOD" if _of_verification(row) else "good")
