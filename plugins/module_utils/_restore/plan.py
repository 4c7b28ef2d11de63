# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore will do, and why it would refuse. Pure: facts and options in, a plan out; tested by tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from .._base.plan import Plan
from . import quotas, refuse, warn
from .choose import left_out
from .recipes import steps_of
from .space import in_flight
from .steps.base import Step
from .steps.close_note import EndNote
from .steps.record_proof import RecordProof
from .summary import diff_of, summary
from .task import Task, make_tasks
from .values import RestoreFacts, RestoreOptions


@dataclasses.dataclass(frozen=True)
class Job:
    """One task with its steps. The barrier is where all collections wait for each other: when all are proven, their
    proofs are recorded as one document, and then the notes of the host go."""

    task: Task
    steps: tuple[Step, ...]

    @property
    def records(self) -> bool:
        """Whether its proof is recorded in the repository."""
        return any(isinstance(step, RecordProof) for step in self.steps)

    @property
    def to_the_barrier(self) -> tuple[Step, ...]:
        """The steps up to the barrier; all where there is none."""
        return self.steps[: self._barrier()]

    @property
    def after_the_barrier(self) -> tuple[Step, ...]:
        """The steps after it."""
        return self.steps[self._barrier() :]

    def _barrier(self) -> int:
        at = [number for number, step in enumerate(self.steps) if isinstance(step, EndNote)]
        return at[0] if at else len(self.steps)


@dataclasses.dataclass(frozen=True)
class RestorePlan:
    """The plan that is printed, and the steps that are carried out: the lines of the one are made by the others."""

    plan: Plan
    jobs: tuple[Job, ...]
    diff: dict[str, str]
    quotas: Mapping[str, Any]  #: that are set on the node at the end, empty for none
    left_out: tuple[str, ...]  #: chosen collections with nothing to do
    parallel: int  #: collections that may be restored side by side
    room: int  #: bytes of archives that may be unpacked side by side


def what_of(tasks: Sequence[Task], options: RestoreOptions) -> str:
    """What a plan restores, as its subject: names, or what was asked for if nothing of it was found."""
    return ", ".join(sorted({task.name for task in tasks}) or options.collections or ("collections",))


def make_plan(facts: RestoreFacts, options: RestoreOptions) -> RestorePlan:
    """The steps for every collection in order; every refusal at once, so that one look shows all that is in the way."""
    tasks = make_tasks(facts, options)
    jobs = tuple(Job(task, steps_of(task)) for task in tasks)
    wanted = quotas.to_set(facts, options)
    plan = Plan(
        "restore",
        f"{what_of(tasks, options)} on {facts.node_url}",
        (*(step.describe() for job in jobs for step in job.steps), *quotas.lines(wanted, facts.node_url)),
        tuple(refuse.refusals(facts, options, tasks)),
        tuple(warn.warnings(facts, options, tasks)),
        summary(facts, options, tasks),
    )
    room = in_flight(facts, options, tasks)
    return RestorePlan(plan, jobs, diff_of(tasks), wanted, left_out(facts, options), parallel_of(jobs, options), room)


def parallel_of(jobs: Sequence[Job], options: RestoreOptions) -> int:
    """How many collections are restored side by side."""
    return min(options.parallel, max(1, len(jobs)))
