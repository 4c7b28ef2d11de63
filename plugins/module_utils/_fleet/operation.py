# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore a cluster by one conductor: facts, then a plan, then its steps on all nodes, then a report."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Callable

from .._base.errors import EngineError
from .._base.progress import Event, Progress, silent
from .._qdrant.client import Node
from .._qdrant.options import NodeOptions
from .._repository.catalogue import Catalogue
from .._repository.keeper import node_lock
from .._repository.store import Store
from .._restore.plan import RestorePlan
from .._restore.proofs import Proofs
from .._restore.report import RestoreReport, Times
from .._restore.roll_back import roll_back
from .._restore.run import Crew
from .._restore.values import RestoreOptions
from .._restore.whole_run import carry_out, preview, wait_for_snapshots
from . import absence
from .copies import Copies, Which, which_of
from .ending import advice
from .facts import check_options, checked_store, gather
from .hosts import Hosts
from .members import ask_view
from .plan import make_plan
from .scene import FleetScene
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
        check_options(options, clients)
        hosts = Hosts(options.state_dir, [node.url for node in clients.values()])
        if options.roll_back:
            return roll_back(options, next(iter(clients.values())), hosts, check=check, progress=progress)
        catalogue = Catalogue(checked_store(options, store), options.cluster)
        times = Times()
        _wait_for_rest(clients, hosts, options)
        if check:
            dummy, planned = _planned(options, clients, catalogue, hosts)
            times.note("plan")
            return preview(planned, times)
        with hosts.lock("restore"):
            facts, planned = _planned(options, clients, catalogue, hosts)
            times.note("plan")
            return _apply(facts, planned, options, clients, catalogue, hosts, progress, times)


def _planned(
    options: RestoreOptions, nodes: Mapping[str, Node], catalogue: Catalogue, hosts: Hosts
) -> tuple[FleetFacts, RestorePlan]:
    facts = gather(options, nodes, catalogue, hosts)
    planned = make_plan(facts, options)
    planned.plan.refuse_or_go()
    return facts, planned


def _apply(
    facts: FleetFacts,
    planned: RestorePlan,
    options: RestoreOptions,
    nodes: Mapping[str, Node],
    catalogue: Catalogue,
    hosts: Hosts,
    progress: Progress,
    times: Times,
) -> RestoreReport:
    """Under the locks of all nodes."""
    store = catalogue.store
    with _locked(options, nodes, store if planned.plan.changes else None, hosts) as (confirm, warnings):
        if planned.plan.changes:
            wait_for_snapshots(nodes, options.silence_timeout)
        proofs = Proofs(catalogue)
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
                advise=advice,
            )
            report = carry_out(planned, Crew(scene, shared=True), times)
        return dataclasses.replace(report, warnings=(*warnings, *report.warnings))


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
    found = Copies(store, options.spool_folder, uses, progress)
    try:
        yield found
    finally:
        found.close()


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
                node.wait_recovered(None, options.silence_timeout, absent=absence.RESTART)
        deadline = time.monotonic() + options.ready_timeout
        for name in names & set(next(iter(nodes.values())).collections()):
            while ask_view(nodes, (), name).transfers and time.monotonic() < deadline:
                time.sleep(0.2)
