# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a restore, from its report (``RestoreReport.as_dict``). Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from .._base.counted import counted
from .._base.plan import human_bytes
from .model import Bar, Case, Page
from .words import compared, count, pointing, span


@dataclasses.dataclass(frozen=True)
class About:
    """What the report itself does not say. target: the node's URL; repository: "" if the source is none."""

    at: str
    target: str
    repository: str
    by: str
    tool_version: str


_NOTES = (
    "Each bar begins when its collection was begun; small collections are restored at the same time.",
    "Grade 1: the node compared the archive's checksum. Grade 2: the exact count is that of the backup. Grade 3: "
    "sampled points, their vectors and payloads, and sampled queries also agree.",
    "The page proves that the collections are what was backed up. It does not prove that the data was right then.",
)


def restore_page(report: Mapping[str, Any], about: About) -> Page:
    """The page."""
    good = bool(report["ok"]) and not report["not_done"]
    return Page(
        kind="restore",
        title=f"Restore on {about.target}",
        at=about.at,
        good=good,
        verdict=_verdict(report, good),
        facts=tuple(_facts(report, about)),
        bars=tuple(_bars(report)),
        cases=tuple(_cases(report)),
        reasons=tuple(_reasons(report)),
        warnings=tuple(str(text) for text in report["warnings"]),
        notes=_NOTES,
        footer=f"vectorops.qdrant {about.tool_version}, {about.by}",
    )


def _verdict(report: Mapping[str, Any], good: bool) -> str:
    items = report["collections"]
    points = sum(item["points"] or 0 for item in items)
    what = counted(len(items), "collection")
    if not good:
        failed = len(report["failed"]) + len(report["not_done"])
        verb = "is" if failed == 1 else "are"
        return f"{failed} of {counted(len(items) + failed, 'collection')} {verb} not restored, or not proven."
    moved = report.get("rolled_back")
    if moved and moved["aliases"]:
        return f"No data was restored: {pointing(moved['aliases'])} to {moved['to']} again."
    left = report["excluded"]
    more = f" {counted(len(left), 'collection')} {'was' if len(left) == 1 else 'were'} excluded." if left else ""
    if not items:
        return f"Nothing had to be restored.{more}"
    gaps = [item["name"] for item in items if not item["proven"]]
    if gaps:
        return f"{what} with {count(points)} points restored, but the proof of {', '.join(gaps)} has gaps.{more}"
    return f"{what} with {count(points)} points restored, and compared with the backup: all agree.{more}"


def _facts(report: Mapping[str, Any], about: About) -> Iterator[tuple[str, str]]:
    yield "Restored to", about.target
    if about.repository:
        yield "Repository", about.repository
    every = [*report["collections"], *report["failed"]]
    ids = sorted({str(item["backup_id"]) for item in every if item["backup_id"]})
    if ids:
        yield "Backup", ", ".join(ids)
    yield "Size", human_bytes(sum(item["bytes"] for item in report["collections"]))
    yield "Time", span(report["seconds"].get("total"))
    aliases = sorted({str(alias) for item in report["collections"] for alias in item["aliases"]})
    if aliases:
        yield "Aliases", ", ".join(aliases)
    alone = [str(item["name"]) for item in report["left_alone"]]
    if alone:
        yield "Left alone, because they exist", ", ".join(alone)
    if report["excluded"]:
        yield "Excluded, and not restored", ", ".join(map(str, report["excluded"]))
    kept = [text for item in every for text in _kept(item)]
    if kept:
        yield "Safety snapshots of the previous data", ", ".join(kept)


def _kept(item: Mapping[str, Any]) -> Iterator[str]:
    """Snapshots that hold what a collection, or the one that clients used before a switch, was."""
    for one in (item.get("safety_snapshot"), (item.get("switched") or {}).get("safety_snapshot")):
        if one:
            yield str(one)
    for one in item.get("safety_snapshots", ()):
        yield f"{one['snapshot']} (shard {one['shard']} on {one['node']})"


def _bars(report: Mapping[str, Any]) -> Iterator[Bar]:
    for item in (*report["collections"], *report["failed"]):
        began = 0.0
        for stage, seconds in item["seconds"].items():
            yield Bar(str(item["name"]), str(stage), began, float(seconds))
            began += float(seconds)


def _cases(report: Mapping[str, Any]) -> Iterator[Case]:
    for item in report["collections"]:
        yield dataclasses.replace(_case(item), bytes=item["bytes"], grade=item["grade"])
    for item in report["failed"]:
        yield dataclasses.replace(_case(item), good=False, phase=str(item["step"]), why=str(item["message"]))


def _case(item: Mapping[str, Any]) -> Case:
    name = str(item["name"])
    shown = name if name == item["collection"] else f"{item['collection']} as {name}"
    seconds = sum(float(spent) for spent in item["seconds"].values())
    return Case(
        str(item["backup_id"]),
        shown,
        True,
        points=item.get("points"),
        expected=item.get("expected_points"),
        seconds=seconds,
        compared=tuple(compared(item.get("compared") or {})),
    )


def _reasons(report: Mapping[str, Any]) -> Iterator[str]:
    for item in report["failed"]:
        yield str(item["message"])
    for name in report["not_done"]:
        yield f"{name} was not started, because another collection failed."
