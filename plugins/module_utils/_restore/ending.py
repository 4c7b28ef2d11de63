# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore that failed leaves, and the message to the operator: one table over recipe and standing. Pure.

A field of a sentence: name of the target, cause (the advice that came with the error), again, settle and back
(commands), safety (the name of the safety snapshot), drop (the command that removes the target).
"""

from __future__ import annotations

import dataclasses

from .._base.clock import now, utc_text
from .._base.intent import LEFT_ALONE, PROVEN, RECOVER, UNPROVEN
from .._base.sentences import going_on
from .._qdrant.by_hand import delete_collection
from .standing import Claim, Standing
from .state import State
from .task import FINISH, KEEP, NEW, REPLACE, SWITCH, Task

CLOSED = ""


@dataclasses.dataclass(frozen=True)
class Ending:
    """note: the step that the host's note says from now on, CLOSED where it is removed. tell: sentences for the
    operator, without a full stop after a command; retry: instead of the cause, where there is none; back: added where a
    safety snapshot was taken."""

    note: str
    tell: str
    retry: str = ""
    back: str = ""


_BACK = "; or go back to the previous state: {back}"
_RESTART = "The node may still be recovering: restart it, then restore again: {again}"
_NOT_JUDGED = "{name} was recovered completely, but is not proven. {cause} To restore and prove it again: {again}"
_WRONG = "{name} was recovered completely, but is not what was backed up: do not use it before you know why."
_ALL_BACK = "{name} is restored and proven. {cause}"

ENDINGS: dict[tuple[str, Standing], Ending] = {
    (NEW, Standing.UNTOUCHED): Ending(
        CLOSED, "{name} was not touched, and nothing was left behind. {cause}", "Try again: {again}"
    ),
    (NEW, Standing.CLEARED): Ending(CLOSED, "Nothing was left behind. {cause}", "Try again: {again}"),
    (NEW, Standing.ASKED): Ending(RECOVER, _RESTART),
    (NEW, Standing.IN_DOUBT): Ending(
        RECOVER, "{cause} Fix the cause, then restore again: {again}; what was left is removed first."
    ),
    (NEW, Standing.WHOLE): Ending(RECOVER, _NOT_JUDGED),
    (NEW, Standing.UNPROVEN): Ending(CLOSED, _WRONG + " {cause}"),
    (NEW, Standing.PROVEN): Ending(PROVEN, _ALL_BACK),
    # Beside what clients use: that serves on, whatever came of the restore.
    (SWITCH, Standing.UNTOUCHED): Ending(
        CLOSED, "Nothing was restored, and no alias was moved. {cause}", "Try again: {again}"
    ),
    (SWITCH, Standing.CLEARED): Ending(
        CLOSED, "Nothing was left behind, and no alias was moved. {cause}", "Try again: {again}"
    ),
    (SWITCH, Standing.ASKED): Ending(RECOVER, "No alias was moved. " + _RESTART),
    (SWITCH, Standing.IN_DOUBT): Ending(
        RECOVER,
        "No alias was moved. {cause} Fix the cause, then restore again: {again}; what was left is removed first.",
    ),
    (SWITCH, Standing.WHOLE): Ending(RECOVER, "No alias was moved. " + _NOT_JUDGED),
    (SWITCH, Standing.UNPROVEN): Ending(
        CLOSED, _WRONG + " No alias was moved. {cause} To remove it when you know why: {drop}"
    ),
    (SWITCH, Standing.PROVEN): Ending(
        PROVEN, "{name} is restored and proven, but not all clients use it. {cause} To go on: {again}"
    ),
    (REPLACE, Standing.UNTOUCHED): Ending(
        CLOSED, "{name} was not touched: it is as it was. {cause}", "Try again: {again}"
    ),
    (REPLACE, Standing.CLEARED): Ending(
        CLOSED,
        "The safety snapshot {safety} was recovered: {name} is as it was before the restore. {cause}",
        "To try again: {again}",
    ),
    (REPLACE, Standing.ASKED): Ending(RECOVER, "The contents of {name} may be mixed. " + _RESTART),
    (REPLACE, Standing.IN_DOUBT): Ending(
        RECOVER, "The contents of {name} may be mixed. {cause} Restore it again: {again}", back=_BACK
    ),
    (REPLACE, Standing.WHOLE): Ending(RECOVER, _NOT_JUDGED, back=_BACK),
    (REPLACE, Standing.UNPROVEN): Ending(
        UNPROVEN,
        _WRONG + " Nothing was rolled back. {cause} To keep what is there: {settle}",
        back="; to go back to the previous state: {back}",
    ),
    (REPLACE, Standing.PROVEN): Ending(CLOSED, _ALL_BACK),
    # An earlier run restored and proved it. It is compared again, and aliases are set.
    (FINISH, Standing.WHOLE): Ending(PROVEN, "{name} was not touched. {cause}", "Try again: {again}"),
    (FINISH, Standing.UNPROVEN): Ending(
        PROVEN,
        "An earlier run restored {name} and proved it, and it was changed since then: it was left alone. Restore to "
        "another name (name:), or restore only what does not exist (mode: missing).",
    ),
    (FINISH, Standing.PROVEN): Ending(PROVEN, _ALL_BACK),
    (KEEP, Standing.PRESENT): Ending(CLOSED, "{name} was not touched. {cause}", "Try again: {again}"),
}
# A collection that was created during the restore under a name that was free. It may be another client's.
_ANOTHERS = Ending(
    LEFT_ALONE,
    "It was left alone. Restore to another name: {again}; or check it, and drop it first.",
)


def ending_of(recipe: str, standing: Standing, claim: Claim) -> Ending:
    """The row for a restore that ended so."""
    if recipe in (NEW, SWITCH) and standing is Standing.IN_DOUBT and claim is Claim.THEIRS:
        return _ANOTHERS
    return ENDINGS[recipe, standing]


def drop_command(task: Task) -> str:
    """The command that deletes the target."""
    return delete_collection(task.node, task.name, keyed=task.keyed)


def advice(task: Task, state: State, cause: str) -> str:
    """What the operator is to do. cause: the advice that came with the error, "" where it gave none."""
    ending = ending_of(task.recipe, state.standing, state.claim)
    intent = task.intent(utc_text(now()), state.safety_snapshot, ending.note or RECOVER)
    words = {
        "name": task.name,
        "cause": going_on(cause or ending.retry.format(again=intent.again())),
        "again": intent.again(),
        "settle": intent.settle(),
        "back": intent.back(),
        "safety": state.safety_snapshot,
        "drop": drop_command(task),
    }
    text = ending.tell.format(**words) + (ending.back.format(**words) if state.safety_snapshot else "")
    return " ".join(text.split()).removesuffix(";")
