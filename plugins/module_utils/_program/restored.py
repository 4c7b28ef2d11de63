# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a restore as text: what was restored, what was proven, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._base.counted import counted
from .._base.counted import points as points_of
from .._base.plan import human_bytes
from .._report.words import pointing
from .again import command_line
from .columns import seconds, table
from .wording import place_of

_HEAD = ("COLLECTION", "RESTORED AS", "POINTS", "SIZE", "BY", "TIME", "PROOF")


def lines(report: dict[str, Any], typed: Mapping[str, Any]) -> list[str]:
    """The report without warnings and errors, which are printed before it. typed: options of the command line."""
    items = report["collections"]
    rows = [
        (
            item["collection"],
            item["name"],
            item["points"],
            human_bytes(item["bytes"]),
            item["delivery"],
            seconds(item["seconds"]),
            proof(item),
        )
        for item in items
    ]
    out = table(_HEAD, rows) if rows else []
    out += [*_verdict(items, bool(report["excluded"])), *(line for item in items for line in _next(item))]
    out += [_left_alone(item) for item in report["left_alone"]]
    out += list(_failed(report["failed"]))
    if report["left_out"]:
        out.append(f"Nothing to restore on this node: {', '.join(report['left_out'])}.")
    if report["excluded"]:
        out.append(_excluded(report["excluded"], typed))
    if report["not_done"]:
        out.append(_not_started(report["not_done"], report["plan"]["summary"]["backup_id"], typed))
    if report.get("rolled_back") is not None:
        out += _rolled_back(report["rolled_back"])
    return (out or ["Nothing was restored."]) + [f"{path} is written." for path in report.get("reports", ())]


def _not_started(names: Sequence[str], backup_id: str, typed: Mapping[str, Any]) -> str:
    which = ("--backup-id", backup_id) if backup_id else ()
    line = command_line(
        "restore", typed, *which, without=("collections", "exclude", "backup_id", "before"), names=names
    )
    return f"Not started: {', '.join(names)}. To restore {'it' if len(names) == 1 else 'them'}: {line}"


def _excluded(names: Sequence[str], typed: Mapping[str, Any]) -> str:
    """Exit code 0 and ``ok`` are about what was asked for: this line says that it was not all of the backup."""
    own = command_line("list", place_of("list", typed), names=names)
    return (
        f"Excluded and not restored: {', '.join(names)}. To see {'its' if len(names) == 1 else 'their'} backups: {own}"
    )


def _rolled_back(item: dict[str, Any]) -> Iterator[str]:
    if item["aliases"]:
        yield f"{pointing(item['aliases'])} to {item['to']} again ({points_of(item['points'])})."
    yield f"{item['from']} is kept. Drop it when no client uses it."


def _verdict(items: Sequence[dict[str, Any]], excluded: bool) -> Iterator[str]:
    lacking = [item for item in items if item.get("lacking_shards")]
    parts = [item["name"] for item in items if not item["whole"] and item not in lacking]
    repaired = [item for item in items if item.get("mode") == "repair"]
    complete = [item for item in items if item["whole"] and item not in repaired]
    whole = [item["name"] for item in complete if _compared(item)]
    gaps = [item["name"] for item in complete if item["name"] not in whole]
    if whole:
        every = f"{len(whole)} collections" if excluded else f"All {len(whole)}"
        names = ", ".join(whole) if gaps or len(whole) == 1 else every
        what = "is what was backed up" if len(whole) == 1 else "are what was backed up"
        yield f"{names} {what}, as far as the backup can tell. {'It' if len(whole) == 1 else 'They'} can be used."
    if gaps:
        verb, them = ("is", "it is") if len(gaps) == 1 else ("are", "they are")
        yield f"{', '.join(gaps)} {verb} restored, but the proof has gaps (PROOF). Check before {them} used."
    for item in repaired:
        shards = ", ".join(map(str, sorted({one["shard"] for one in item["shards"]})))
        yield f"Shard {shards} of {item['name']} is as in the backup; the other shards were not touched."
    for item in lacking:
        shards = ", ".join(map(str, item["lacking_shards"]))
        yield f"{item['name']} is restored without shard {shards}, which the backup lacks: points are missing."
    if parts:
        yield (
            f"This node's part of {', '.join(parts)} is restored. Restore on the other nodes too, one after another. "
            "The last part proves the whole collection."
        )


def _compared(item: dict[str, Any]) -> bool:
    """Whether points and count were compared. An empty collection has no point to compare."""
    found = item["compared"]
    return bool(found["count"] and (found["points"] or item["points"] == 0))


def _left_alone(item: dict[str, Any]) -> str:
    """What was found of a collection that existed."""
    if item["agrees"] is None:
        found = "there was nothing to compare with"
    elif item["agrees"]:
        found = proof(item)
    else:
        found = f"it differs from backup {item['backup_id']}: {'; '.join(item['differences'])}"
    return f"{item['name']} exists and was left alone: {found}."


def _failed(items: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The state of collections that failed. The errors, with what to do, are printed before."""
    back = [item["name"] for item in items if item.get("standing") == "proven"]
    lost = [item for item in items if item["name"] not in back]
    if lost:
        known = [f" ({item['standing']})" if item.get("standing") else "" for item in lost]
        names = ", ".join(item["name"] + word for item, word in zip(lost, known))
        yield f"Not restored, or not proven: {names}. The error above says why and what to do."
    if back:
        yield f"Restored and proven, but aliases are missing: {', '.join(back)}. The error above says what to do."
    for item in lost:
        if item.get("safety_snapshot"):
            yield f"The previous state of {item['name']} is kept in snapshot {item['safety_snapshot']}."


def _next(item: dict[str, Any]) -> Iterator[str]:
    name = item["name"]
    if item.get("switched") is not None:
        yield from _switched(name, item["points"], item["switched"])
    elif item["aliases"]:
        yield f"{name} is also available as {', '.join(item['aliases'])}."
    elif name != item["collection"]:
        yield f"Clients do not use {name} yet. If it is right, point their alias to it."
    if item.get("safety_snapshot"):
        yield f"The previous state of {name} is kept in snapshot {item['safety_snapshot']}."
    for left in item.get("left_to_qdrant", ()):
        how = f"run: {left['call']}" if left["call"] else "Qdrant does this by itself."
        yield f"Shard {left['shard']} of {name} on {left['node']} is left to Qdrant ({left['why']}): {how}"


def _switched(name: str, points: int | None, item: dict[str, Any]) -> Iterator[str]:
    before = f"{item['from']} ({points_of(item['points_before'])})"
    yield f"{pointing(item['aliases'])} to {name} now ({points_of(points)}), before to {before}."
    if item["roll_back"]:
        yield f"{item['from']} is kept. To go back: {item['roll_back']}"
    if item["safety_snapshot"]:
        yield f"{item['from']} was deleted. Its state is kept in snapshot {item['safety_snapshot']}."


def proof(item: dict[str, Any]) -> str:
    """What was compared and agrees; says so if the count was not compared."""
    found = item["compared"]
    words = ["sha256"] if found["hash"] else []
    words += ["count"] if found["count"] else []
    words += [counted(found["points"], "point")] if found["points"] else []
    words += [counted(found["queries"], "query", "queries")] if found["queries"] else []
    if not words:
        return "nothing was compared"
    said = f"{words[0]} agrees" if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]} agree"
    return said if found["count"] else f"{said}; the count was not compared"
