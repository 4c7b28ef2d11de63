# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which snapshots to create and delete. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from .._base.plan import Plan, Refusal, Step
from .values import SnapshotFacts, SnapshotOptions


def make_plan(facts: SnapshotFacts, options: SnapshotOptions) -> Plan:
    """At most one creation, then the deletions that leave ``keep`` of them, oldest first."""
    subject = f"{options.collection or 'everything'} on {facts.url}"
    if options.state == "absent":
        found = options.snapshot in {s.name for s in facts.snapshots}
        gone = (Step("delete", options.snapshot, destructive=True),) if found else ()
        return Plan("delete a snapshot of", subject, gone, tuple(_alias(facts, options)))
    create = not _fresh_enough(facts, options)
    steps = ((Step("create", options.kind),) if create else ()) + tuple(_deletions(facts, options, int(create)))
    return Plan("take a snapshot of", subject, steps, tuple(_refusals(facts, options, create)))


def _fresh_enough(facts: SnapshotFacts, options: SnapshotOptions) -> bool:
    ages = [age for age in facts.ages.values() if age is not None]
    return options.max_age is not None and bool(ages) and min(ages) <= options.max_age


def _deletions(facts: SnapshotFacts, options: SnapshotOptions, created: int) -> Iterator[Step]:
    if options.keep is None:
        return
    kept = max(0, options.keep - created)
    for snapshot in reversed(facts.snapshots[kept:]):
        yield Step("delete", snapshot.name, destructive=True)


def _alias(facts: SnapshotFacts, options: SnapshotOptions) -> Iterator[Refusal]:
    if facts.alias_of:
        yield Refusal(
            "alias",
            f"{options.collection} is an alias of collection {facts.alias_of}.",
            f"Name the collection: {facts.alias_of}.",
        )


def _refusals(facts: SnapshotFacts, options: SnapshotOptions, create: bool) -> Iterator[Refusal]:
    yield from _alias(facts, options)
    if create and facts.recovering:
        yield Refusal(
            "recover_running",
            "A recover is running on the node: a snapshot taken now may be a mixture, and can break the recover.",
            "Wait until it has ended (metric snapshot_recovery_running is 0).",
        )
    if options.keep is not None and options.keep < 1:
        yield Refusal("keep", "keep must be at least 1: the newest snapshot is never deleted.", "Use state: absent.")
