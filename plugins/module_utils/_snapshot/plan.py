# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which snapshots to create and delete. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator

from .._base.intent import Intent
from .._base.plan import Plan, Refusal, Step
from .values import SnapshotFacts, SnapshotOptions


def make_plan(facts: SnapshotFacts, options: SnapshotOptions) -> Plan:
    """At most one creation, then deletions until ``keep`` snapshots are left, oldest first."""
    subject = f"{options.collection or 'everything'} on {facts.url}"
    if options.state == "absent":
        name = options.snapshot or ""
        found = name in {s.name for s in facts.snapshots}
        gone = (Step("delete", name, destructive=True),) if found else ()
        refusals = (*_alias(facts, options), *_counted_on(facts, name))
        return Plan("delete a snapshot of", subject, gone, refusals)
    create = not _fresh_enough(facts, options)
    steps = ((Step("create", options.kind),) if create else ()) + tuple(_deletions(facts, options, int(create)))
    refusals, warnings = tuple(_refusals(facts, options, create)), tuple(_kept(facts, options, int(create)))
    return Plan("take a snapshot of", subject, steps, refusals, warnings)


def _fresh_enough(facts: SnapshotFacts, options: SnapshotOptions) -> bool:
    ages = [age for age in facts.ages.values() if age is not None]
    return options.max_age is not None and bool(ages) and min(ages) <= options.max_age


def _deletions(facts: SnapshotFacts, options: SnapshotOptions, created: int) -> Iterator[Step]:
    for name in _surplus(facts, options, created):
        if _intent(facts, name) is None:
            yield Step("delete", name, destructive=True)


def _kept(facts: SnapshotFacts, options: SnapshotOptions, created: int) -> Iterator[str]:
    if options.keep is not None and options.kind != "collection" and facts.others:
        yield (
            "keep is not applied: the node keeps its snapshots in S3, and the names do not show which node made them. "
            "If other nodes use this bucket, delete none of them; otherwise delete them one by one (state: absent)."
        )
    for name in _surplus(facts, options, created):
        intent = _intent(facts, name)
        if intent is not None:
            yield f"{name} is not deleted. {intent.warning()}"


def _surplus(facts: SnapshotFacts, options: SnapshotOptions, created: int) -> list[str]:
    """Names beyond ``keep``, oldest first."""
    if options.keep is None:
        return []
    kept = max(0, options.keep - created)
    own = [snapshot.name for snapshot in facts.snapshots if snapshot.name not in facts.others]
    return list(reversed(own[kept:]))


def _intent(facts: SnapshotFacts, name: str) -> Intent | None:
    """The unfinished restore whose safety snapshot is this one."""
    return next((intent for intent in facts.intents if intent.safety_snapshot == name), None)


def _counted_on(facts: SnapshotFacts, name: str) -> Iterator[Refusal]:
    intent = _intent(facts, name)
    if intent is not None:
        yield Refusal(
            "intent",
            f"{name} holds the state before a restore of {intent.collection} that began at {intent.started_at} and did "
            "not end.",
            "Restore the whole collection again, then delete the snapshot.",
        )


def _alias(facts: SnapshotFacts, options: SnapshotOptions) -> Iterator[Refusal]:
    if facts.alias_of:
        yield Refusal(
            "alias",
            f"{options.collection} is an alias of collection {facts.alias_of}.",
            f"Set collection: {facts.alias_of}.",
        )


def _refusals(facts: SnapshotFacts, options: SnapshotOptions, create: bool) -> Iterator[Refusal]:
    yield from _alias(facts, options)
    if create and facts.recovering:
        yield Refusal(
            "recover_running",
            "A recover is running on the node: a snapshot taken now may be a mixture, and can make the recover fail.",
            "Wait until it has ended (metric snapshot_recovery_running is 0).",
        )
    if options.keep is not None and options.keep < 1:
        yield Refusal("keep", "keep must be at least 1: the newest snapshot is never deleted.", "Use state: absent.")
