# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring collections back: facts, then a plan, then its steps, then a report."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from .._base.host import Host
from .._base.progress import Progress, silent
from .._qdrant.client import Node
from .._repository.catalogue import Catalogue
from .._repository.keeper import node_lock
from .facts import gather
from .plan import RestorePlan, make_plan
from .proofs import Proofs
from .report import RestoreReport, Times
from .roll_back import roll_back
from .run import Crew
from .scene import Scene
from .values import RestoreFacts, RestoreOptions
from .whole_run import carry_out, preview, wait_for_snapshots

if TYPE_CHECKING:
    from .._repository.store import Store


def restore(
    options: RestoreOptions, node: Node, store: Store | None, *, check: bool = False, progress: Progress = silent
) -> RestoreReport:
    """Bring collections back and prove them.

    Raises RefusedError (nothing was changed) when the plan has refusals. A collection that fails keeps those after it
    from being begun; the report says what came of each.
    """
    if options.roll_back:
        return roll_back(options, node, Host(options.state_dir, node.url), check=check, progress=progress)
    times = Times()
    catalogue = Catalogue(store, options.cluster) if store is not None else None
    if check:
        dummy, planned = _planned(options, node, catalogue)
        times.note("plan")
        return preview(planned, times)
    host = Host(options.state_dir, node.url)
    with host.lock("restore"):
        facts, planned = _planned(options, node, catalogue)
        times.note("plan")
        # What only compares needs no lock of the repository and disturbs no backup.
        locked = store if planned.plan.changes else None
        whose = facts.servers.node if facts.servers is not None else ""
        # A repository that may only be read holds no lock: a restore goes on without one.
        with node_lock(locked, options.cluster, whose, "a restore", host.mark(), must=False) as keeper:
            if planned.plan.changes:
                wait_for_snapshots({"": node}, options.silence_timeout)
            proofs = Proofs(catalogue)
            scene = Scene(node, store, host, options, progress, proofs, keeper.confirm, storage=facts.storage)
            report = carry_out(planned, Crew(scene, shared=planned.parallel == 1), times)
            return dataclasses.replace(report, warnings=(*keeper.warnings, *report.warnings))


def _planned(options: RestoreOptions, node: Node, catalogue: Catalogue | None) -> tuple[RestoreFacts, RestorePlan]:
    """Facts and the plan. RefusedError if it has refusals."""
    facts = gather(options, node, catalogue)
    planned = make_plan(facts, options)
    planned.plan.refuse_or_go()
    return facts, planned
