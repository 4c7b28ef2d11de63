# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recall: how many of the ten best a normal search finds. Exact queries do not detect a broken index or broken
quantized data; recall does."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .._qdrant.errors import QdrantError
from .queries import Hit, Question, Reply, ask, better_by, margin
from .shape import VectorKind

if TYPE_CHECKING:
    from .._qdrant.reads import PointReader

TOP = 10
FAIL_BELOW = 0.2
WARN_BELOW = 0.05
FEWEST = 8


def share_found(normal: Sequence[Hit], exact: Sequence[Hit], kind: VectorKind) -> float | None:
    """The share of the ten best that a normal search found, None if there are no points.

    Of points with equal scores at the tenth place, any is right. Scores of a quantized collection are estimates, so
    only the ids are compared there.
    """
    best = exact[:TOP]
    if not best:
        return None
    last = best[-1].score
    room = margin(kind.tolerance, last)
    ids = {str(hit.id) for hit in best}
    tied = {str(hit.id) for hit in exact[TOP:] if better_by(hit.score, last, kind.lower) >= -room}
    right = 0
    for hit in normal[:TOP]:
        good_score = not kind.quantised and better_by(hit.score, last, kind.lower) >= -room
        right += str(hit.id) in ids or str(hit.id) in tied or good_score
    return min(1.0, right / len(best))


def recall(
    node: PointReader,
    collection: str,
    vectors: Iterable[tuple[Any, Sequence[Hit] | None]],
    kind: VectorKind,
    seconds: float,
) -> dict[str, Any] | None:
    """``{"using", "noted", "queries"}`` over these vectors, at least eight of them and then until ``seconds`` have
    passed; None without vectors. Each vector has its exact answer if it is known. They are read one by one, until the
    time is over. Raises QdrantError."""
    shares: list[float] = []
    started = time.monotonic()
    left = iter(vectors)
    while not shares or time.monotonic() - started <= seconds:
        some = list(itertools.islice(left, FEWEST))
        if not some:
            break
        shares += _shares(node, collection, some, kind)
    if not shares:
        return None
    return {"using": kind.name, "noted": round(sum(shares) / len(shares), 4), "queries": len(shares)}


def _shares(
    node: PointReader, collection: str, some: Sequence[tuple[Any, Sequence[Hit] | None]], kind: VectorKind
) -> list[float]:
    questions: list[Question] = []
    for vector, known in some:
        questions += [Question(vector, kind)] if known is None else []
        questions.append(Question(vector, kind, exact=False))
    replies = iter(_answers(ask(node, collection, questions)))
    shares: list[float] = []
    for dummy, known in some:
        exact = next(replies) if known is None else known
        share = share_found(next(replies), exact, kind)
        if share is not None:
            shares.append(share)
    return shares


def _answers(replies: Iterable[Reply]) -> Iterator[list[Hit]]:
    for reply in replies:
        if isinstance(reply, QdrantError):
            raise reply
        yield reply


def verdict(noted: float, found: float, name: str) -> tuple[str, str]:
    """(failure, warning), either may be "": a small loss may come from a new index, a large one is a broken index."""
    of = f" of vector {name}" if name else ""
    text = f"a normal search{of} finds {found:.0%} of the right points, but found {noted:.0%} when the backup was made"
    if found < noted - FAIL_BELOW:
        return text, ""
    if found < noted - WARN_BELOW:
        return "", text
    return "", ""


def first(asked: Sequence[str], samples: Iterable[str]) -> list[str]:
    """The sampled points in the order in which recall takes them, before and after: those with a query, then by id."""
    return list(asked) + sorted(set(samples) - set(asked))
