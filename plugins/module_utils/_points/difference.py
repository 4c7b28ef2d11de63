# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares two sides of one collection in one pass. Pure: both sides are iterators in the order of their ids."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from .._qdrant.ids import KEY_BYTES, Id, id_of
from .records import DIGEST_BYTES, HALF, Record

SAMPLE = 10  # ids of each kind in a report


class OrderError(Exception):
    """One side is not in the order of its ids. The text says which, and where."""


class Keys:
    """The keys of points that differ: 17 bytes each, 33 with the digest of the live point."""

    def __init__(self, *, digests: bool = False) -> None:
        self._width = KEY_BYTES + (DIGEST_BYTES if digests else 0)
        self._data = bytearray()

    def add(self, record: Record) -> None:
        """Keep the key of a record, and its digest if this list has them."""
        self._data += (record.key + record.digest)[: self._width]

    def __len__(self) -> int:
        return len(self._data) // self._width

    def items(self, first: int = 0, count: int | None = None) -> list[tuple[bytes, bytes]]:
        """(key, digest; empty without digests) from a position on."""
        end = len(self) if count is None else min(len(self), first + count)
        return [self._item(number) for number in range(first, end)]

    def chunks(self, size: int) -> Iterator[list[tuple[bytes, bytes]]]:
        """All of them, ``size`` at a time."""
        for first in range(0, len(self), size):
            yield self.items(first, size)

    def sample(self) -> list[Id]:
        """The first ids."""
        return [id_of(key) for key, dummy in self.items(0, SAMPLE)]

    def _item(self, number: int) -> tuple[bytes, bytes]:
        start = number * self._width
        return (
            bytes(self._data[start : start + KEY_BYTES]),
            bytes(self._data[start + KEY_BYTES : start + self._width]),
        )


@dataclasses.dataclass
class Difference:
    """How a collection differs from a backup of it. Only points that were chosen count, see ``compare``.

    backup, live: chosen points of each side; same: in both and equal; rounded: of these, equal except for the last
    digits of numbers; payloads, vectors: changed points whose payload (vectors) differ, each may be in both.
    changed: keys with the digests of the live points.
    """

    backup: int = 0
    live: int = 0
    same: int = 0
    rounded: int = 0
    payloads: int = 0
    vectors: int = 0
    missing: Keys = dataclasses.field(default_factory=Keys)
    changed: Keys = dataclasses.field(default_factory=lambda: Keys(digests=True))
    new: int = 0
    new_sample: list[Id] = dataclasses.field(default_factory=list)

    @property
    def bytes(self) -> int:
        """Memory for the points that differ."""
        return KEY_BYTES * len(self.missing) + (KEY_BYTES + DIGEST_BYTES) * len(self.changed)

    def counts(self) -> dict[str, int]:
        """The numbers, for a report."""
        return {
            "backup": self.backup,
            "live": self.live,
            "same": self.same,
            "rounded": self.rounded,
            "missing": len(self.missing),
            "changed": len(self.changed),
            "changed_payload": self.payloads,
            "changed_vector": self.vectors,
            "new": self.new,
        }

    def samples(self) -> dict[str, Any]:
        """The first ids of each kind."""
        return {"missing": self.missing.sample(), "changed": self.changed.sample(), "new": list(self.new_sample)}


def compare(backup: Iterable[Record], live: Iterable[Record], found: Difference | None = None) -> Difference:
    """Missing: in the backup only; changed: in both, with another digest; new: in the live collection only.

    A point is chosen by its record in the backup if it has one, else by the live one: a filter selects what the backup
    held. found: counts are added to it. OrderError if a side is not in the order of its ids.
    """
    found = Difference() if found is None else found
    left, right = _checked(backup, "backup"), _checked(live, "live collection")
    ours, theirs = next(left, None), next(right, None)
    while ours is not None or theirs is not None:
        if theirs is None or (ours is not None and ours.key < theirs.key):
            if ours is not None and ours.chosen:
                found.backup += 1
                found.missing.add(ours)
            ours = next(left, None)
        elif ours is None or theirs.key < ours.key:
            if theirs.chosen:
                found.live += 1
                found.new += 1
                if len(found.new_sample) < SAMPLE:
                    found.new_sample.append(id_of(theirs.key))
            theirs = next(right, None)
        else:
            if ours.chosen:
                _both(found, ours, theirs)
            ours, theirs = next(left, None), next(right, None)
    return found


def _both(found: Difference, ours: Record, theirs: Record) -> None:
    found.backup += 1
    found.live += 1
    if ours.digest == theirs.digest:
        found.same += 1
        return
    found.changed.add(theirs)
    found.payloads += ours.digest[:HALF] != theirs.digest[:HALF]
    found.vectors += ours.digest[HALF:] != theirs.digest[HALF:]


def _checked(side: Iterable[Record], name: str) -> Iterator[Record]:
    """The records, without repeated ids: a point that is moved between shards may be in two of them."""
    last = b""
    for record in side:
        if record.key > last:
            last = record.key
            yield record
        elif record.key < last:
            raise OrderError(f"the {name} returned point {id_of(record.key)} after point {id_of(last)}")
