# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the restore of a cluster will do, and why it would refuse. Pure."""

from __future__ import annotations

from .._base.plan import Plan
from .._base.plan import Step as PlannedStep
from .._restore import quotas
from .._restore.choose import left_out
from .._restore.plan import Job, RestorePlan, parallel_of, what_of
from .._restore.space import IN_FLIGHT
from .._restore.summary import diff_of, summary
from .._restore.values import RestoreOptions
from . import refuse, warn
from .recipes import steps_of
from .space import most_on_a_node
from .task import make_tasks
from .values import FleetFacts


def make_plan(facts: FleetFacts, options: RestoreOptions) -> RestorePlan:
    """The steps for every collection in order; every refusal at once."""
    tasks = make_tasks(facts, options)
    jobs = tuple(Job(task, steps_of(task)) for task in tasks)
    nodes = ", ".join(member.name for member in facts.members)
    left = [
        PlannedStep(
            "leave to Qdrant",
            f"shard {one.shard} of {task.name} on {one.node}: {one.why}" + (f". Run: {one.call}" if one.call else ""),
            changes=False,
        )
        for task in tasks
        for one in task.left
    ]
    wanted = quotas.to_set(facts.base, options)
    plan = Plan(
        "restore",
        f"{what_of(tasks, options)} on {nodes}",
        (
            *(line for job in jobs for step in job.steps for line in step.lines()),
            *left,
            *quotas.lines(wanted, facts.base.node_url),
        ),
        tuple(refuse.refusals(facts, options, tasks)),
        tuple(warn.warnings(facts, options, tasks)),
        {**summary(facts.base, options, tasks), "needed_bytes": most_on_a_node(facts, tasks), "needed_on": "each node"},
    )
    left_alone = left_out(facts.base, options)
    return RestorePlan(plan, jobs, diff_of(tasks), wanted, left_alone, parallel_of(jobs, options), IN_FLIGHT)
