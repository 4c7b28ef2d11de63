# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sampled points: which ones, their digests and versions, and what became of them."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable, Union

from .._qdrant.errors import QdrantError
from .digests import lengths_of, payload_bytes, vector_bytes, vector_digest
from .pages import Reading, weight
from .payloads import kept_values
from .shape import Strict

if TYPE_CHECKING:
    from .._qdrant.client import Node
    from .._qdrant.values import Point

PER_SHARD = 8
MOST = 1000  # a manifest stays small, whatever the number of shards
DRAWS = 12  # bounded, where strict mode lets a sample hold only a few points
KEPT_BYTES = 8 * 1024 * 1024  # of memory, for the vectors of all samples together
_NUMBER = 32  # bytes of memory for one number in a list
Id = Union[int, str]


@dataclasses.dataclass(frozen=True)
class Sample:
    """One sampled point. version None: not known; values: of its indexed payload fields; lengths: vector name to how
    many numbers it has; vector: None where it is too large to be kept (``vector_now``); weight: see pages. Values and
    vectors stay in memory and never reach a manifest."""

    id: Id
    payload_digest: str
    vector_digest: str
    version: int | None
    values: Mapping[str, Any]
    lengths: Mapping[str, int]
    vector: Any
    weight: int = 0

    def as_dict(self) -> dict[str, Any]:
        """What a probe keeps of it."""
        return {
            "id": self.id,
            "payload": self.payload_digest,
            "vector": self.vector_digest,
            "version": self.version,
        }

    def same(self, other: Sample) -> bool:
        """Whether nobody touched the point between the two looks: digests alone miss a change and its way back."""
        return (
            self.payload_digest == other.payload_digest
            and self.vector_digest == other.vector_digest
            and self.version == other.version
        )


def wanted(count: int, shards: int) -> int:
    """How many points to sample: ``count``, and at least eight a shard."""
    return min(MOST, max(count, PER_SHARD * shards))


def draw(node: Node, collection: str, count: int, strict: Strict) -> list[Id]:
    """Ids of random points, in several calls where strict mode allows only a few at once. Raises QdrantError."""
    found: dict[str, Id] = {}
    for _turn in range(DRAWS):
        before = len(found)
        for point_id in node.sample_ids(collection, min(count, strict.limit or count)):
            found[str(point_id)] = point_id
        if len(found) >= count or strict.limit is None or len(found) == before:
            break
    return list(found.values())[:count]


def look(
    node: Node, collection: str, ids: Sequence[Id], how: Reading, kept: int = KEPT_BYTES
) -> tuple[dict[str, Sample], bool]:
    """The points with their true versions, by ``str(id)``; False beside them where the server refused to tell versions.

    Ids that the server does not know are left out, as it leaves them out. kept: memory for their vectors. Raises
    QdrantError.
    """
    try:
        return _read(lambda some: node.points_with_versions(collection, some), ids, how, kept), True
    except QdrantError as error:
        if error.kind != "bad_request":
            raise
    return retrieved(node, collection, ids, how, kept), False


def retrieved(
    node: Node, collection: str, ids: Sequence[Id], how: Reading, kept: int = KEPT_BYTES
) -> dict[str, Sample]:
    """The points by ``str(id)``, without versions. Raises QdrantError."""

    def ask(some: list[Id]) -> Iterator[Point]:
        for point in node.retrieve(collection, some, with_payload=True, with_vector=True):
            yield dataclasses.replace(point, version=None)

    return _read(ask, ids, how, kept)


def _read(ask: Callable[[list[Id]], Iterable[Point]], ids: Sequence[Id], how: Reading, kept: int) -> dict[str, Sample]:
    """In pages whose answers stay small."""
    found: dict[str, Sample] = {}
    pages = how.pages(how.strict.at_once())
    start = 0
    while start < len(ids):
        size = pages.size
        for point in ask(list(ids[start : start + size])):
            payload, vector = payload_bytes(point.payload), vector_bytes(point.vector)
            pages.note(heavy := weight(len(vector), len(payload)))
            lengths = lengths_of(point.vector)
            numbers = _NUMBER * sum(lengths.values())
            found[str(point.id)] = Sample(
                point.id,
                hashlib.sha256(payload).hexdigest(),
                hashlib.sha256(vector).hexdigest(),
                point.version,
                kept_values(point.payload or {}, how.fields),
                lengths,
                point.vector if numbers <= kept else None,
                heavy,
            )
            kept -= numbers if numbers <= kept else 0
        start += size
    return found


def vector_now(node: Node, collection: str, sample: Sample) -> Any:
    """A sample's vectors, as kept or read again; None where it has none, or not the same any more. Raises
    QdrantError."""
    if sample.vector is None and sample.lengths:
        for point in node.retrieve(collection, [sample.id], with_payload=False, with_vector=True):
            if vector_digest(point.vector) == sample.vector_digest:
                return point.vector
    return sample.vector


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Noted points against the ones found. Ids as text, in the order of the probe."""

    compared: int
    equal: tuple[str, ...]
    missing: tuple[str, ...]
    payload_differs: tuple[str, ...]
    vector_differs: tuple[str, ...]

    @property
    def different(self) -> list[str]:
        """Ids that came back with another payload or vector."""
        return list(dict.fromkeys(self.payload_differs + self.vector_differs))


def compare(noted: Iterable[Mapping[str, Any]], found: Mapping[str, Sample]) -> Comparison:
    """Noted digests (the ``points`` of a probe) against what the server returned."""
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
