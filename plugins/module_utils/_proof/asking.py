# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which queries a probe asks: from the vectors of its own points, so that no vector lies in a manifest."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._qdrant.errors import QdrantError
from .points import Sample, vector_now
from .queries import Answer, Hit, ask, noted, refusal, unchanged
from .shape import Strict, VectorKind, vector_of

if TYPE_CHECKING:
    from .._qdrant.client import Node

MOST_DRAWN = 12  # queries asked for one name until enough of them tell something


@dataclasses.dataclass(frozen=True)
class Query:
    """A query asked before the snapshot."""

    of_point: str
    kind: VectorKind
    answer: Answer


def left_out(kind: VectorKind, points: int, samples: Mapping[str, Sample], strict: Strict, query_limit: int) -> str:
    """Why no exact queries are asked for a vector name; "" when they are."""
    if not strict.queries:
        return "search_allow_exact" if not strict.exact else "max_query_limit"
    if kind.why_not:
        return kind.why_not
    if points * width(kind, samples) > query_limit:
        return "query_limit"
    return ""


def width(kind: VectorKind, samples: Mapping[str, Sample]) -> int:
    """Numbers that a scan reads for one point, as the sample shows for vectors of no fixed length."""
    if not kind.sparse and not kind.multi:
        return kind.dimensions
    lengths = [sample.lengths[kind.name] for sample in samples.values() if kind.name in sample.lengths]
    return -(-sum(lengths) // len(lengths)) if lengths else 0


def ask_some(node: Node, collection: str, kind: VectorKind, samples: Mapping[str, Sample], enough: int) -> list[Query]:
    """Queries of one vector name that note enough hits; the others are left out. Raises QdrantError."""
    out: list[Query] = []
    asked = 0
    for key, sample in samples.items():
        if kind.name not in sample.lengths:
            continue
        vector = vector_of(vector_now(node, collection, sample), kind.name)
        if not vector:
            continue
        answer = noted(ask(node, collection, vector, kind), kind.tolerance, kind.lower)
        asked += 1
        if answer.telling:
            out.append(Query(key, kind, answer))
        if len(out) >= enough or asked >= MOST_DRAWN:
            break
    return out


def still(
    node: Node, collection: str, queries: Sequence[Query], stable: Mapping[str, Sample]
) -> tuple[list[Query], dict[tuple[str, str], list[Hit]]]:
    """The queries that tell the same again; and their whole answers, by vector name and point. Raises QdrantError."""
    kept: list[Query] = []
    exact: dict[tuple[str, str], list[Hit]] = {}
    for query in queries:
        if query.of_point not in stable:
            continue
        kind = query.kind
        try:
            vector = vector_of(vector_now(node, collection, stable[query.of_point]), kind.name)
            if not vector:
                continue
            hits = ask(node, collection, vector, kind)
        except QdrantError as error:
            refusal(error)
            continue
        if unchanged(query.answer, noted(hits, kind.tolerance, kind.lower), kind.tolerance):
            kept.append(query)
            exact[kind.name, query.of_point] = hits
    return kept, exact


def vectors(
    node: Node, collection: str, samples: Iterable[tuple[Sample, Sequence[Hit] | None]], kind: VectorKind
) -> Iterator[tuple[Any, Sequence[Hit] | None]]:
    """The vector of each sample that has one of this name, read when its turn comes. Raises QdrantError."""
    for sample, known in samples:
        if kind.name in sample.lengths:
            vector = vector_of(vector_now(node, collection, sample), kind.name)
            if vector:
                yield vector, known


def query_json(query: Query, stable: Mapping[str, Sample]) -> dict[str, Any]:
    """What a probe keeps of a query."""
    return {
        "vector_of": stable[query.of_point].id,
        "using": query.kind.name,
        "tol": query.kind.tolerance,
        "lower": query.kind.lower,
        "edge": query.answer.edge,
        "hits": [{"id": hit.id, "score": hit.score} for hit in query.answer.hits],
        "total": query.answer.total,
    }
