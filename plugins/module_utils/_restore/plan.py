# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore will do, and why it would refuse. Pure: facts and options in, a plan out; tested by tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._base.plan import Plan, Refusal
from .._base.plan import Step as PlannedStep
from . import refuse, warn
from .commands import the_others
from .overview import Overview, overview
from .recipes import steps_of
from .state import State
from .steps.base import Step
from .steps.note import EndNote, RecordProof
from .task import Back, Task, already_back, make_tasks
from .values import RestoreFacts, RestoreOptions


@dataclasses.dataclass(frozen=True)
class Job:
    """One task with its steps. The barrier is where all collections wait for each other: when all are proven, their
    proofs are recorded as one document, and then the notes of the host go."""

    task: Task
    first: State  #: before the first step
    to_the_barrier: tuple[Step, ...]  #: all steps if the recipe has no barrier
    after_the_barrier: tuple[Step, ...] = ()
    records: bool = False  #: whether its proof is recorded in the repository

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in order."""
        return (*self.to_the_barrier, *self.after_the_barrier)


def job_of(task: Task, first: State, steps: Sequence[Step]) -> Job:
    """The job of a recipe's steps."""
    at = next((number for number, step in enumerate(steps) if isinstance(step, EndNote)), len(steps))
    records = any(isinstance(step, RecordProof) for step in steps)
    return Job(task, first, tuple(steps[:at]), tuple(steps[at:]), records)


@dataclasses.dataclass(frozen=True)
class RestorePlan:
    """The plan that is printed, and the steps that are carried out: the lines of the one are made by the others."""

    plan: Plan
    jobs: tuple[Job, ...]
    diff: dict[str, str]
    quotas: Mapping[str, Any]  #: that are set on the node at the end, empty for none
    left_out: tuple[str, ...]  #: chosen collections with nothing to do
    excluded: tuple[str, ...]  #: collections that are not restored on request
    parallel: int  #: collections that may be restored side by side
    room: int  #: bytes of archives that may be unpacked side by side


def make_plan(facts: RestoreFacts, options: RestoreOptions) -> RestorePlan:
    """The steps for every collection in order; every refusal at once, so that one look shows all that is in the way."""
    back = already_back(facts, options)
    tasks = make_tasks(facts, options, back)
    found = overview(facts, options, tasks)
    return plan_of(
        facts,
        options,
        tuple(job_of(task, State.first(task), steps_of(task)) for task in tasks),
        back,
        found,
        where=facts.node_url,
        refusals=refuse.refusals(facts, options, tasks),
        warnings=warn.warnings(facts, options, tasks, back, found),
    )


def plan_of(
    facts: RestoreFacts,
    options: RestoreOptions,
    jobs: tuple[Job, ...],
    back: Back,
    found: Overview,
    *,
    where: str,
    refusals: Iterable[Refusal],
    warnings: Iterable[str],
    more: Sequence[PlannedStep] = (),
) -> RestorePlan:
    """The plan of one node, or of a cluster. where: the node or nodes; more: lines for what no step does."""
    tasks = [job.task for job in jobs]
    what = ", ".join(sorted({task.name for task in tasks}) or options.collections or ("collections",))
    wanted = facts.quotas if options.restore_quotas and facts.quotas_differ else {}
    lines = [*(line for job in jobs for step in job.steps for line in step.lines()), *more]
    if wanted:
        lines.append(PlannedStep("set quotas", facts.node_url, detail=dict(wanted)))
    refused = tuple(refusals)
    plan = Plan(
        "restore",
        f"{what} on {where}",
        tuple(lines),
        refused,
        tuple(warnings),
        found.summary,
        the_others(facts, options, refused),
    )
    return RestorePlan(
        plan,
        jobs,
        found.diff,
        wanted,
        left_out=tuple(sorted({*facts.left_out, *(source.collection for source, dummy in back)})),
        excluded=facts.excluded,
        parallel=min(options.parallel, max(1, len(jobs))),
        room=found.room,
    )
