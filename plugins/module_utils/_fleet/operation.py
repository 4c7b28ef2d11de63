# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore a cluster by one conductor: facts, then a plan, then its steps on all nodes, then a report."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Callable

from .._base.errors import EngineError
from .._base.progress import Event, Progress, silent
from .._qdrant.client import Node
from .._qdrant.options import NodeOptions
from .._repository.catalogue import Catalogue
from .._repository.keeper import node_lock
from .._repository.store import Store
from .._restore import quotas
from .._restore.plan import Job, RestorePlan
from .._restore.proofs import Proofs
from .._restore.report import RestoreReport
from .._restore.run import run
from .._restore.side_by_side import SideBySide
from .._restore.space import IN_FLIGHT
from .._restore.state import State
from .._restore.task import FINISH, Task
from .._restore.times import Times
from .._restore.values import RestoreOptions
from .copies import Copies, Which, which_of
from .ending import advice
from .facts import checked_store, gather
from .hosts import Hosts
from .members import ask_view
from .plan import make_plan
from .scene import FleetScene
from .state import FleetState
from .task import sharded
from .values import FleetFacts


def restore_cluster(
    options: RestoreOptions,
    nodes: Mapping[str, NodeOptions],
    store: Store | None,
    *,
    check: bool = False,
    progress: Progress = silent,
) -> RestoreReport:
    """Bring collections back on all nodes of a cluster, and prove them.

    nodes: every node, by name. RefusedError (nothing was changed) if the plan has refusals. A collection that fails
    keeps those after it from being begun; the report says what came of each.
    """
    with contextlib.ExitStack() as stack:
        clients = {name: stack.enter_context(Node(about)) for name, about in nodes.items()}
        store = checked_store(options, clients, store)
        times = Times()
        hosts = Hosts(options.state_dir, [node.url for node in clients.values()])
        _wait_for_rest(clients, hosts, options)
        if check:
            dummy, planned = _planned(options, clients, store, hosts)
            times.note("plan")
            return RestoreReport(planned.plan, planned.diff, times.all())
        with hosts.lock("restore"):
            facts, planned = _planned(options, clients, store, hosts)
            times.note("plan")
            return _apply(facts, planned, options, clients, store, hosts, progress, times)


def _planned(
    options: RestoreOptions, nodes: Mapping[str, Node], store: Store, hosts: Hosts
) -> tuple[FleetFacts, RestorePlan]:
    facts = gather(options, nodes, store, hosts)
    planned = make_plan(facts, options)
    planned.plan.refuse_or_go()
    return facts, planned


def _apply(
    facts: FleetFacts,
    planned: RestorePlan,
    options: RestoreOptions,
    nodes: Mapping[str, Node],
    store: Store,
    hosts: Hosts,
    progress: Progress,
    times: Times,
) -> RestoreReport:
    """Under the locks of all nodes."""
    with _locked(options, nodes, store if planned.plan.changes else None, hosts) as (confirm, warnings):
        if planned.plan.changes:
            _wait_for_snapshots(nodes, options.silence_timeout)
        proofs = Proofs(Catalogue(store, options.cluster))
        told = _Told(progress)
        reader = Node(nodes[facts.members[0].name].options, "all" if facts.clustered else "")
        with reader, _copies(planned, options, store, told) as copies:
            scene = FleetScene(
                node=reader,
                store=store,
                host=hosts,
                options=options,
                progress=told,
                proofs=proofs,
                confirm=confirm,
                members=facts.members,
                nodes=nodes,
                turns={name: threading.Lock() for name in nodes},
                copies=copies,
            )
            unrecorded = _keep_earlier(scene, planned)
            report = _carry_out(planned, scene, times)
            set_now = quotas.set_quotas(reader, quotas.to_set(facts.base, options)) if report.ok else []
        return dataclasses.replace(report, warnings=(*warnings, *unrecorded, *set_now))


