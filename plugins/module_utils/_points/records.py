# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a comparison keeps of a point: 34 bytes, in memory for one page only, and in a scratch file for a backup."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .._proof.digests import payload_bytes, vector_bytes
from .._proof.pages import weight
from .._qdrant.ids import KEY_BYTES, key_of
from .._qdrant.values import Point

HALF = 8  # bytes of each digest: enough against accidents, not against forgery
DIGEST_BYTES = 2 * HALF
RECORD_BYTES = KEY_BYTES + DIGEST_BYTES + 1
NO_DIGEST = bytes(DIGEST_BYTES)  # of a point of which only the id was read
_AT_ONCE = 4096


class Record(NamedTuple):
    """A point in a comparison. key: of its id; digest: of the payload, then of the vectors; chosen: whether it matches
    the filter."""

    key: bytes
    digest: bytes
    chosen: bool = True


def digest_of(point: Point) -> bytes:
    """The digests of a point that was read with payload and vectors, from a server or from the engine."""
    return _digest(payload_bytes(point.payload), vector_bytes(point.vector))


def weighed(point: Point) -> tuple[Record, int]:
    """The record of a point with payload and vectors, and the memory that its answer takes."""
    payload, vectors = payload_bytes(point.payload), vector_bytes(point.vector)
    return Record(key_of(point.id), _digest(payload, vectors)), weight(len(vectors), len(payload))


def _digest(payload: bytes, vectors: bytes) -> bytes:
    first = hashlib.blake2b(payload, digest_size=HALF).digest()
    return first + hashlib.blake2b(vectors, digest_size=HALF).digest()


def write(path: str, records: Iterable[Record]) -> int:
    """Write records to a file; their number."""
    count = 0
    with open(path, "wb") as out:
        for record in records:
            out.write(record.key + record.digest + (b"\x01" if record.chosen else b"\x00"))
            count += 1
    return count


def read(path: str) -> Iterator[Record]:
    """The records of a file."""
    with open(path, "rb") as stream:
        while piece := stream.read(_AT_ONCE * RECORD_BYTES):
            for start in range(0, len(piece), RECORD_BYTES):
                middle, end = start + KEY_BYTES, start + RECORD_BYTES - 1
                yield Record(piece[start:middle], piece[middle:end], piece[end] == 1)
