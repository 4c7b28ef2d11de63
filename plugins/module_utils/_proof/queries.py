# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sampled queries: the edge rule, and their requests.

The ten best ids cannot be compared: with equal scores, two right answers differ. So the eleventh score is the edge, and
only hits that are clearly better than it are recorded.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from .._base.counted import counted
from .._qdrant.errors import QdrantError
from .digests import lengths_of
from .shape import ANSWERS, VectorKind

if TYPE_CHECKING:
    from .._qdrant.reads import PointReader
    from .._qdrant.values import Point

FEWEST_NOTED = 5  # a query with fewer recorded hits is replaced by another one
RATE_LIMIT = "the rate limit"
TIME_OUT = "time-out"
MOST_NUMBERS = 20_000  # in the vectors of one call: a multivector may be large
Id = Union[int, str]


@dataclasses.dataclass(frozen=True)
class Hit:
    """One answer of a query."""

    id: Id
    score: float
    version: int | None = None


@dataclasses.dataclass(frozen=True)
class Answer:
    """The recorded answer of a query. edge: the eleventh score, None if there are fewer; hits: clearly better ones (or
    all)."""

    hits: tuple[Hit, ...]
    edge: float | None
    total: int

    @property
    def telling(self) -> bool:
        """Whether it has enough hits to be run again."""
        return bool(self.hits) and (self.edge is None or len(self.hits) >= FEWEST_NOTED)


@dataclasses.dataclass(frozen=True)
class Question:
    """The best eleven for a vector, exact or as a normal search finds them."""

    vector: Any
    kind: VectorKind
    exact: bool = True

    @property
    def body(self) -> dict[str, Any]:
        return body_of(self.vector, self.kind, self.exact)


Reply = Union["list[Hit]", QdrantError]


def ask(node: PointReader, collection: str, questions: Iterable[Question]) -> list[Reply]:
    """The node's answer to each query, ids and scores only; an error in place of a refused query.

    Many queries are one call. Raises QdrantError if the node failed, not if it refused (``refusal``).
    """
    out: list[Reply] = []
    for some in _calls(questions):
        out += _ask(node, collection, some)
    return out


def _ask(node: PointReader, collection: str, questions: Sequence[Question]) -> list[Reply]:
    try:
        if len(questions) == 1:
            return [hits_of(node.query(collection, questions[0].body))]
        answers = node.query_batch(collection, [question.body for question in questions])
        return [hits_of(answer) for answer in answers]
    except QdrantError as error:
        # A slow or refused call says nothing about its single queries; time is not spent
        # twice.
        if refusal(error) == TIME_OUT or len(questions) == 1:
            return [error] * len(questions)
    return [reply for question in questions for reply in _ask(node, collection, [question])]


def _calls(questions: Iterable[Question]) -> Iterator[list[Question]]:
    """Split queries into small calls."""
    some: list[Question] = []
    numbers = 0
    for question in questions:
        size = sum(lengths_of(question.vector).values())
        if some and numbers + size > MOST_NUMBERS:
            yield some
            some, numbers = [], 0
        some.append(question)
        numbers += size
    if some:
        yield some


def body_of(vector: Any, kind: VectorKind, exact: bool) -> dict[str, Any]:
    """The request, with an explicit ``nearest``, so that a vector of any shape is unambiguous."""
    body: dict[str, Any] = {
        "query": {"nearest": vector},
        "limit": ANSWERS,
        "with_payload": False,
        "with_vector": False,
    }
    if kind.name:
        body["using"] = kind.name
    if exact:
        body["params"] = {"exact": True}
    return body


def hits_of(points: Iterable[Point]) -> list[Hit]:
    """An answer as hits."""
    return [Hit(point.id, 0.0 if point.score is None else float(point.score), point.version) for point in points]


def refusal(error: QdrantError) -> str:
    """Why an optional query was refused; raises the error if the node failed."""
    if error.kind == "bad_request":
        return "the server"
    if error.kind == "rate_limited":
        return RATE_LIMIT
    if error.kind == "no_answer" or error.status == 408:
        return TIME_OUT
    raise error


def noted(hits: Sequence[Hit], tolerance: float, lower: bool) -> Answer:
    """The edge rule: of eleven hits or more keep those of the first ten that are clearly better than the eleventh."""
    if len(hits) < ANSWERS:
        return Answer(tuple(hits), None, len(hits))
    edge = hits[ANSWERS - 1].score
    room = margin(tolerance, edge)
    clear = [hit for hit in hits[: ANSWERS - 1] if better_by(hit.score, edge, lower) > room]
    return Answer(tuple(clear), edge, len(hits))


def margin(tolerance: float, score: float) -> float:
    """How far a score may be off: absolute below one, relative above."""
    return tolerance * max(1.0, abs(score))


def better_by(score: float, other: float, lower: bool) -> float:
    """By how much a score is better than another; for Euclid and Manhattan, lower is better."""
    return other - score if lower else score - other


def unchanged(before: Answer, after: Answer, tolerance: float) -> bool:
    """Whether a query had equal answers before and after the snapshot: ids, versions, scores and the edge."""
    if not _same_edge(before, after, tolerance):
        return False
    first = {str(hit.id): hit for hit in before.hits}
    second = {str(hit.id): hit for hit in after.hits}
    if set(first) != set(second):
        return False
    return all(
        first[key].version == second[key].version
        and abs(first[key].score - second[key].score) <= margin(tolerance, first[key].score)
        for key in first
    )


def _same_edge(before: Answer, after: Answer, tolerance: float) -> bool:
    if before.edge is None or after.edge is None:
        return before.edge is after.edge and before.total == after.total
    return abs(before.edge - after.edge) <= margin(tolerance, before.edge)


def disagreement(query: Mapping[str, Any], hits: Sequence[Hit]) -> str:
    """How an answer differs from the recorded query of a probe; "" if it agrees."""
    tolerance, lower, edge = float(query["tol"]), bool(query.get("lower")), query.get("edge")
    got = {str(hit.id): hit for hit in hits}
    expected = {str(hit["id"]): float(hit["score"]) for hit in query["hits"]}
    if edge is None and len(hits) != int(query["total"]):
        return f"{counted(len(hits), 'answer')} instead of {query['total']}"
    missing = [key for key in expected if key not in got]
    if missing:
        return f"{len(missing)} of {len(expected)} expected points are missing, for example {missing[0]}"
    for key, score in expected.items():
        if not abs(got[key].score - score) <= margin(tolerance, score):
            return f"the score of point {key} is {got[key].score:.6g} instead of {score:.6g}"
    if edge is not None:
        for key, hit in got.items():
            if key not in expected and better_by(hit.score, float(edge), lower) > margin(tolerance, float(edge)):
                return f"point {key} is among the best, but was not before"
    return ""
