# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Selects the queries of a probe: with the vectors of its own points, so that a manifest contains no vectors."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._qdrant.errors import QdrantError
from .points import Sample, vector_now
from .queries import Answer, Hit, Question, Reply, ask, noted, refusal, unchanged
from .shape import Strict, VectorKind, vector_of

if TYPE_CHECKING:
    from .._qdrant.reads import PointReader

MOST_DRAWN = 12  # queries for one name until enough of them are useful


@dataclasses.dataclass(frozen=True)
class Query:
    """A query that ran before the snapshot."""

    of_point: str
    kind: VectorKind
    answer: Answer


def left_out(kind: VectorKind, points: int, samples: Mapping[str, Sample], strict: Strict, query_limit: int) -> str:
    """Why no exact queries are run for a vector name; "" if they are."""
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


def ask_some(
    node: PointReader, collection: str, kinds: Sequence[VectorKind], samples: Mapping[str, Sample], enough: int
) -> tuple[list[Query], dict[str, str]]:
    """Up to ``enough`` queries of each vector name with enough hits, and why a refused name has none. One call for all
    names, and another for names with too few hits. Raises QdrantError."""
    found: dict[str, list[Query]] = {kind.name: [] for kind in kinds}
    refused: dict[str, str] = {}
    drawn = {kind.name: iter([key for key, one in samples.items() if kind.name in one.lengths]) for kind in kinds}
    asked = dict.fromkeys(found, 0)
    open_kinds = list(kinds)
    while open_kinds:
        turn: list[tuple[str, VectorKind]] = []
        for kind in open_kinds:
            few = min(enough - len(found[kind.name]), MOST_DRAWN - asked[kind.name])
            turn += [(key, kind) for key in itertools.islice(drawn[kind.name], few)]
        if not turn:
            break
        for (key, kind), reply in _ask_with(node, collection, turn, samples):
            asked[kind.name] += 1
            if isinstance(reply, QdrantError):
                refused.setdefault(kind.name, refusal(reply))
                continue
            answer = noted(reply, kind.tolerance, kind.lower)
            if answer.telling:
                found[kind.name].append(Query(key, kind, answer))
        open_kinds = [
            kind
            for kind in open_kinds
            if kind.name not in refused and len(found[kind.name]) < enough and asked[kind.name] < MOST_DRAWN
        ]
    return [query for kind in kinds if kind.name not in refused for query in found[kind.name]], refused


def still(
    node: PointReader,
    collection: str,
    queries: Sequence[Query],
    stable: Mapping[str, Sample],
    replies: Mapping[tuple[str, str], list[Hit]] | None = None,
) -> tuple[list[Query], dict[tuple[str, str], list[Hit]]]:
    """The queries with equal results; and their full answers, by vector name and point. replies: the answers after the
    snapshot, by point and vector name, if they are known. Raises QdrantError."""
    kept: list[Query] = []
    exact: dict[tuple[str, str], list[Hit]] = {}
    asked = {(query.of_point, query.kind.name): query for query in queries if query.of_point in stable}
    turn = [(query.of_point, query.kind) for query in asked.values()]
    answers: Iterable[tuple[tuple[str, VectorKind], Reply]]
    if replies is None:
        answers = _ask_with(node, collection, turn, stable)
    else:
        answers = [((key, kind), replies[key, kind.name]) for key, kind in turn]
    for (key, kind), hits in answers:
        query = asked[key, kind.name]
        if isinstance(hits, QdrantError):
            continue
        if unchanged(query.answer, noted(hits, kind.tolerance, kind.lower), kind.tolerance):
            kept.append(query)
            exact[kind.name, key] = hits
    return kept, exact


def again(
    node: PointReader, collection: str, turn: Sequence[tuple[str, VectorKind]], samples: Mapping[str, Sample]
) -> list[tuple[tuple[str, VectorKind], list[Hit]]]:
    """Exact answers for the vectors of these points. Raises QdrantError, also if one is refused."""
    out = []
    for asked, reply in _ask_with(node, collection, turn, samples):
        if isinstance(reply, QdrantError):
            raise reply
        out.append((asked, reply))
    return out


def _ask_with(
    node: PointReader, collection: str, turn: Sequence[tuple[str, VectorKind]], samples: Mapping[str, Sample]
) -> Iterator[tuple[tuple[str, VectorKind], Reply]]:
    """Answers to exact queries with the vectors of points; points whose vector has changed are left out."""
    asked: list[tuple[str, VectorKind]] = []

    def questions() -> Iterator[Question]:
        for key, kind in turn:
            vector = vector_of(vector_now(node, collection, samples[key]), kind.name)
            if vector:
                asked.append((key, kind))
                yield Question(vector, kind)

    replies = ask(node, collection, questions())
    return zip(asked, replies)


def vectors(
    node: PointReader, collection: str, samples: Iterable[tuple[Sample, Sequence[Hit] | None]], kind: VectorKind
) -> Iterator[tuple[Any, Sequence[Hit] | None]]:
    """The vector of each sample that has one of this name, read on demand. Raises QdrantError."""
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
