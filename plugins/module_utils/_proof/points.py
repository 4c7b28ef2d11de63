# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sampled points: their selection, digests, versions and comparison."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable, Union

from .._qdrant.errors import QdrantError
from .digests import lengths_of, payload_bytes, vector_bytes, vector_digest
from .pages import Reading, weight
from .payloads import kept_values
from .shape import Strict, vector_of

if TYPE_CHECKING:
    from .._qdrant.client import Node
    from .._qdrant.reads import PointReader
    from .._qdrant.values import Point

PER_SHARD = 8
MOST = 1000  # a manifest stays small, whatever the number of shards
DRAWS = 12  # limited, if strict mode allows only a few points in a sample
KEPT_BYTES = 8 * 1024 * 1024  # of memory, for the vectors of all samples together
_NUMBER = 32  # bytes of memory for one number in a list
Id = Union[int, str]


@dataclasses.dataclass(frozen=True)
class Sample:
    """One sampled point. version None: unknown; values: of its indexed payload fields; lengths: vector name to its
    number of numbers; vector: None if it is too large to be kept (``vector_now``); weight: see pages. Values and
    vectors stay in memory and never reach a manifest."""

    id: Id
    payload_digest: str
    vector_digest: str
    version: int | None
    values: Mapping[str, Any]
    lengths: Mapping[str, int]
    vector: Any
    weight: int = 0

    def vector_of(self, name: str) -> Any:
        """Its vector of this name, None if it was not kept."""
        return vector_of(self.vector, name)

    def as_dict(self) -> dict[str, Any]:
        """What a probe keeps of it."""
        return {
            "id": self.id,
            "payload": self.payload_digest,
            "vector": self.vector_digest,
            "version": self.version,
        }

    def same(self, other: Sample) -> bool:
        """Whether the point did not change between the two reads: digests alone miss a change that was reverted."""
        return (
            self.payload_digest == other.payload_digest
            and self.vector_digest == other.vector_digest
            and self.version == other.version
        )


def wanted(count: int, shards: int) -> int:
    """How many points to sample: ``count``, and at least eight a shard."""
    return min(MOST, max(count, PER_SHARD * shards))


def draw(node: Node, collection: str, count: int, strict: Strict) -> list[Id]:
    """Ids of random points, in several calls if strict mode allows only a few at once. Raises QdrantError."""
    found: dict[str, Id] = {}
    for _turn in range(DRAWS):
        before = len(found)
        for point_id in node.sample_ids(collection, min(count, strict.limit or count)):
            found[str(point_id)] = point_id
        if len(found) >= count or strict.limit is None or len(found) == before:
            break
    return list(found.values())[:count]


def look(
    node: Node, collection: str, ids: Sequence[Id], how: Reading, kept: int = KEPT_BYTES, taken: Taken | None = None
) -> tuple[dict[str, Sample], bool]:
    """The points with their versions, by ``str(id)``; and False if the server refused to return versions.

    Ids that the server does not know are left out. kept: memory for their vectors. taken: points that were read
    before, to add these to. Raises QdrantError.
    """
    try:
        taken = taken or Taken(how, kept)
        return _read(lambda some: node.points_with_versions(collection, some), ids, taken), True
    except QdrantError as error:
        if error.kind != "bad_request":
            raise
    return retrieved(node, collection, ids, how, kept), False


def retrieved(
    node: PointReader, collection: str, ids: Sequence[Id], how: Reading, kept: int = KEPT_BYTES
) -> dict[str, Sample]:
    """The points by ``str(id)``, without versions. Raises QdrantError."""

    def ask(some: list[Id]) -> Iterator[Point]:
        for point in node.retrieve(collection, some, with_payload=True, with_vector=True):
            yield dataclasses.replace(point, version=None)

    return _read(ask, ids, Taken(how, kept))


class Taken:
    """Points that are read into samples: ``found``. kept: bytes of memory for their vectors; pages: for the next
    request."""

    def __init__(self, how: Reading, kept: int) -> None:
        self.found: dict[str, Sample] = {}
        self.pages = how.pages(how.strict.at_once())
        self._fields, self._kept = how.fields, kept

    def add(self, point: Point) -> None:
        """One more."""
        payload, vector = payload_bytes(point.payload), vector_bytes(point.vector)
        self.pages.note(heavy := weight(len(vector), len(payload)))
        lengths = lengths_of(point.vector)
        numbers = _NUMBER * sum(lengths.values())
        keep = numbers <= self._kept
        self._kept -= numbers if keep else 0
        self.found[str(point.id)] = Sample(
            point.id,
            hashlib.sha256(payload).hexdigest(),
            hashlib.sha256(vector).hexdigest(),
            point.version,
            kept_values(point.payload or {}, self._fields),
            lengths,
            point.vector if keep else None,
            heavy,
        )


def _read(ask: Callable[[list[Id]], Iterable[Point]], ids: Sequence[Id], taken: Taken) -> dict[str, Sample]:
    """In pages whose answers stay small."""
    start = 0
    while start < len(ids):
        size = taken.pages.size
        for point in ask(list(ids[start : start + size])):
            taken.add(point)
        start += size
    return taken.found


def vector_now(node: PointReader, collection: str, sample: Sample) -> Any:
    """A sample's vectors, kept or read again; None if it has none, or if they changed. Raises QdrantError."""
    if sample.vector is None and sample.lengths:
        for point in node.retrieve(collection, [sample.id], with_payload=False, with_vector=True):
            if vector_digest(point.vector) == sample.vector_digest:
                return point.vector
    return sample.vector


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Recorded points compared with current ones. Ids as text, in the order of the probe."""

    compared: int
    equal: tuple[str, ...]
    missing: tuple[str, ...]
    payload_differs: tuple[str, ...]
    vector_differs: tuple[str, ...]

    @property
    def different(self) -> list[str]:
        """Ids with another payload or vector."""
        return list(dict.fromkeys(self.payload_differs + self.vector_differs))


def compare(noted: Iterable[Mapping[str, Any]], found: Mapping[str, Sample]) -> Comparison:
    """Compare recorded digests (the ``points`` of a probe) with the server's answer."""
    equal, missing, payload, vector = [], [], [], []
    for point in noted:
        key = str(point["id"])
        sample = found.get(key)
        if sample is None:
            missing.append(key)
            continue
        if sample.payload_digest != point["payload"]:
            payload.append(key)
        if sample.vector_digest != point["vector"]:
            vector.append(key)
        if sample.payload_digest == point["payload"] and sample.vector_digest == point["vector"]:
            equal.append(key)
    total = len(missing) + len(equal) + len(set(payload) | set(vector))
    return Comparison(total, tuple(equal), tuple(missing), tuple(payload), tuple(vector))
