# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a planned restore as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._base.clock import human_age
from .._base.counted import points as points_of
from .._base.plan import human_bytes


def summary_lines(found: dict[str, Any]) -> list[str]:
    """What is read, from where, how long that is expected to take, and what exists; indented as steps are."""
    return [f"  {line}" for line in (*_read(found), *_backup(found), *_space(found), *_exists(found))]


def _read(found: dict[str, Any]) -> Iterator[str]:
    if not found["archives"]:
        return
    archives = f"{found['archives']} archive{'' if found['archives'] == 1 else 's'}"
    classes = found["storage_classes"]
    where = ", ".join(
        name if len(classes) == 1 else f"{name} {human_bytes(about['bytes'])}" for name, about in classes.items()
    )
    yield f"reads {archives}, {human_bytes(found['bytes'])}" + (f", storage class {where}" if where else "")
    measured = found["measured"]
    if measured is None:
        yield "duration unknown: no earlier restore from this repository was measured"
    else:
        rate = human_bytes(int(measured["bytes"] / measured["seconds"])) if measured["seconds"] else "unknown"
        times = "1 earlier restore" if measured["restores"] == 1 else f"{measured['restores']} earlier restores"
        yield f"takes about {found['expected_seconds']:g} s ({rate}/s in {times} from this repository)"


def _backup(found: dict[str, Any]) -> Iterator[str]:
    if found["backup_id"]:
        age, rpo = found["age_seconds"], found["rpo_seconds"]
        old = "" if age is None else f", {human_age(int(age))} old"
        allowed = "" if rpo is None else f" (rpo {human_age(int(rpo))})"
        yield f"backup {found['backup_id']}{old}{allowed}"
    grades = found["grades"]
    if grades:
        known = {name: "unknown" if grade is None else str(grade) for name, grade in grades.items()}
        values = sorted(set(known.values()))
        told = values[0] if len(values) == 1 else ", ".join(f"{name} {grade}" for name, grade in known.items())
        yield f"proven so far: grade {told}"
    versions = found["versions"]
    if versions["backup"]:
        yield f"Qdrant {', '.join(versions['backup'])} in the backup, {versions['node']} on the node"


def _space(found: dict[str, Any]) -> Iterator[str]:
    free = {name: count for name, count in found["free_bytes"].items() if count is not None}
    if found["needed_bytes"]:
        told = ", ".join(f"{human_bytes(count)} in the {name} folder" for name, count in free.items())
        where = f" on {found['needed_on']}" if found.get("needed_on") else ""
        yield f"needs about {human_bytes(found['needed_bytes'])} of space{where}, free: {told or 'unknown'}"


def _exists(found: dict[str, Any]) -> Iterator[str]:
    for item in found["exists"]:
        points = points_of(item["points"])
        backup = "" if item["backup_points"] is None else f", {item['backup_points']} in the backup"
        lost = "; writes since the backup are lost to clients" if item["lost"] else ""
        yield f"{item['name']} exists ({points}{backup}){lost}"
