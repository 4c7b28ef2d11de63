# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sampled queries: the edge rule, and asking them.

Comparing the ten best ids is wrong: where scores tie, two right answers differ. So the eleventh score is the edge, and
only hits that are clearly better than it are noted.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from .._qdrant.errors import QdrantError
from .shape import ANSWERS, VectorKind

if TYPE_CHECKING:
    from .._qdrant.client import Node
    from .._qdrant.values import Point

FEWEST_NOTED = 5  # a query that notes fewer hits says too little: another one is drawn
RATE_LIMIT = "the rate limit"
Id = Union[int, str]


@dataclasses.dataclass(frozen=True)
class Hit:
    """One answer of a query."""

    id: Id
    score: float
    version: int | None = None


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a query noted. edge: the eleventh score, None where fewer came; hits: those clearly better (or all)."""

    hits: tuple[Hit, ...]
    edge: float | None
    total: int

    @property
    def telling(self) -> bool:
        """Whether it notes enough to be worth asking again."""
        return bool(self.hits) and (self.edge is None or len(self.hits) >= FEWEST_NOTED)


def ask(node: Node, collection: str, vector: Any, kind: VectorKind, exact: bool = True) -> list[Hit]:
    """The best eleven for a vector, ids and scores only. Raises QdrantError."""
    return [_hit(point) for point in node.query(collection, body_of(vector, kind, exact))]


def body_of(vector: Any, kind: VectorKind, exact: bool) -> dict[str, Any]:
    """The request: ``nearest`` is spelled out, so that no shape of a vector can be taken for something else."""
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


def _hit(point: Point) -> Hit:
    return Hit(point.id, 0.0 if point.score is None else float(point.score), point.version)


def refusal(error: QdrantError) -> str:
    """Who left a question unanswered that a probe can do without; raises the error where the node itself failed."""
    if error.kind == "bad_request":
        return "the server"
    if error.kind == "rate_limited":
        return RATE_LIMIT
    if error.kind == "no_answer" or error.status == 408:
        return "time-out"
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
    """By how much a score is better than another; Euclid and Manhattan count down."""
    return other - score if lower else score - other


def unchanged(before: Answer, after: Answer, tolerance: float) -> bool:
    """Whether the same query told the same before and after the snapshot: ids, versions, scores and the edge."""
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
    """How an answer differs from the query noted in a probe; "" when it agrees."""
    tolerance, lower, edge = float(query["tol"]), bool(query.get("lower")), query.get("edge")
    got = {str(hit.id): hit for hit in hits}
    expected = {str(hit["id"]): float(hit["score"]) for hit in query["hits"]}
    if edge is None and len(hits) != int(query["total"]):
        return f"{len(hits)} answers instead of {query['total']}"
    missing = [key for key in expected if key not in got]
    if missing:
        return f"{len(missing)} of {len(expected)} expected points did not come back, among them {missing[0]}"
    for key, score in expected.items():
        if not abs(got[key].score - score) <= margin(tolerance, score):
            return f"the score of point {key} is {got[key].score:.6g} instead of {score:.6g}"
    if edge is not None:
        for key, hit in got.items():
            if key not in expected and better_by(hit.score, float(edge), lower) > margin(tolerance, float(edge)):
                return f"point {key} is among the best and was not before"
    return ""
