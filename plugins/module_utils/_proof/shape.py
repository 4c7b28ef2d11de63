# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a collection's configuration that matter for requests: vectors, distances, tolerances, strict mode."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._qdrant.values import Collection

TOLERANCE = 1e-4
HALF_TOLERANCE = 2e-3  # float16 has about three digits
MOST_FIELDS = 32  # whose indexes are counted, and whose payloads are read
_EXACT_TYPES = (None, "float32", "uint8")
_LOWER_IS_BETTER = ("Euclid", "Manhattan")


@dataclasses.dataclass(frozen=True)
class VectorKind:
    """One vector name of a collection, as far as queries need it.

    name: "" for the unnamed one; tolerance: how far a score may move and still agree; lower: a lower score is better;
    quantised: a normal search may return estimated scores; dimensions: 0 for sparse vectors; why_not: the reason why
    its queries cannot be compared, or "".
    """

    name: str
    sparse: bool
    multi: bool
    dimensions: int
    tolerance: float
    lower: bool
    quantised: bool
    why_not: str = ""


def vector_kinds(collection: Collection) -> list[VectorKind]:
    """Every vector name of a collection, dense ones first, in order of their names."""
    kinds = [_dense(name, params, collection.config) for name, params in sorted(collection.vectors.items())]
    return kinds + [_sparse(name, params) for name, params in sorted(collection.sparse_vectors.items())]


def _dense(name: str, params: Mapping[str, Any], config: Mapping[str, Any]) -> VectorKind:
    exact = _word(params.get("datatype")) in _EXACT_TYPES
    return VectorKind(
        name=name,
        sparse=False,
        multi=bool(params.get("multivector_config")),
        dimensions=int(params.get("size") or 0),
        tolerance=TOLERANCE if exact else HALF_TOLERANCE,
        lower=str(params.get("distance")) in _LOWER_IS_BETTER,
        quantised=bool(params.get("quantization_config") or config.get("quantization_config")),
    )


def _sparse(name: str, params: Mapping[str, Any] | None) -> VectorKind:
    params = params or {}
    index_type = _word((params.get("index") or {}).get("datatype"))
    why_not = ""
    if _word(params.get("modifier")) not in (None, "none"):
        why_not = "its scores depend on the whole collection (modifier idf)"
    elif index_type not in (None, "float32"):
        why_not = f"its scores move when the index is built (index of {index_type})"
    return VectorKind(name, True, False, 0, TOLERANCE, False, False, why_not)


def _word(value: Any) -> str | None:
    return None if value is None else str(value).lower()


def vector_of(vector: Any, name: str) -> Any:
    """The vector of this name in the server's answer for a point; None if the point has none."""
    if isinstance(vector, Mapping):
        return vector.get(name)
    return vector if name == "" else None


@dataclasses.dataclass(frozen=True)
class Strict:
    """The limits of strict mode that matter here. ``limit``: most points that one query may ask for, or None."""

    exact: bool = True
    limit: int | None = None

    @property
    def refused(self) -> list[dict[str, str]]:
        """The facts that a probe cannot record because of these limits, for the manifest."""
        out = []
        if not self.exact:
            out.append({"by": "search_allow_exact", "what": "exact queries, recall and counts of payload values"})
        if self.limit is not None and self.limit < ANSWERS:
            out.append({"by": "max_query_limit", "what": "exact queries and recall"})
        return out

    @property
    def queries(self) -> bool:
        """Whether exact queries of eleven answers are allowed."""
        return self.exact and (self.limit is None or self.limit >= ANSWERS)

    def at_once(self, most: int = 128) -> int:
        """The number of points in one call."""
        return max(1, min(most, self.limit or most))


ANSWERS = 11  # ten to compare, and the edge


def strict_mode(collection: Collection) -> Strict:
    """The active limits; none if strict mode is off."""
    mode = collection.strict_mode or {}
    if not mode.get("enabled"):
        return Strict()
    limit = mode.get("max_query_limit")
    return Strict(exact=mode.get("search_allow_exact") is not False, limit=int(limit) if limit else None)