class _Told:
    """Progress of several threads, one at a time."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._one = progress, threading.Lock()

    def __call__(self, event: Event) -> None:
        with self._one:
            self._progress(event)


@contextlib.contextmanager
def _locked(
    options: RestoreOptions, nodes: Mapping[str, Node], store: Store | None, hosts: Hosts
) -> Iterator[tuple[Callable[[], None], list[str]]]:
    """Hold the repository's lock of every node: (confirms all of them, warnings). A backup of a node that began
    before holds its own."""
    one = threading.Lock()
    with contextlib.ExitStack() as stack:
        keepers = [
            stack.enter_context(node_lock(store, options.cluster, name, "a restore", hosts.mark(), must=False))
            for name in nodes
        ]

        def confirm() -> None:
            with one:
                for keeper in keepers:
                    keeper.confirm()

        yield confirm, list(dict.fromkeys(text for keeper in keepers for text in keeper.warnings))


@contextlib.contextmanager
def _copies(planned: RestorePlan, options: RestoreOptions, store: Store, progress: Progress) -> Iterator[Copies]:
    """The archives that are uploaded from this host."""
    uses: dict[Which, int] = {}
    for job in planned.jobs:
        task = sharded(job.task)
        for one in task.handed:
            which = which_of(one.archive)
            uses[which] = uses.get(which, 0) + (len(one.holders) or task.copies)
    found = Copies(store, options.spool_dir or os.path.join(options.state_dir, "spool"), uses, progress)
    try:
        yield found
    finally:
        found.close()


def _carry_out(planned: RestorePlan, scene: FleetScene, times: Times) -> RestoreReport:
    """Every collection to its proof, several at once; then the proofs; then aliases, one by one."""
    jobs = planned.jobs
    work: SideBySide[Job, State] = SideBySide(
        lambda job: run(job.to_the_barrier, scene, FleetState.first(job.task), advice),
        lambda job: job.task.source.bytes,
        lambda state: state.failure is None,
        parallel=min(scene.options.parallel, max(1, len(jobs))),
        room=IN_FLIGHT,
    )
    try:
        states = work.run(jobs)
    except BaseException:  # a signal: what is proven is recorded, and the notes stay, so that the same command goes on
        if scene.proofs.keep().key:
            _note_recorded(scene, [job.task.name for job in jobs])
        raise
    kept = scene.proofs.keep()
    times.note("restore")
    ended: list[tuple[Task, State]] = []
    for job, state in zip(jobs, states):
        if state.is_back and job.records:
            state = dataclasses.replace(state, proof_key=kept.key)
            state = state.warns(f"The proof was not recorded: {kept.why}.") if kept.why else state
        after = state if state.failure is not None else run(job.after_the_barrier, scene, state, advice)
        ended.append((job.task, after))
    times.note("finish")
    not_done = tuple(job.task.name for job in jobs[len(states) :])
    return RestoreReport(planned.plan, planned.diff, times.all(), tuple(ended), not_done)


def _note_recorded(scene: FleetScene, names: Sequence[str]) -> None:
    for note in scene.host.unfinished():
        if note.collection in names:
            scene.host.open_intent(dataclasses.replace(note, proof=""))


def _keep_earlier(scene: FleetScene, planned: RestorePlan) -> list[str]:
    """Record the proofs that earlier runs left in the host's notes, except where this run proves again."""
    again = {job.task.name for job in planned.jobs if job.task.recipe == FINISH}
    waiting = [note for note in scene.host.unfinished() if note.proof and note.collection not in again]
    recorded, why = scene.proofs.keep_earlier(waiting)
    for note in recorded:
        if note.aliases:
            scene.host.open_intent(dataclasses.replace(note, proof=""))
        else:
            scene.host.close_intent(note.collection)
    return [f"The proofs of an earlier run could not be recorded: {why}."] if why else []


def _wait_for_rest(nodes: Mapping[str, Node], hosts: Hosts, options: RestoreOptions) -> None:
    """After a restore that did not end, a node may be at work still, and Qdrant may copy replicas of a node that came
    back: both look like a client that writes."""
    names = {intent.collection for intent in hosts.intents()}
    if not names:
        return
    # A node that does not answer is a refusal of the plan.
    with contextlib.suppress(EngineError):
        for node in nodes.values():
            if node.recoveries_running():
                node.wait_recovered(None, options.silence_timeout)
        deadline = time.monotonic() + options.ready_timeout
        for name in names & set(next(iter(nodes.values())).collections()):
            while ask_view(nodes, (), name).transfers and time.monotonic() < deadline:
                time.sleep(0.2)


def _wait_for_snapshots(nodes: Mapping[str, Node], seconds: float) -> None:
    """A backup may have begun a snapshot before it met our lock; one taken during a recover is a mixture."""
    deadline = time.monotonic() + seconds
    for name, node in nodes.items():
        while node.snapshots_running():
            if time.monotonic() > deadline:
                raise EngineError(
                    "begin the restore",
                    f"on {name} ({node.url})",
                    f"a snapshot is still being created after {seconds:.0f} s",
                    "Nothing was changed. Wait until it has ended (metric snapshot_creation_running is 0).",
                )
            time.sleep(0.1)
