# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring collections back: facts, then a plan, then its steps, then a report."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from .._base.errors import EngineError
from .._base.host import Host
from .._base.progress import Progress, silent
from .._qdrant.client import Node
from .._repository.keeper import node_lock
from . import quotas
from .choose import already_back
from .crew import Crew
from .facts import gather
from .plan import Job, RestorePlan, make_plan
from .proofs import Proofs
from .report import RestoreReport
from .roll_back import roll_back
from .run import run
from .scene import Scene
from .side_by_side import SideBySide
from .space import in_flight
from .state import State
from .task import FINISH, Task
from .times import Times
from .values import RestoreFacts, RestoreOptions

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue
    from .._repository.store import Store


def restore(
    options: RestoreOptions, node: Node, store: Store | None, *, check: bool = False, progress: Progress = silent
) -> RestoreReport:
    """Bring collections back and prove them.

    Raises RefusedError (nothing was changed) when the plan has refusals. A collection that fails keeps those after it
    from being begun; the report says what came of each.
    """
    if options.roll_back:
        return roll_back(options, node, check=check, progress=progress)
    times = Times()
    if check:
        facts, planned = _planned(options, node, store)
        times.note("plan")
        return RestoreReport(planned.plan, planned.diff, times.all(), left_out=_left_out(facts, options))
    host = Host(options.state_dir, node.url)
    with host.lock("restore"):
        facts, planned = _planned(options, node, store)
        times.note("plan")
        nodes = [source.node for source, dummy in facts.pairs if source.kind == "repository"]
        # What only compares needs no lock of the repository and disturbs no backup.
        locked = store if nodes and planned.plan.changes else None
        whose = options.node_name or (nodes[0] if nodes else "")
        # A repository that may only be read holds no lock: a restore goes on without one.
        with node_lock(locked, options.cluster, whose, "a restore", host.mark(), must=False) as keeper:
            if planned.plan.changes:
                _wait_for_snapshots(node, options.silence_timeout)
            proofs = Proofs(_catalogue(store, options))
            scene = Scene(node, store, host, options, progress, proofs, keeper.confirm, storage=facts.storage)
            unrecorded = _keep_earlier(scene, planned)
            room = in_flight(facts, options, [job.task for job in planned.jobs])
            report = _carry_out(planned, scene, room, times)
            told = quotas.set_quotas(node, quotas.to_set(facts, options)) if report.ok else []
            warnings = (*keeper.warnings, *unrecorded, *told)
            return dataclasses.replace(report, left_out=_left_out(facts, options), warnings=warnings)


def _planned(options: RestoreOptions, node: Node, store: Store | None) -> tuple[RestoreFacts, RestorePlan]:
    """Facts and the plan. RefusedError if it has refusals."""
    facts = gather(options, node, store)
    planned = make_plan(facts, options)
    planned.plan.refuse_or_go()
    return facts, planned


def _keep_earlier(scene: Scene, planned: RestorePlan) -> list[str]:
    """Record the proofs that earlier runs left in the host's notes, except where this run proves again."""
    again = {job.task.name for job in planned.jobs if job.task.recipe == FINISH}
    waiting = [note for note in scene.host.unfinished() if note.proof and note.collection not in again]
    recorded, why = scene.proofs.keep_earlier(waiting)
    for note in recorded:
        if note.aliases:  # they are still to be set: the note keeps the name for the same command
            scene.host.open_intent(dataclasses.replace(note, proof=""))
        else:
            scene.host.close_intent(note.collection)
    return [f"The proofs of an earlier run could not be recorded: {why}."] if why else []


def _catalogue(store: Store | None, options: RestoreOptions) -> Catalogue | None:
    if store is None:
        return None
    from .._repository.catalogue import Catalogue

    return Catalogue(store, options.cluster)


def _left_out(facts: RestoreFacts, options: RestoreOptions) -> tuple[str, ...]:
    return tuple(sorted({*facts.left_out, *(source.collection for source, dummy in already_back(facts, options))}))


def _wait_for_snapshots(node: Node, seconds: float) -> None:
    """A backup from elsewhere may have begun a snapshot before it met our lock; one taken during a recover is a
    mixture, and can break the recover."""
    deadline = time.monotonic() + seconds
    while node.snapshots_running():
        if time.monotonic() > deadline:
            raise EngineError(
                "begin the restore",
                f"on {node.url}",
                f"a snapshot is still being created after {seconds:.0f} s",
                "Nothing was changed. Wait until it has ended (metric snapshot_creation_running is 0).",
            )
        time.sleep(0.1)


def _carry_out(planned: RestorePlan, scene: Scene, room: int, times: Times) -> RestoreReport:
    """Every collection to its proof, side by side where they are small; then the proofs as one document; then what
    comes after that, one by one."""
    jobs = planned.jobs
    parallel = min(scene.options.parallel, max(1, len(jobs)))
    crew = Crew(scene, alone=parallel == 1)
    work: SideBySide[Job, State] = SideBySide(
        lambda job: crew.work(job.to_the_barrier, State.first(job.task)),
        lambda job: job.task.source.bytes,
        lambda state: state.failure is None,
        parallel=parallel,
        room=room,
    )
    try:
        states = work.run(jobs)
    except BaseException:  # a signal: what is proven is recorded, and the notes stay, so that the same command goes on
        crew.stop()
        if scene.proofs.keep().key:
            names = {job.task.name for job in jobs}
            for note in scene.host.unfinished():
                if note.collection in names:
                    scene.host.open_intent(dataclasses.replace(note, proof=""))
        raise
    crew.close()
    kept = scene.proofs.keep()
    times.note("restore")
    ended: list[tuple[Task, State]] = []
    for job, state in zip(jobs, states):
        if state.is_back and job.records:
            state = dataclasses.replace(state, proof_key=kept.key)
            state = state.warns(f"The proof was not recorded: {kept.why}.") if kept.why else state
        ended.append((job.task, state if state.failure is not None else run(job.after_the_barrier, scene, state)))
    times.note("finish")
    not_done = tuple(job.task.name for job in jobs[len(states) :])
    return RestoreReport(planned.plan, planned.diff, times.all(), tuple(ended), not_done)
