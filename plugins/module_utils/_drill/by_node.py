# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills one collection on a live server: restored under a throw-away name, measured, and always deleted.

The steps are objects: the plan prints them, and the kill tests stop a drill before each of them.
"""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any, Protocol

from .._base.clock import now, utc_text
from .._base.counted import points as points_of
from .._base.counted import was
from .._base.drill_notes import DrillNote, DrillNotes
from .._base.errors import EngineError, LockedError, RefusedError
from .._base.host import Host
from .._base.plan import Step
from .._base.progress import Event, Progress
from .._fleet.operation import restore_cluster
from .._proof.by_engine import MAX_GRADE, reachable
from .._proof.first_query import first_query
from .._proof.grades import GradeResult
from .._qdrant.client import Node
from .._qdrant.throwaway import drop, throwaway_name
from .._restore.operation import restore
from .._restore.report import RestoreReport
from .._restore.standing import Standing
from .._restore.values import NodeRestoreOptions, RestoreOptions
from .values import COUNT, FETCH, LOAD, PROBES, QUERY, READY, Drilled, Phase
from .verdict import judged

if TYPE_CHECKING:
    from .._repository.manifest import CollectionEntry
    from .._repository.store import Store

_PHASE_OF = {"wait until ready": READY, "prove": PROBES}  # of a step of the restore that failed; else LOAD
_PATIENCE, _POLL = 1800.0, 2.0  # seconds to wait for another run on the node
_LIVE_GRADE = 4  # the probes agree on a live server


@dataclasses.dataclass
class Scene:
    """What the steps work with. node_name: whose backup it is; began: of the drill, on the monotonic clock; whole:
    whether the archives of all nodes of a cluster are restored."""

    node: Node
    store: Store
    host: Host
    options: NodeRestoreOptions
    backup_id: str
    node_name: str
    began: float
    progress: Progress
    whole: bool = False

    def at(self) -> float:
        """Seconds since the drill began."""
        return time.monotonic() - self.began


@dataclasses.dataclass
class Trial:
    """What the steps have found of one collection. entry: of the restore's report; phase and said: of a failure."""

    entry: dict[str, Any] = dataclasses.field(default_factory=dict)
    phases: list[Phase] = dataclasses.field(default_factory=list)
    count: int | None = None
    phase: str = ""
    said: str = ""
    warnings: list[str] = dataclasses.field(default_factory=list)
    damaged: bool = False  #: whether the failure is of the archive, and not of the server
    bad_bytes: bool = False  #: whether its bytes are not as written
    refused: bool = False  #: whether the restore was refused: it created nothing

    def fails(self, phase: str, said: str) -> None:
        """The first failure is reported."""
        if not self.phase:
            self.phase, self.said = phase, said


class DrillStep(Protocol):
    """One step."""

    def describe(self) -> Step:
        """Its line of the plan."""

    def do(self, scene: Scene, trial: Trial) -> None:
        """Do it. EngineError if it could not be done."""


@dataclasses.dataclass(frozen=True)
class WriteNote:
    """Whose the collection is, before it exists."""

    item: CollectionEntry
    name: str
    backup_id: str

    def describe(self) -> Step:
        """See DrillStep."""
        return Step("note throw-away collection", self.name)

    def do(self, scene: Scene, trial: Trial) -> None:
        """See DrillStep."""
        if scene.node.exists(self.name):
            raise EngineError(
                "drill",
                f"collection {self.item.name} on {scene.node.url}",
                f"a collection {self.name} exists, and no note of this host says that a drill created it",
                "Check it and delete it, then drill again.",
            )
        note = DrillNote(self.name, self.backup_id, self.item.name, utc_text(now()))
        DrillNotes(scene.host.state_dir, scene.node.url).write(note)


