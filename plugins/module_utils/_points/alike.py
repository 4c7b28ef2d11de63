# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether two versions of a point are equal except for rounding. Pure.

A write may change the last digits of a number: the server reads the decimal text of a payload's number not exactly, and
normalizes vectors of the distance Cosine again. A point that was put back must not be "changed" because of that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from .._proof.digests import payload_bytes, vector_bytes
from .._qdrant.values import Collection, Point

_OF_PAYLOADS = 1e-15  # relative: a few units in the last place of a float64
_OF_FLOAT32 = 1e-6  # of a vector's longest component
_OF_FLOAT16 = 1e-3


class Tolerances:
    """By vector name, from the collection's configuration: how far a component may move, relative to the longest one.

    Only dense vectors of the distance Cosine are changed by a write; uint8 vectors are not normalized.
    """

    def __init__(self, about: Collection) -> None:
        self._by_name = {name: _tolerance(params) for name, params in about.vectors.items()}

    def of(self, name: str) -> float:
        """For this vector; 0 if it must be equal."""
        return self._by_name.get(name, 0.0)


def _tolerance(params: Mapping[str, Any]) -> float:
    kind = str(params.get("datatype") or "float32").lower()
    if str(params.get("distance")) != "Cosine" or kind == "uint8":
        return 0.0
    return _OF_FLOAT16 if kind == "float16" else _OF_FLOAT32


def alike(ours: Point, theirs: Point, tolerances: Tolerances) -> bool:
    """Whether payload and vectors are equal, or differ by rounding only."""
    return payloads_alike(ours.payload, theirs.payload) and vectors_alike(ours.vector, theirs.vector, tolerances)


def payloads_alike(ours: Any, theirs: Any) -> bool:
    """Whether two payloads are equal; numbers with a fraction may differ in their last digit."""
    return payload_bytes(ours) == payload_bytes(theirs) or _values_alike(ours or {}, theirs or {})


def _values_alike(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, float) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=_OF_PAYLOADS, abs_tol=0.0) or ours == theirs
    if type(ours) is not type(theirs):
        return False
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(_values_alike(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(_values_alike, ours, theirs))
    return bool(ours == theirs)


def vectors_alike(ours: Any, theirs: Any, tolerances: Tolerances) -> bool:
    """Whether the vectors of two points are equal; those of the distance Cosine may differ by rounding."""
    if vector_bytes(ours) == vector_bytes(theirs):
        return True
    left, right = _named(ours), _named(theirs)
    return left.keys() == right.keys() and all(
        _one_alike(left[name], right[name], tolerances.of(name)) for name in left
    )


def _named(vector: Any) -> dict[str, Any]:
    if not vector:
        return {}
    named = vector if isinstance(vector, Mapping) else {"": vector}
    return {str(name): one for name, one in named.items() if one is not None}


def _one_alike(ours: Any, theirs: Any, tolerance: float) -> bool:
    if vector_bytes({"": ours}) == vector_bytes({"": theirs}):
        return True
    if not tolerance or isinstance(ours, Mapping) or isinstance(theirs, Mapping):
        return False
    left, right = list(_rows(ours)), list(_rows(theirs))
    return len(left) == len(right) and all(_row_alike(one, two, tolerance) for one, two in zip(left, right))


def _rows(vector: Any) -> Iterator[Any]:
    if vector and isinstance(vector[0], (list, tuple)):
        yield from vector
    else:
        yield vector


def _row_alike(ours: Any, theirs: Any, tolerance: float) -> bool:
    if len(ours) != len(theirs) or None in ours or None in theirs:
        return False
    most = tolerance * max(map(abs, ours), default=0.0)
    return all(abs(one - two) <= most for one, two in zip(ours, theirs))
