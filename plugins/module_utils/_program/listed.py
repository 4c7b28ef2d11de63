# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of list and show as lines: one line a backup, and problems below the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._base.counted import counted
from .._base.plan import human_bytes
from .._repository.completeness import Gap
from .again import command_line
from .columns import table
from .named import named
from .warned import collection_warnings

_OF_LIST = ("limit", "node", "backup_id", "before", "collections")
_MOST = 5  # names or keys of one kind that ``list`` prints for one backup; ``show`` prints all
_HEAD = ("BACKUP", "NODE", "FINISHED", "COLLECTIONS", "SIZE", "GRADE", "STATE")
_LOST = "lost (deleted by hand or by the bucket's lifecycle, or not of the size in the manifest): "


def backups(report: dict[str, Any], typed: Mapping[str, Any]) -> list[str]:
    """The report of ``list``. typed: the options of its command line by name, for the commands that show more."""
    shown = report["backups"]
    if not shown and not report["unreadable"]:
        return ["No backups."]
    rows: list[tuple[Any, ...]] = [
        (
            backup["backup_id"],
            backup["node"],
            backup["finished_at"],
            len(backup["collections"]),
            human_bytes(backup["bytes"]),
            backup["grade"],
            _state(backup, "not in it" if typed.get("collections") else "no archives"),
        )
        for backup in shown
    ]
    rows += [(one["backup_id"], one["node"], *(None,) * 4, "manifest NOT READ") for one in report["unreadable"]]
    lines = table(_HEAD, sorted(rows, key=lambda row: (str(row[0]), str(row[1])), reverse=True))
    told: set[str] = set()
    for backup in shown:
        more = command_line("show", typed, "--node", backup["node"], backup["backup_id"], without=_OF_LIST)
        found = list(_of_node(backup, more))
        if found:
            lines += ["", f"{backup['backup_id']} of {backup['node']}:", *("  " + line for line in found)]
        if backup["backup_id"] not in told:
            told.add(backup["backup_id"])
            found = list(_of_id(backup, more))
            if found:
                head = f"{backup['backup_id']} {_nodes(backup)}:"
                lines += ["", head, *("  " + line for line in found)]
    drills = _drills(report)
    lines += ["", *drills] if drills else []
    older = report.get("older", 0)
    if older:
        what = "1 older backup is" if older == 1 else f"{older} older backups are"
        command = command_line("list", typed, "--all", without=("limit",))
        lines += ["", f"{what} not shown. To see all {report['total']}: {command}"]
    return lines


def _drills(report: dict[str, Any]) -> list[str]:
    """The last drill of each node, one line each."""
    return [
        f"last drill of {one['node']}: {one['at']}, {'passed' if one['passed'] else 'FAILED'}"
        for one in report["drills"]
    ]