@dataclasses.dataclass(frozen=True)
class RestoreCopy:
    """The restore, with all its checks and proofs, into the throw-away name."""

    item: CollectionEntry
    name: str

    def describe(self) -> Step:
        """See DrillStep."""
        return Step("restore copy", f"{self.item.name} as {self.name}", self.item.archive.bytes)

    def do(self, scene: Scene, trial: Trial) -> None:
        """See DrillStep."""
        start = scene.at()
        try:
            report, start = _in_turn(scene, self._options(scene))
        except EngineError as error:
            bad = "bad_archive" in {one.get("code") for one in error.details.get("refusals", ())}
            trial.phases.append(Phase(FETCH if bad else LOAD, start, scene.at() - start))
            trial.damaged = trial.bad_bytes = bad
            trial.refused = isinstance(error, RefusedError)
            raise
        told = report.as_dict()
        trial.warnings += told["warnings"]
        items = [*told["collections"], *told["failed"]]
        trial.entry = items[0] if items else {}
        seconds = trial.entry.get("seconds", {})
        load = told["seconds"].get("plan", 0.0)
        load += sum(seconds.get(stage, 0.0) for stage in ("prepare", "create", "recover"))
        for phase, spent in ((LOAD, load), (READY, seconds.get("ready", 0.0)), (PROBES, seconds.get("prove", 0.0))):
            if spent:
                trial.phases.append(Phase(phase, start, spent))
                start += spent
        for failed in told["failed"]:
            wrong = "; ".join(state.damage for dummy, state in report.ended if state.damage)
            trial.bad_bytes = bool(wrong)
            # A comparison that could not be made (a lost connection) says nothing about the archive.
            trial.damaged = failed.get("standing") == Standing.UNPROVEN.value or trial.bad_bytes
            said = str(failed["message"]).removesuffix(str(failed["next"]))  # the advice is about the throw-away name
            said += f" The archive in the store is damaged: {wrong}." if wrong else ""
            trial.fails(_PHASE_OF.get(failed["step"], LOAD), " ".join(said.split()))
        if not items:
            trial.fails(LOAD, "nothing of it was restored")

    def _options(self, scene: Scene) -> RestoreOptions:
        return scene.options.restoring(
            node_name=None if scene.whole else scene.node_name,
            collections=(self.item.name,),
            backup_id=scene.backup_id,
            name=self.name,
            mode="new",
            record=False,
            parallel=1,
        )


@dataclasses.dataclass(frozen=True)
class Measure:
    """A count and a first search, as a client would ask them."""

    item: CollectionEntry
    name: str

    def describe(self) -> Step:
        """See DrillStep."""
        return Step("count and search", self.name, changes=False)

    def do(self, scene: Scene, trial: Trial) -> None:
        """See DrillStep."""
        start = scene.at()
        trial.count = scene.node.count(self.name)
        trial.phases.append(Phase(COUNT, start, scene.at() - start))
        start = scene.at()
        spent = first_query(scene.node, self.name, self.item.probe or {})
        if spent is not None:
            trial.phases.append(Phase(QUERY, start, spent))


@dataclasses.dataclass(frozen=True)
class Drop:
    """The collection goes, whatever came of it; its note goes last."""

    name: str
    origin: str
    backup_id: str

    def describe(self) -> Step:
        """See DrillStep."""
        return Step("delete throw-away collection", self.name)

    def do(self, scene: Scene, trial: Trial) -> None:
        """See DrillStep."""
        drop(scene.host, scene.node, DrillNote(self.name, self.backup_id, self.origin, ""))


def recipe(item: CollectionEntry, backup_id: str) -> tuple[WriteNote, RestoreCopy, Measure, Drop]:
    """The steps of one collection, in order."""
    name = throwaway_name(item.name, backup_id)
    return (
        WriteNote(item, name, backup_id),
        RestoreCopy(item, name),
        Measure(item, name),
        Drop(name, item.name, backup_id),
    )


