# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many points to ask for at once: an answer stays small in memory, whatever a point holds.

A point may have a few numbers or a hundred thousand (one row a word or a patch of a page), and a payload of any size.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from .indexes import MOST_FIELDS
from .shape import Strict, strict_mode, vector_kinds

if TYPE_CHECKING:
    from .._qdrant.values import Collection

ANSWER_BYTES = 16 * 1024 * 1024  # of memory, for one answer
FEW = 8  # asked for first, before any payload was seen
_OF_NUMBERS = 14  # memory for each byte of float32: the number as an object, and its text twice
_OF_PAYLOADS = 4
_ROWS = 1024  # a guess at what a multivector holds


def weight(vector_bytes: int, payload_bytes: int) -> int:
    """Memory that a point takes while its answer is read, by the length of its canonical forms."""
    return _OF_NUMBERS * vector_bytes + _OF_PAYLOADS * payload_bytes


@dataclasses.dataclass(frozen=True)
class Reading:
    """How to read the points of one collection. fields: payload paths whose values are kept; guess: memory for one
    point, as far as the configuration tells; seen: of the heaviest that came before, where these are the same again."""

    strict: Strict
    fields: tuple[str, ...] = ()
    guess: int = 0
    seen: int = 0

    def pages(self, most: int) -> Pages:
        """Pages of at most so many points."""
        pages = Pages(self.guess, most)
        pages.note(self.seen)
        return pages


def reading(about: Collection) -> Reading:
    """How to read points of this collection."""
    numbers = sum(kind.dimensions * (_ROWS if kind.multi else 1) for kind in vector_kinds(about))
    return Reading(strict_mode(about), tuple(sorted(about.payload_schema)[:MOST_FIELDS]), weight(4 * numbers, 0))


class Pages:
    """Learns from the points that came: ``note`` each of them, ``size`` is how many to ask for next."""

    def __init__(self, guess: int, most: int) -> None:
        self._most = most
        self._heaviest = 0
        self._guess = guess

    def note(self, heavy: int) -> None:
        """One point of this weight came."""
        self._heaviest = max(self._heaviest, heavy)

    @property
    def size(self) -> int:
        """As many as fit if they are as heavy as the heaviest so far; few while none was seen."""
        most = self._most if self._heaviest else min(self._most, FEW)
        return max(1, min(most, ANSWER_BYTES // max(1, self._heaviest or self._guess)))
