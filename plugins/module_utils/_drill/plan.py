# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a drill. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .._base.counted import counted
from .._base.plan import Plan, Refusal, Step
from .._proof.by_engine import MAX_GRADE, EngineOptions, bytes_needed, missing_shards
from .._repository.parts import SHARD
from .by_node import recipe
from .facts import Picked
from .options import DrillOptions
from .target import Copy, TargetFacts, refusals, refusals_of_same
from .values import ENGINE, SAME


def make_plan(
    picked: Sequence[Picked], options: DrillOptions, engine: EngineOptions, target: TargetFacts | None, where: str
) -> Plan:
    """What is done, with its bytes, and the reasons not to start. target: None for the embedded engine."""
    steps: list[Step] = []
    for one in picked:
        for item in one.items:
            if options.target == ENGINE:
                detail: dict[str, Any] = {"grade": MAX_GRADE, "scratch_bytes": bytes_needed(item)}
                subject = f"{item.part} of {one.entry.backup_id} in {engine.folder}"
                steps.append(Step("open archive", subject, item.archive.bytes, changes=False, detail=detail))
            else:
                steps += [step.describe() for step in recipe(item, one.entry.backup_id)]
        if options.record and one.items:
            nodes = one.whole.parts if one.whole is not None else (one.entry.node,)
            steps += [Step("record proof", f"{node} {one.entry.backup_id}") for node in nodes]
    if options.record:
        steps.append(Step("record drill", where))
    found = tuple(_refusals(picked, options, target)) if target is not None else ()
    number = counted(len(picked), "backup")
    return Plan("drill", f"{number} on target {options.target}", tuple(steps), found, warnings_of(picked))


def _refusals(picked: Sequence[Picked], options: DrillOptions, target: TargetFacts) -> Iterator[Refusal]:
    taken = copies(picked)
    yield from refusals(taken, target)
    if options.target == SAME:
        yield from refusals_of_same(taken, target, options.min_free, options.max_load)


def copies(picked: Sequence[Picked]) -> list[Copy]:
    """The collections that a live target would take."""
    return [
        Copy(
            item.name,
            one.entry.backup_id,
            item.archive.bytes,
            tuple(missing_shards(item)),
            item.kind == SHARD,
            keyed=one.whole is not None and item.name in one.whole.keyed,
        )
        for one in picked
        for item in one.items
    ]


def warnings_of(picked: Sequence[Picked]) -> tuple[str, ...]:
    """Suspect backups and collections: a drill proves that they are what was backed up, not that this was right."""
    gone = [(one.entry.backup_id, one.manifest.gone.get("collections")) for one in picked if one.manifest]
    return (
        *(
            f"Backup {id_} was made after these collections were gone: {', '.join(names)}"
            for id_, names in gone
            if names
        ),
        *_suspect(picked),
    )


def _suspect(picked: Sequence[Picked]) -> tuple[str, ...]:
    return tuple(
        f"{item.part} is suspect in backup {one.entry.backup_id}: {item.suspect.get('why')}"
        for one in picked
        for item in one.items
        if item.suspect
    )
