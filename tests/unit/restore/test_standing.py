# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole table of standings: which follows which, and that nothing else does."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.effects import DONE, NONE, UNKNOWN
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore import standing as room
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.standing import Standing

MOVES = {
    "asked": room.asked,
    "answered none": lambda before: room.answered(before, NONE),
    "answered unknown": lambda before: room.answered(before, UNKNOWN),
    "answered done": lambda before: room.answered(before, DONE),
    "waited": room.waited,
    "cleared": room.cleared,
    "agrees": lambda before: room.judged(before, True),
    "differs": lambda before: room.judged(before, False),
}
U, A, D, C, W = Standing.UNTOUCHED, Standing.ASKED, Standing.IN_DOUBT, Standing.CLEARED, Standing.WHOLE
TABLE = {
    (U, "asked"): A,
    (D, "asked"): A,
    (C, "asked"): A,
    # What the answer means is told from the standing before the node was asked: doubt stays where it did nothing.
    (U, "answered none"): U,
    (D, "answered none"): D,
    (C, "answered none"): C,
    (U, "answered unknown"): A,
    (D, "answered unknown"): A,
    (C, "answered unknown"): A,
    (U, "answered done"): W,
    (D, "answered done"): W,
    (C, "answered done"): W,
    (A, "waited"): D,
    (U, "cleared"): C,
    (D, "cleared"): C,
    (C, "cleared"): C,
    (W, "agrees"): Standing.PROVEN,
    (W, "differs"): Standing.UNPROVEN,
}


@pytest.mark.parametrize("before, move", list(itertools.product(Standing, MOVES)), ids=str)
def test_every_standing_meets_every_move(before, move):
    after = TABLE.get((before, move))
    if after is None:
        with pytest.raises(ValueError, match=f"that is {before.value} cannot become"):
            MOVES[move](before)
    else:
        assert MOVES[move](before) is after


def test_nothing_leads_out_of_asked_but_the_end_of_the_recover():
    """A recover is never judged by looking."""
    assert {move for before, move in TABLE if before is A} == {"waited"}


def test_nothing_is_judged_that_was_not_recovered_whole():
    assert {before for before, move in TABLE if move in ("agrees", "differs")} == {W}
