# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a restore's target, and whose it is. Pure: the only place where one standing follows another.

::

    UNTOUCHED -> ASKED -> WHOLE -> PROVEN | UNPROVEN
                 ASKED -> IN_DOUBT -> WHOLE | CLEARED

A recover whose answer was not 200 is never judged by looking: the collection may be a silent mixture of old and
restored shards. It goes into doubt, and comes out of it by a whole recover, or by being cleared.
"""

from __future__ import annotations

import enum

from .._qdrant.effects import DONE, NONE


class Standing(enum.Enum):
    """What is known of the target. Each value is the word in reports."""

    PRESENT = "present"  # it existed before the restore, which leaves it alone
    UNTOUCHED = "untouched"  # nothing of it was changed
    ASKED = "asked"  # the node was asked to change it, and may be at work
    IN_DOUBT = "in doubt"  # the node is done, and the contents may be mixed
    CLEARED = "cleared"  # what was there before is back: nothing, or the safety snapshot
    WHOLE = "whole"  # recovered whole, and not proven yet
    PROVEN = "proven"  # compared with the backup: nothing contradicts it
    UNPROVEN = "unproven"  # compared with the backup: it is not what was backed up


class Claim(enum.Enum):
    """Whose the collection is that has the target's name now."""

    FREE = "free"  # the name is free
    OURS = "ours"  # this restore's, or what an interrupted restore left
    THEIRS = "theirs"  # another client's


_MAY_BE_ASKED = (Standing.UNTOUCHED, Standing.IN_DOUBT, Standing.CLEARED)
_OVER = "a restore that is {} cannot become {}"


def asked(before: Standing) -> Standing:
    """The node is asked to recover, or to make a collection."""
    return _step(before, Standing.ASKED, before in _MAY_BE_ASKED)


def answered(before: Standing, effect: str) -> Standing:
    """What the answer says, where ``before`` is the standing from before the node was asked. Without an effect all
    is as before, also the doubt; with an unknown effect the node may be at work."""
    if before not in _MAY_BE_ASKED:
        return _step(before, Standing.WHOLE, False)
    if effect == DONE:
        return Standing.WHOLE
    return before if effect == NONE else Standing.ASKED


def waited(before: Standing) -> Standing:
    """No recover is at work any more. That says nothing about how it ended."""
    return _step(before, Standing.IN_DOUBT, before is Standing.ASKED)


def cleared(before: Standing) -> Standing:
    """What a recover left was removed, or the state before was recovered whole."""
    return _step(before, Standing.CLEARED, before in _MAY_BE_ASKED)


def judged(before: Standing, agrees: bool) -> Standing:
    """The collection was compared with its backup."""
    return _step(before, Standing.PROVEN if agrees else Standing.UNPROVEN, before is Standing.WHOLE)


def _step(before: Standing, after: Standing, allowed: bool) -> Standing:
    if not allowed:
        raise ValueError(_OVER.format(before.value, after.value))
    return after
