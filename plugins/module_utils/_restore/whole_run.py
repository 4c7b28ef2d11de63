# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Begin and end of a run over all of its collections, on one node or on all nodes of a cluster: what waits before the
first step, and the proofs that are recorded as one document before aliases are set or moved."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from typing import Any

from .._base.errors import EngineError
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .plan import Job, RestorePlan
from .report import RestoreReport, Times
from .run import Crew, run
from .scene import Scene
from .side_by_side import SideBySide
from .state import State
from .task import FINISH, Task


def wait_for_snapshots(nodes: Mapping[str, Node], seconds: float) -> None:
    """A backup from elsewhere may have begun a snapshot before it met our lock; one taken during a recover is a
    mixture, and can break the recover. nodes: by name, "" for one node alone."""
    deadline = time.monotonic() + seconds
    for name, node in nodes.items():
        while node.snapshots_running():
            if time.monotonic() > deadline:
                raise EngineError(
                    "begin the restore",
                    f"on {name} ({node.url})" if name else f"on {node.url}",
                    f"a snapshot is still being created after {seconds:.0f} s",
                    "Nothing was changed. Wait until it has ended (metric snapshot_creation_running is 0).",
                )
            time.sleep(0.1)


def _keep_earlier(scene: Scene, planned: RestorePlan) -> list[str]:
    """Record the proofs that earlier runs left in the host's notes, except where this run proves again; warnings."""
    again = {job.task.name for job in planned.jobs if job.task.recipe == FINISH}
    waiting = [note for note in scene.host.unfinished() if note.proof and note.collection not in again]
    if not waiting:
        return []
    recorded, why = scene.proofs.keep_earlier(waiting)
    for note in recorded:
        if note.aliases:  # they are still to be set: the note keeps the name for the same command
            scene.host.open_intent(dataclasses.replace(note, proof=""))
        else:
            scene.host.close_intent(note.collection)
    return [f"The proofs of an earlier run could not be recorded: {why}."] if why else []


def preview(planned: RestorePlan, times: Times) -> RestoreReport:
    """The report of check mode."""
    return RestoreReport(planned.plan, planned.diff, times.all(), left_out=planned.left_out, excluded=planned.excluded)


def carry_out(planned: RestorePlan, crew: Crew, times: Times) -> RestoreReport:
    """The proofs of earlier runs; every collection to its proof, side by side where they are small; then the proofs as
    one document; then what comes after that, one by one; then quotas."""
    jobs, scene = planned.jobs, crew.scene
    told = _keep_earlier(scene, planned)
    work: SideBySide[Job, State] = SideBySide(
        crew.work,
        lambda job: job.task.source.bytes,
        lambda state: state.failure is None,
        parallel=planned.parallel,
        room=planned.room,
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
    kept = scene.proofs.keep()
    times.note("restore")
    ended: list[tuple[Task, State]] = []
    for job, state in zip(jobs, states):
        if state.is_back and job.records:
            state = dataclasses.replace(state, proof_key=kept.key)
            state = state.warns(f"The proof was not recorded: {kept.why}.") if kept.why else state
        after = state if state.failure is not None else run(job.after_the_barrier, scene, state)
        ended.append((job.task, after))
    crew.close()
    times.note("finish")
    not_done = tuple(job.task.source.collection for job in jobs[len(states) :])
    report = RestoreReport(
        planned.plan, planned.diff, times.all(), tuple(ended), not_done, planned.left_out, planned.excluded
    )
    if report.ok and planned.quotas:
        told += _set_quotas(scene.node, planned.quotas)
    return dataclasses.replace(report, warnings=tuple(told))


def _set_quotas(node: Node, wanted: Mapping[str, Any]) -> list[str]:
    """Set them; a sentence where the node does not take them, because the data is back all the same."""
    try:
        node.set_quotas(dict(wanted))
    except QdrantError as error:
        return [f"The quotas were not set: {error.sentence()}"]
    return []
