# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sampled points: which ones, their digests and versions, and what became of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from .._qdrant.errors import QdrantError
from .digests import payload_digest, vector_digest
from .shape import Strict

if TYPE_CHECKING:
    from .._qdrant.client import Node
    from .._qdrant.values import Point

PER_SHARD = 8
MOST = 1000  # a manifest stays small, whatever the number of shards
DRAWS = 12  # bounded, where strict mode lets a sample hold only a few points
Id = Union[int, str]


@dataclasses.dataclass(frozen=True)
class Sample:
    """One sampled point. vector and payload stay in memory and never reach a manifest; version None: not known."""

    id: Id
    payload_digest: str
    vector_digest: str
    version: int | None
    payload: Mapping[str, Any]
    vector: Any

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


def sample_of(point: Point) -> Sample:
    """A point as the server returned it, digested."""
    payload = point.payload or {}
    return Sample(point.id, payload_digest(payload), vector_digest(point.vector), point.version, payload, point.vector)


def wanted(count: int, shards: int) -> int:
    """How many points to sample: ``count``, and at least eight a shard."""
    return min(MOST, max(count, PER_SHARD * shards))


def draw(node: Node, collection: str, count: int, strict: Strict) -> list[Id]:
    """Ids of random points, in several calls where strict mode allows only a few at once. Raises QdrantError."""
    found: dict[str, Id] = {}
    for _turn in range(DRAWS):
        before = len(found)
        for point in node.sample(collection, min(count, strict.limit or count)):
            found[str(point.id)] = point.id
        if len(found) >= count or strict.limit is None or len(found) == before:
            break
    return list(found.values())[:count]


def look(node: Node, collection: str, ids: Sequence[Id], strict: Strict) -> tuple[dict[str, Sample], bool]:
    """The points with their true versions, by ``str(id)``; False beside them where the server refused to tell versions.

    Ids that the server does not know are left out, as it leaves them out. Raises QdrantError.
    """
    found: dict[str, Sample] = {}
    for some in chunks(ids, strict.at_once()):
        try:
            points = node.points_with_versions(collection, list(some))
        except QdrantError as error:
            if error.kind != "bad_request":
                raise
            return retrieved(node, collection, ids, strict), False
        found.update((str(point.id), sample_of(point)) for point in points)
    return found, True


def retrieved(node: Node, collection: str, ids: Sequence[Id], strict: Strict) -> dict[str, Sample]:
    """The points by ``str(id)``, without versions. Raises QdrantError."""
    found: dict[str, Sample] = {}
    for some in chunks(ids, strict.at_once()):
        for point in node.retrieve(collection, list(some), with_payload=True, with_vector=True):
            found[str(point.id)] = dataclasses.replace(sample_of(point), version=None)
    return found


def chunks(ids: Sequence[Id], size: int) -> Iterator[Sequence[Id]]:
    """The ids in pieces of at most ``size``."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


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
