# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drill has found: phases, collections, backups, targets, and the verdict. Values only, to and from JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

FORMAT = 1
ENGINE, SCRATCH, SAME = "engine", "scratch", "same"
# In the order in which they run. A live server loads what it fetches in one call, and is asked its probes before the
# first query is measured.
FIND, FETCH, LOAD, READY, COUNT, QUERY, PROBES = "find", "fetch", "load", "ready", "count", "first query", "probes"
PHASES = (FIND, FETCH, LOAD, READY, COUNT, QUERY, PROBES)
AGE, GAP = "age", "gap"  # what an RPO was measured by


@dataclasses.dataclass(frozen=True)
class Phase:
    """One timed phase of a drill. began: seconds after the drill began."""

    name: str
    began: float
    seconds: float


@dataclasses.dataclass(frozen=True)
class Drilled:
    """One collection. passed: it was loaded, and what was compared agrees; phase: where it failed, "" if it passed;
    said: why, or what was compared, as the end of a sentence; expected: points when the backup was made, None if they
    were not exact; missing_shards: of a cluster, on other nodes; compared: as in a proof."""

    name: str
    bytes: int
    passed: bool
    grade: int = 0
    points: int | None = None
    expected: int | None = None
    phase: str = ""
    said: str = ""
    compared: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    missing_shards: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Of all its phases."""
        return sum(phase.seconds for phase in self.phases)


@dataclasses.dataclass(frozen=True)
class Objective:
    """An RPO or an RTO. target: seconds, None if none is set; measured: seconds, None if the drill did not get so far;
    by: how it was measured (AGE or GAP; what was scaled), as words."""

    target: float | None = None
    measured: float | None = None
    by: str = ""

    @property
    def met(self) -> bool | None:
        """None if nothing is to be judged: no target is set."""
        if self.target is None:
            return None
        return self.measured is not None and self.measured <= self.target


@dataclasses.dataclass(frozen=True)
class DrilledBackup:
    """One backup. bytes: of all its archives; seconds: of the phases that were measured; absent: collections that the
    backup should hold and does not, with the reason; failure: why it could not be drilled at all, "" otherwise;
    proof_key: of the proof beside the backup, "" if none was recorded."""

    backup_id: str
    node: str
    rpo: Objective
    rto: Objective
    started_at: str = ""
    finished_at: str = ""
    qdrant_version: str = ""
    bytes: int = 0
    seconds: float = 0.0
    find: Phase | None = None
    collections: tuple[Drilled, ...] = ()
    left_out: int = 0
    absent: tuple[tuple[str, str], ...] = ()
    failure: str = ""
    proof_key: str = ""

    @property
    def proven(self) -> bool:
        """Whether each drilled collection is what was backed up, whatever the time."""
        return (
            bool(self.collections) and not self.failure and not self.absent and all(c.passed for c in self.collections)
        )

    @property
    def passed(self) -> bool:
        """Whether it is proven, and no objective is missed."""
        return self.proven and self.rpo.met is not False and self.rto.met is not False

    @property
    def grade(self) -> int:
        """The lowest grade of its drilled collections."""
        return min((one.grade for one in self.collections), default=0) if self.proven else 0

    def reasons(self) -> Iterable[tuple[str, str, str]]:
        """(collection or objective, phase, why) of everything that keeps the backup from passing."""
        if self.failure:
            yield "backup", FIND, self.failure
        for name, why in self.absent:
            yield name, FIND, f"it is not in the backup: {why}"
        for one in self.collections:
            if not one.passed:
                yield one.name, one.phase, one.said
        for word, objective in (("rpo", self.rpo), ("rto", self.rto)):
            if objective.met is False:
                yield word, word, _missed(word, objective)


def _missed(word: str, objective: Objective) -> str:
    if objective.measured is None:
        return f"{word.upper()} was not measured, because the drill failed"
    measured, target = round(objective.measured, 3), round(objective.target or 0.0, 3)
    digits = 0 if round(measured) != round(target) else 3  # else both numbers would be the same
    return (
        f"{word.upper()} missed: {measured:.{digits}f} s measured ({objective.by}), the target is {target:.{digits}f} s"
    )


@dataclasses.dataclass(frozen=True)
class DrillReport:
    """One drill. target: ENGINE, SCRATCH or SAME; where: the engine's version, or the node's URL and version; asked:
    the backup and the patterns that were asked for."""

    cluster: str
    node: str
    at: str
    by: str
    tool_version: str
    target: str
    where: str
    repository: str = ""
    asked: str = ""
    patterns: tuple[str, ...] = ()
    backups: tuple[DrilledBackup, ...] = ()
    warnings: tuple[str, ...] = ()
    cleaned: bool = True  #: False if a throw-away collection could not be deleted

    @property
    def passed(self) -> bool:
        """The verdict."""
        return self.cleaned and bool(self.backups) and all(backup.passed for backup in self.backups)

    @property
    def newest(self) -> DrilledBackup | None:
        """The newest of the drilled backups."""
        return max(self.backups, key=lambda one: one.backup_id, default=None)

    def as_dict(self) -> dict[str, Any]:
        """The record, JSON-able."""
        return {
            "format": FORMAT,
            "passed": self.passed,
            "cluster": self.cluster,
            "node": self.node,
            "at": self.at,
            "by": self.by,
            "tool_version": self.tool_version,
            "target": self.target,
            "where": self.where,
            "repository": self.repository,
            "asked": self.asked,
            "patterns": list(self.patterns),
            "cleaned": self.cleaned,
            "backups": [_backup_dict(backup) for backup in self.backups],
            "warnings": list(self.warnings),
        }


def _backup_dict(backup: DrilledBackup) -> dict[str, Any]:
    return {
        "backup_id": backup.backup_id,
        "node": backup.node,
        "passed": backup.passed,
        "grade": backup.grade,
        "started_at": backup.started_at,
        "finished_at": backup.finished_at,
        "qdrant_version": backup.qdrant_version,
        "bytes": backup.bytes,
        "seconds": round(backup.seconds, 3),
        "rpo": _objective_dict(backup.rpo),
        "rto": _objective_dict(backup.rto),
        "find": _phase_dict(backup.find) if backup.find else None,
        "collections": [_collection_dict(one) for one in backup.collections],
        "left_out": backup.left_out,
        "absent": [{"name": name, "why": why} for name, why in backup.absent],
        "failure": backup.failure,
        "proof_key": backup.proof_key,
        "reasons": [{"name": name, "phase": phase, "why": why} for name, phase, why in backup.reasons()],
    }


def _objective_dict(one: Objective) -> dict[str, Any]:
    measured = None if one.measured is None else round(one.measured, 3)
    return {"target": one.target, "measured": measured, "by": one.by, "met": one.met}


def _phase_dict(phase: Phase) -> dict[str, Any]:
    return {"phase": phase.name, "began": round(phase.began, 3), "seconds": round(phase.seconds, 3)}


def _collection_dict(one: Drilled) -> dict[str, Any]:
    return {
        "name": one.name,
        "bytes": one.bytes,
        "passed": one.passed,
        "grade": one.grade,
        "points": one.points,
        "expected": one.expected,
        "phase": one.phase,
        "said": one.said,
        "compared": dict(one.compared),
        "phases": [_phase_dict(phase) for phase in one.phases],
        "missing_shards": list(one.missing_shards),
        "warnings": list(one.warnings),
    }


def read_report(data: Mapping[str, Any]) -> DrillReport | None:
    """The drill in a record; None if it is not one of this format. The verdict is computed again from the facts."""
    try:
        if data["format"] != FORMAT:
            return None
        report = DrillReport(
            **{name: str(data[name]) for name in _TEXTS},
            patterns=tuple(str(one) for one in data["patterns"]),
            backups=tuple(_read_backup(one) for one in data["backups"]),
            warnings=tuple(str(one) for one in data["warnings"]),
            cleaned=data["cleaned"] is True,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return report


_TEXTS = ("cluster", "node", "at", "by", "tool_version", "target", "where", "repository", "asked")


def _read_backup(data: Mapping[str, Any]) -> DrilledBackup:
    return DrilledBackup(
        backup_id=str(data["backup_id"]),
        node=str(data["node"]),
        rpo=_read_objective(data["rpo"]),
        rto=_read_objective(data["rto"]),
        started_at=str(data["started_at"]),
        finished_at=str(data["finished_at"]),
        qdrant_version=str(data["qdrant_version"]),
        bytes=int(data["bytes"]),
        seconds=float(data["seconds"]),
        find=_read_phase(data["find"]) if data["find"] else None,
        collections=tuple(_read_collection(one) for one in data["collections"]),
        left_out=int(data["left_out"]),
        absent=tuple((str(one["name"]), str(one["why"])) for one in data["absent"]),
        failure=str(data["failure"]),
        proof_key=str(data["proof_key"]),
    )


def _read_objective(data: Mapping[str, Any]) -> Objective:
    return Objective(_number(data["target"]), _number(data["measured"]), str(data["by"]))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _count(value: Any) -> int | None:
    return None if value is None else int(value)


def _read_phase(data: Mapping[str, Any]) -> Phase:
    return Phase(str(data["phase"]), float(data["began"]), float(data["seconds"]))


def _read_collection(data: Mapping[str, Any]) -> Drilled:
    return Drilled(
        name=str(data["name"]),
        bytes=int(data["bytes"]),
        passed=data["passed"] is True,
        grade=int(data["grade"]),
        points=_count(data["points"]),
        expected=_count(data["expected"]),
        phase=str(data["phase"]),
        said=str(data["said"]),
        compared=dict(data["compared"]),
        phases=tuple(_read_phase(one) for one in data["phases"]),
        missing_shards=tuple(int(shard) for shard in data["missing_shards"]),
        warnings=tuple(str(one) for one in data["warnings"]),
    )
