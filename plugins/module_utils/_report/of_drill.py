# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a drill. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._base.counted import counted
from .._base.plan import human_bytes
from .._base.sentences import closed
from .._drill.values import ENGINE, SAME, SCRATCH, Drilled, DrilledBackup, DrillReport, Objective
from .model import Bar, Case, Goal, Page, Past
from .words import compared, count, moment

_TARGETS = {
    ENGINE: "Qdrant's embedded engine, without a server",
    SCRATCH: "a scratch node",
    SAME: "a throw-away collection on the same node",
}
_GRADES = (
    "Grade 2: loaded by Qdrant's engine with the right count. Grade 3: sampled points, their vectors and payloads, and "
    "sampled queries also agree with the time of the backup. Grade 4: as 3, on a live server.",
)


def drill_page(report: DrillReport, past: Sequence[Past]) -> Page:
    """The page. past: of the trend, oldest first, this drill included."""
    engine = report.target == ENGINE
    return Page(
        kind="drill",
        title=f"Recovery drill of {report.node}",
        at=report.at,
        good=report.passed,
        verdict=_verdict(report),
        facts=tuple(_facts(report)),
        goals=tuple(_goals(report)),
        bars=tuple(_bars(report)),
        cases=tuple(_case(backup, one) for backup in report.backups for one in backup.collections),
        reasons=tuple(_reasons(report)),
        warnings=report.warnings,
        past=tuple(past),
        notes=(*_GRADES, _measured(engine), *_left_out(report)),
        footer=f"vectorops.qdrant {report.tool_version}, {report.by}",
    )


def _verdict(report: DrillReport) -> str:
    backups = report.backups
    collections = sum(len(backup.collections) for backup in backups)
    points = sum(one.points or 0 for backup in backups for one in backup.collections if one.passed)
    good = sum(one.passed for backup in backups for one in backup.collections)
    which = backups[0].backup_id if len(backups) == 1 else counted(len(backups), "backup")
    if report.passed:
        what = counted(collections, "collection")
        return f"The backup can be restored: {what} with {count(points)} points from {which}, loaded and compared."
    if collections and good == collections and report.cleaned and not any(b.failure or b.absent for b in backups):
        return f"The data of {which} can be restored, but an objective is missed."
    return f"The drill of {which} failed: {good} of {counted(collections, 'collection')} were restored and agree."


def _facts(report: DrillReport) -> Iterator[tuple[str, str]]:
    yield "Node", f"{report.node} (cluster {report.cluster})"
    yield "Drilled at", moment(report.at)
    yield "Restored to", f"{_TARGETS.get(report.target, report.target)} ({report.where})"
    yield "Repository", report.repository
    if len(report.backups) == 1:
        (backup,) = report.backups
        yield "Backup", f"{backup.backup_id}, Qdrant {backup.qdrant_version or 'of an unknown version'}"
        if backup.started_at:
            yield "State of the data", moment(backup.started_at)
        drilled = sum(one.bytes for one in backup.collections)
        size = human_bytes(drilled)
        yield "Size", size if drilled >= backup.bytes else f"{size} of {human_bytes(backup.bytes)}"
        if backup.collections:
            yield "Proven grade", str(backup.grade)
        if backup.proof_key:
            yield "Proof", backup.proof_key
    else:
        yield "Backups", ", ".join(backup.backup_id for backup in report.backups)
    if report.patterns:
        yield "Collections asked for", ", ".join(report.patterns)


def _goals(report: DrillReport) -> Iterator[Goal]:
    """Of one backup; of several, the worst of each objective."""
    for word, name in (("rpo", "Recovery point: data that would be lost"), ("rto", "Recovery time: until it is back")):
        each: list[Objective] = [getattr(backup, word) for backup in report.backups]
        if each:
            worst = max(each, key=lambda one: (one.met is False, one.measured if one.measured is not None else -1.0))
            yield Goal(word.upper(), name, worst.target, worst.measured, worst.met, worst.by)


def _bars(report: DrillReport) -> Iterator[Bar]:
    several = len(report.backups) > 1
    for backup in report.backups:
        tail = f" ({backup.backup_id})" if several else ""
        if backup.find is not None:
            yield Bar(f"the backup{tail}", backup.find.name, backup.find.began, backup.find.seconds)
        for one in backup.collections:
            for phase in one.phases:
                yield Bar(f"{one.name}{tail}", phase.name, phase.began, phase.seconds)


def _case(backup: DrilledBackup, one: Drilled) -> Case:
    return Case(
        group=backup.backup_id,
        name=one.name,
        good=one.passed,
        phase=one.phase,
        why="" if one.passed else one.said,
        points=one.points,
        expected=one.expected,
        bytes=one.bytes,
        grade=one.grade,
        seconds=one.seconds,
        compared=tuple(_compared(one)),
    )


def _compared(one: Drilled) -> Iterator[str]:
    yield from compared(one.compared)
    if one.missing_shards:
        yield f"a part only: shard {', '.join(map(str, one.missing_shards))} is in other nodes' backups"


def _reasons(report: DrillReport) -> Iterator[str]:
    for backup in report.backups:
        for name, phase, why in backup.reasons():
            if phase in ("rpo", "rto"):
                yield f"{backup.backup_id}: {why}."
            elif name == "backup":
                yield f"{backup.backup_id} could not be drilled: {why}"
            else:
                yield f"{name} of {backup.backup_id} failed in phase {phase}: {closed(why)}"
    if not report.cleaned:
        yield "A throw-away collection could not be deleted. The next drill or backup on this host deletes it."


def _measured(engine: bool) -> str:
    if engine:
        return (
            "The times are those of this host: each archive is fetched from the repository, hashed, unpacked and "
            "opened in a child process. A server may need longer or shorter."
        )
    return (
        "The times are those of the live server, one collection after another. The server fetches and loads an archive "
        "in one request, so both are the phase load."
    )


def _left_out(report: DrillReport) -> Iterator[str]:
    left = sum(backup.left_out for backup in report.backups)
    if left:
        yield (
            f"{left} {'collection was' if left == 1 else 'collections were'} not asked for and not drilled. The "
            "recovery time is scaled to the whole backup by bytes."
        )
