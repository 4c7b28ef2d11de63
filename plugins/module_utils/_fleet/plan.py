# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the restore of a cluster will do, and why it would refuse. Pure."""

from __future__ import annotations

import dataclasses

from .._base.plan import Step as PlannedStep
from .._restore.overview import overview
from .._restore.plan import RestorePlan, job_of, plan_of
from .._restore.task import already_back
from .._restore.values import RestoreOptions
from . import refuse, warn
from .recipes import steps_of
from .space import most_on_a_node
from .state import FleetState
from .task import make_tasks
from .values import FleetFacts


def make_plan(facts: FleetFacts, options: RestoreOptions) -> RestorePlan:
    """The steps for every collection in order; every refusal at once."""
    back = already_back(facts.base, options)
    tasks = make_tasks(facts, options, back)
    found = overview(facts.base, options, tasks)
    left = [
        PlannedStep(
            "leave to Qdrant",
            f"shard {one.shard} of {task.name} on {one.node}: {one.why}" + (f". Run: {one.call}" if one.call else ""),
            changes=False,
        )
        for task in tasks
        for one in task.left
    ]
    needed = {"needed_bytes": most_on_a_node(facts, tasks), "needed_on": "each node"}
    return plan_of(
        facts.base,
        options,
        tuple(job_of(task, FleetState.first(task), steps_of(task)) for task in tasks),
        back,
        dataclasses.replace(found, summary={**found.summary, **needed}),
        where=", ".join(member.name for member in facts.members),
        refusals=refuse.refusals(facts, options, tasks),
        warnings=warn.warnings(facts, options, tasks, back, found),
        more=left,
    )
