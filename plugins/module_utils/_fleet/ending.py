# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the restore of a cluster that failed leaves, and the message to the operator: one table. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from .._base.clock import now, utc_text
from .._base.intent import PROVEN, RECOVER, UNPROVEN
from .._base.sentences import going_on
from .._restore.ending import CLOSED, Ending, drop_command
from .._restore.ending import ENDINGS as OF_ONE_NODE
from .._restore.standing import Standing
from .._restore.state import State
from .._restore.task import FINISH, KEEP, NEW, REPAIR, REPLACE, SWITCH, Task
from .damage import blames_archive
from .state import of_fleet

_AGAIN = "{cause} {fix}, then run the same command again: {again}"
_NOT_JUDGED = "{name} was recovered completely, but is not proven. {cause} To go on: {again}"
_WRONG = (
    "{name} was recovered completely, but is not what was backed up: do not use it before you know why. {cause} To "
    "restore it again: {again}; to keep what is there: {settle}"
)
_PROVEN = Ending(PROVEN, "{name} is restored and proven. {cause}")

ENDINGS: Mapping[tuple[str, Standing], Ending] = {
    (NEW, Standing.UNTOUCHED): Ending(CLOSED, "Nothing was created. {cause}", "Try again: {again}"),
    (NEW, Standing.CLEARED): Ending(CLOSED, "Nothing was left behind. {cause}", "Try again: {again}"),
    (NEW, Standing.ASKED): Ending(RECOVER, "{which}" + _AGAIN + "; it goes on with this collection."),
    (NEW, Standing.IN_DOUBT): Ending(RECOVER, "{which}" + _AGAIN + "; it goes on with this collection."),
    (NEW, Standing.WHOLE): Ending(RECOVER, _NOT_JUDGED),
    (NEW, Standing.UNPROVEN): Ending(RECOVER, _WRONG),
    (NEW, Standing.PROVEN): _PROVEN,
    # As on one node, but what was left is not removed.
    **{key: ending for key, ending in OF_ONE_NODE.items() if key[0] == SWITCH},
    (SWITCH, Standing.ASKED): Ending(RECOVER, "No alias was moved. {which}" + _AGAIN + "; it goes on with {name}."),
    (SWITCH, Standing.IN_DOUBT): Ending(RECOVER, "No alias was moved. {which}" + _AGAIN + "; it goes on with {name}."),
    (SWITCH, Standing.WHOLE): Ending(RECOVER, "No alias was moved. " + _NOT_JUDGED),
    (REPLACE, Standing.UNTOUCHED): Ending(
        CLOSED, "{name} was not touched: it is as it was. {cause}", "Try again: {again}"
    ),
    (REPLACE, Standing.ASKED): Ending(RECOVER, "{which}" + _AGAIN, back="{safety}"),
    (REPLACE, Standing.IN_DOUBT): Ending(RECOVER, "{which}" + _AGAIN, back="{safety}"),
    (REPLACE, Standing.WHOLE): Ending(RECOVER, _NOT_JUDGED, back="{safety}"),
    (REPLACE, Standing.UNPROVEN): Ending(UNPROVEN, _WRONG, back="{safety}"),
    (REPLACE, Standing.PROVEN): _PROVEN,
    (REPAIR, Standing.UNTOUCHED): Ending(CLOSED, "{name} was not touched. {cause}", "Try again: {again}"),
    (REPAIR, Standing.ASKED): Ending(RECOVER, "{which}" + _AGAIN),
    (REPAIR, Standing.IN_DOUBT): Ending(RECOVER, "{which}" + _AGAIN),
    (REPAIR, Standing.WHOLE): Ending(RECOVER, _NOT_JUDGED),
    (REPAIR, Standing.UNPROVEN): Ending(RECOVER, _WRONG),
    (REPAIR, Standing.PROVEN): _PROVEN,
    (FINISH, Standing.WHOLE): Ending(PROVEN, "{name} was not touched. {cause}", "Try again: {again}"),
    (FINISH, Standing.UNPROVEN): Ending(
        PROVEN,
        "An earlier run restored {name} and proved it, and it was changed since then: it was left alone. Restore to "
        "another name (name:), or restore only what does not exist (mode: missing).",
    ),
    (FINISH, Standing.PROVEN): _PROVEN,
    (KEEP, Standing.PRESENT): Ending(CLOSED, "{name} was not touched. {cause}", "Try again: {again}"),
}


def ending_of(recipe: str, standing: Standing) -> Ending:
    """The row for a restore that ended so."""
    return ENDINGS[recipe, standing]


def advice(task: Task, given: State, cause: str) -> str:
    """What the operator is to do. cause: the advice that came with the error, "" where it gave none."""
    state = of_fleet(given)
    ending = ending_of(task.recipe, state.standing)
    intent = task.intent(utc_text(now()), state.safety_snapshot, ending.note or RECOVER)
    which = ", ".join(state.doubtful)
    safety = ", ".join(f"{name} of shard {shard} on {node}" for shard, node, name in state.safety)
    told = going_on(cause or ending.retry.format(again=intent.again()))
    other = "or" if told.endswith(";") else "Or"
    words = {
        "name": task.name,
        "cause": told,
        "again": intent.again(),
        "fix": f"{other} put the right archive back" if blames_archive(state) else "Fix the cause",
        "settle": intent.settle(),
        "drop": drop_command(task),
        "which": f"In doubt: {which} (shard@node). " if which else "",
        "safety": f"; snapshots of the state before stay on the nodes: {safety}." if safety else "",
    }
    return " ".join((ending.tell + ending.back).format(**words).split()).removesuffix(";")
