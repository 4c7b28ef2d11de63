# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits the points of one request, so that an answer stays small in memory.

A point may have a few numbers or a hundred thousand (multivectors), and a payload of any size.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from .shape import MOST_FIELDS, Strict, strict_mode, vector_kinds

if TYPE_CHECKING:
    from .._qdrant.values import Collection

ANSWER_BYTES = 16 * 1024 * 1024  # of memory, for one answer
FEW = 8  # points of the first request, before any payload is known
_OF_NUMBERS = 14  # memory for each byte of float32: the number as an object, and its text twice
_OF_PAYLOADS = 4
_ROWS = 1024  # estimated rows of a multivector


def weight(vector_bytes: int, payload_bytes: int) -> int:
    """Memory of a point while its answer is read, from the length of its canonical forms."""
    return _OF_NUMBERS * vector_bytes + _OF_PAYLOADS * payload_bytes


@dataclasses.dataclass(frozen=True)
class Reading:
    """How to read the points of one collection. fields: payload paths whose values are kept; guess: memory for one
    point, from the configuration; seen: of the largest one before, if these are the same points."""

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
    """Learns from received points: call ``note`` for each; ``size`` is the number of points in the next request."""

    def __init__(self, guess: int, most: int) -> None:
        self._most = most
        self._heaviest = 0
        self._guess = guess

    def note(self, heavy: int) -> None:
        """Record a point of this weight."""
        self._heaviest = max(self._heaviest, heavy)

    @property
    def size(self) -> int:
        """As many as fit if all are as large as the largest so far; few before the first."""
        most = self._most if self._heaviest else min(self._most, FEW)
        return max(1, min(most, ANSWER_BYTES // max(1, self._heaviest or self._guess)))
