# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of points that are put back: steps, refusals, warnings. Pure."""

from __future__ import annotations

import dataclasses
import shlex

from .._base.command import option, with_names
from .._base.counted import counted
from .._base.plan import Plan, Refusal, Step
from .options import CHANGED, MISSING, PointsOptions

# Of each batch: written, and read again; at the end, everything is compared again.
PUT_BACK, PROVE, COMPARE_AGAIN = "put back points", "read points again", "compare again"
# Points per second, an estimate: each is read twice through the API (about 6,000 a second) and written once.
SPEED = 1000


@dataclasses.dataclass(frozen=True)
class PutBackFacts:
    """backup_id, nodes: of the backup; counts: of the comparison; point_bytes: of one point as text, from a sample;
    vectors: how vectors are configured otherwise; mixed: notes of restores that did not end; seconds: of the
    comparison."""

    backup_id: str
    nodes: tuple[str, ...]
    counts: dict[str, int]
    point_bytes: float = 0.0
    vectors: tuple[str, ...] = ()
    mixed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0


def make_plan(facts: PutBackFacts, options: PointsOptions) -> Plan:
    """The plan."""
    count = facts.counts.get(options.points, 0)
    subject = f"{options.points} points of {options.target} from backup {facts.backup_id} of {', '.join(facts.nodes)}"
    refusals = [
        Refusal("vectors_differ", f"{text[:1].upper()}{text[1:]}.", _elsewhere(facts, options))
        for text in facts.vectors
    ]
    refusals += [Refusal("contents_may_be_mixed", text) for text in facts.mixed]
    if options.points == CHANGED and count and not options.accept_write_loss:
        refusals.append(Refusal("overwrites", _overwrites(count, options), _allow(facts, options)))
    steps: list[Step] = []
    if count:
        size = int(count * facts.point_bytes)
        speed = min(SPEED, options.points_rate or SPEED)
        seconds = count / speed
        into = f"{count} {options.points} into {options.target}, about {max(1, round(seconds))} s"
        steps = [
            Step(PUT_BACK, into, size, seconds, destructive=options.points == CHANGED),
            Step(COMPARE_AGAIN, options.target, 0, facts.seconds, changes=False),
        ]
    return Plan("put back", subject, tuple(steps), tuple(refusals), facts.warnings)


def _overwrites(count: int, options: PointsOptions) -> str:
    return (
        f"{counted(count, 'point')} of {options.target} would be overwritten: the payloads and vectors that are there "
        "now would be lost."
    )


def _allow(facts: PutBackFacts, options: PointsOptions) -> str:
    line = command(options, facts.backup_id, "--points", CHANGED, "--accept-write-loss")
    return f"To overwrite them: {line}"


def _elsewhere(facts: PutBackFacts, options: PointsOptions) -> str:
    line = command(options, facts.backup_id, "--name", "ANOTHER_NAME", selects=False)
    return f"Restore the backup to another name: {line}"


def command(options: PointsOptions, backup_id: str, *words: str, selects: bool = True, verb: str = "restore") -> str:
    """A restore from this backup, or another verb. selects: of the chosen points only."""
    parts = ["--backup-id", backup_id, *words]
    if selects:
        parts += option("--name", options.live_name) if options.live_name else ()
        parts += option("--filter", options.filter) if options.filter else ()
        parts += [part for one in options.ids for part in option("--ids", one)]
        parts += option("--ids-file", options.ids_file) if options.ids_file else ()
    return shlex.join(["qdrant-backup", verb, *with_names([options.collection], parts)])


def after(left: int, options: PointsOptions, skipped: int) -> str:
    """Why the result is not proven, as a message; "" if it is. left: points that the second comparison found."""
    if left <= skipped:
        return ""
    what = "missing" if options.points == MISSING else "different"
    verb = "is" if left == 1 else "are"
    return (
        f"Compared again, {counted(left, 'point')} of {options.target} {verb} still {what}, and only {skipped} were "
        "skipped: a client deletes or writes them now. Run the same command again."
    )
