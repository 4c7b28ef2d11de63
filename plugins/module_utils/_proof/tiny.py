# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collections with no more points than a sample has: the sample is every point, so few calls count and read them.

An answer with fewer points than its limit has all of them, so their number is the exact count. Where a node has
hundreds of such collections, requests are most of the cost of a backup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._qdrant.errors import QdrantError
from .._qdrant.points import every_point
from .asking import Query
from .pages import Reading
from .points import KEPT_BYTES, Id, Sample, Taken
from .queries import MOST_NUMBERS, Hit, Question, hits_of, refusal

if TYPE_CHECKING:
    from .._qdrant.client import Node
    from .._qdrant.values import Point

Replies = Mapping[tuple[str, str], list[Hit]]  # by point and vector name


def first_look(node: Node, collection: str, most: int, how: Reading) -> tuple[dict[str, Id], Taken] | None:
    """The ids of all points, and the first of them read; None if there are more than ``most``, or if the server
    refuses. The others are read when it is known how large a point is. Raises QdrantError if the node fails."""
    if how.strict.limit is not None and how.strict.limit <= most:
        return None
    taken = Taken(how, KEPT_BYTES)
    answers = _ask(node, collection, [every_point(most + 1), every_point(taken.pages.size, full=True)])
    if answers is None or len(answers[0]) > most:
        return None
    ids = {str(point.id): point.id for point in answers[0]}
    for point in answers[1]:
        if str(point.id) in ids:
            taken.add(point)
    return ids, taken


def second_look(
    node: Node, collection: str, count: int, samples: Mapping[str, Sample], queries: Sequence[Query], how: Reading
) -> tuple[int, dict[str, Sample], Replies] | None:
    """All of it again in one call: the number of points, the samples, and the answers to the queries.

    None if there are more than ``count`` points now, if the call would be too large, or if the server refuses. Raises
    QdrantError if the node fails.
    """
    taken = Taken(how, 0)
    vectors = [(samples[query.of_point].vector_of(query.kind.name), query) for query in queries]
    numbers = sum(samples[query.of_point].lengths[query.kind.name] for query in queries)
    if count >= taken.pages.size or numbers > MOST_NUMBERS or any(vector is None for vector, dummy in vectors):
        return None
    asked = [Question(vector, query.kind).body for vector, query in vectors]
    answers = _ask(node, collection, [every_point(count + 1, full=True), *asked])
    if answers is None or len(answers[0]) > count:
        return None
    for point in answers[0]:
        if str(point.id) in samples:
            taken.add(point)
    replies = {
        (query.of_point, query.kind.name): hits_of(points) for (dummy, query), points in zip(vectors, answers[1:])
    }
    return len(answers[0]), taken.found, replies


def _ask(node: Node, collection: str, bodies: Sequence[dict[str, Any]]) -> list[list[Point]] | None:
    try:
        return node.query_batch(collection, bodies)
    except QdrantError as error:
        refusal(error)
        return None