def drill_collection(scene: Scene, item: CollectionEntry) -> tuple[Drilled, GradeResult | None, str]:
    """The collection, its result for a proof (None if nothing is known of the archive), and why its throw-away
    collection could not be deleted ("" if it was)."""
    first, copy, measure, last = recipe(item, scene.backup_id)
    trial = Trial()
    left = ""
    try:
        _do(first, scene, trial)
        try:
            _do(copy, scene, trial)
            if not trial.phase:
                _do(measure, scene, trial)
        except EngineError as error:
            trial.fails(trial.phases[-1].name if trial.phases else LOAD, error.sentence())
        finally:  # also after a signal
            left = _dropped(last, scene, trial)
    except EngineError as error:
        trial.fails(LOAD, error.sentence())
    return (*_drilled(item, trial), left)


def _attempted(item: CollectionEntry, trial: Trial) -> int:
    """The grade of a proof that clears this failure: of the bytes, or of what is compared on a live server."""
    if trial.bad_bytes:
        return 1
    return _LIVE_GRADE if reachable(item) >= MAX_GRADE else reachable(item)


def _in_turn(scene: Scene, options: RestoreOptions) -> tuple[RestoreReport, float]:
    """The restore, and when it began. A backup that is at work is waited for: it says nothing about the drill."""
    end = scene.at() + _PATIENCE
    while True:
        start = scene.at()
        try:
            if scene.whole:
                node = {scene.node_name: scene.node.options}
                return restore_cluster(options, node, scene.store, progress=scene.progress), start
            return restore(options, scene.node, scene.store, progress=scene.progress), start
        except LockedError:
            if start >= end:
                raise
        scene.progress(Event("wait for another run", scene.node.url))
        time.sleep(_POLL)


def _do(step: DrillStep, scene: Scene, trial: Trial) -> None:
    about = step.describe()
    scene.progress(Event(about.action, about.subject))
    step.do(scene, trial)


def clean_up(step: Drop, scene: Scene, trial: Trial) -> None:
    """Delete the throw-away collection and its note; after a refused restore only the note. EngineError if the
    collection could not be deleted."""
    if trial.refused:  # a collection of this name, if there is one now, is another client's
        DrillNotes(scene.host.state_dir, scene.node.url).remove(step.name)
    else:
        _do(step, scene, trial)


def _dropped(step: Drop, scene: Scene, trial: Trial) -> str:
    try:
        clean_up(step, scene, trial)
    except EngineError as error:
        return error.sentence()
    return ""


def _drilled(item: CollectionEntry, trial: Trial) -> tuple[Drilled, GradeResult | None]:
    """The collection by what the steps found. Pure."""
    grade = int(trial.entry.get("grade") or 0)
    points = trial.count if trial.count is not None else trial.entry.get("points")
    noted = item.points.before if item.points.quiet else None
    if not trial.phase and trial.count is None:
        trial.fails(COUNT, "its points were not counted")
    if not trial.phase and noted is not None and points != noted:
        trial.fails(COUNT, f"it has {points_of(points)}, {was(noted)} counted when the backup was made")
        trial.damaged = True
    found = Drilled(
        name=item.name,
        bytes=item.archive.bytes,
        passed=False,
        grade=_LIVE_GRADE if grade >= 3 else grade,
        points=points,
        expected=noted,
        phase=trial.phase,
        said=trial.said,
        compared=dict(trial.entry.get("compared") or {}),
        phases=tuple(trial.phases),
        warnings=tuple(trial.warnings),
    )
    drilled = judged(found)
    if drilled.passed:
        return drilled, GradeResult(
            item.name, drilled.grade, True, "restored on a live server", item.archive.bytes, drilled.seconds
        )
    if trial.damaged:
        said, size, seconds = trial.said, item.archive.bytes, drilled.seconds
        return drilled, GradeResult(item.name, 0, False, said, size, seconds, attempted=_attempted(item, trial))
    return drilled, None