def one_backup(report: dict[str, Any]) -> list[str]:
    """The report of ``show``."""
    lines: list[str] = []
    for backup in report["backups"]:
        lines += [""] if lines else []
        lines += [
            f"Backup {backup['backup_id']} of {backup['node']} in cluster {backup['cluster']}",
            f"  finished {backup['finished_at']}, Qdrant {backup['qdrant_version']}, {human_bytes(backup['bytes'])}, "
            f"grade {backup['grade']}, {_state(backup)}",
            *_about_manifest(backup),
        ]
        rows = [
            (
                named(item),
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
        lines += [f"  warning: {text}" for text in (*backup["warnings"], *collection_warnings(backup))]
        found = list(_of_id(backup))
        lines += [f"  {_nodes(backup)}: {line}" for line in found]
    return lines


def _about_manifest(backup: dict[str, Any]) -> list[str]:
    """The server of the backup, and whether its manifest has a digest."""
    before, lines = backup["server_before"], []
    if backup["peer_id"] is not None:
        lines.append(f"  server peer {backup['peer_id']}")
    if before:
        lines[-1] += f"; the backup before it, {before['last_backup_id']}, is of peer {before['peer_id']}"
    if backup["digest"] is None:
        lines.append("  manifest without a digest: it was written by an earlier version")
    return lines


def _state(backup: dict[str, Any], nothing: str = "no archives") -> str:
    """The state of a backup in a few words, worst first. nothing: the word for one without a collection to show."""
    found = backup.get("completeness")
    checked = [found["text"]] if found else []
    words = [] if found and found["state"] == "complete" else list(checked)
    lost = sum(bool(archive["lost"]) for item in backup["collections"] for archive in item["archives"])
    words += [f"{counted(lost, 'archive')} lost"] if lost and not checked else []
    words += ["not good"] if any(item["proof_failed"] for item in backup["collections"]) else []
    words += ["collections failed"] if backup["failed"] and not checked else []
    words += ["suspect"] if backup["suspect"] or any(item["suspect"] for item in backup["collections"]) else []
    words += ["another server"] if backup["server_before"] else []
    if not backup["collections"]:
        return ", ".join(words or [*checked, nothing])
    return ", ".join(words or [*checked, _proven(backup["grade"])])


def _nodes(backup: dict[str, Any]) -> str:
    found = backup["completeness"]
    return f"{found['state']}, {len(found['present'])} of {counted(len(found['expected']), 'node')}"


def _proven(grade: int) -> str:
    """A backup is good only if it was read back after it was stored."""
    return "good" if grade else "unproven"


def _note(item: dict[str, Any]) -> str:
    if item["lost"]:
        return f"lost: {item['lost']}"
    if item["proof_failed"]:
        return f"not good: {item['proof_failed']}"
    return f"suspect: {item['suspect']}" if item["suspect"] else _proven(item["grade"])


def _of_node(backup: dict[str, Any], more: str) -> Iterator[str]:
    """Problems of one node's part. more: the command that shows all of them."""
    items = backup["collections"]
    yield from _some("not good: ", [item["name"] for item in items if item["proof_failed"]], more)
    yield from _some("suspect: ", [item["name"] for item in items if item["suspect"]], more)
    if "completeness" not in backup:
        yield from _keys(_LOST, [one["archive"] for item in items for one in item["archives"] if one["lost"]], more)
    if backup["suspect"]:
        yield f"suspect: {backup['suspect']}"
    failed = [f"{item['name']}: {item['error']}" for item in backup["failed"]]
    for line in failed[:_MOST]:
        yield f"failed: {line}"
    yield from _rest(failed, more)


def _of_id(backup: dict[str, Any], more: str = "") -> Iterator[str]:
    """Missing and unused parts of a backup over all nodes. more: the command that shows all of them, "" to show all."""
    found = backup.get("completeness")
    if found is None:
        return
    own = {f"{item['name']} on {backup['node']}" for item in backup["failed"]}
    yield from _some("no manifest of node: ", found["missing_nodes"], more)
    gaps = [Gap(**gap).sentence() for gap in found["gaps"]]
    yield from gaps[: _MOST if more else None]
    yield from _rest(gaps, more)
    yield from _some("failed: ", [name for name in found["failed"] if name not in own], more)
    yield from _some("not read: ", found["unseen"], more)
    for prefix, keys in ((_LOST, found["lost"]), ("in no manifest, not needed: ", found["unused"])):
        yield from _keys(prefix, keys, more)


def _keys(prefix: str, keys: Sequence[str], more: str) -> Iterator[str]:
    """The first few keys, one a line."""
    for key in keys[: _MOST if more else None]:
        yield prefix + key
    yield from _rest(keys, more)


def _some(prefix: str, names: Sequence[str], more: str) -> Iterator[str]:
    """The first few names in one line."""
    if names:
        yield prefix + ", ".join(names[: _MOST if more else None])
        yield from _rest(names, more)


def _rest(names: Sequence[str], more: str) -> Iterator[str]:
    if more and len(names) > _MOST:
        yield f"and {len(names) - _MOST} more: {more}"
