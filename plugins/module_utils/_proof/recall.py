# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recall: how many of the ten best a normal search finds. Exact queries never see a broken index or broken quantised
data; this number does."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .queries import Hit, ask, better_by, margin
from .shape import VectorKind

if TYPE_CHECKING:
    from .._qdrant.client import Node

TOP = 10
FAIL_BELOW = 0.2
WARN_BELOW = 0.05
FEWEST = 8


def share_found(normal: Sequence[Hit], exact: Sequence[Hit], kind: VectorKind) -> float | None:
    """The share of the ten best that a normal search found, None where there is nothing to find.

    Of points that tie at the tenth place any is right. Scores of a quantised collection are estimates, so there only
    the ids count.
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
    node: Node, collection: str, vectors: Iterable[tuple[Any, Sequence[Hit] | None]], kind: VectorKind, seconds: float
) -> dict[str, Any] | None:
    """``{"using", "noted", "queries"}`` over these vectors, at least eight of them and then until ``seconds`` have
    passed; None without vectors. Beside a vector stands the exact answer where it is known already. They are read one
    by one, as far as there is time. Raises QdrantError."""
    shares: list[float] = []
    started = time.monotonic()
    for vector, known in vectors:
        if len(shares) >= FEWEST and time.monotonic() - started > seconds:
            break
        exact = ask(node, collection, vector, kind) if known is None else known
        share = share_found(ask(node, collection, vector, kind, exact=False), exact, kind)
        if share is not None:
            shares.append(share)
    if not shares:
        return None
    return {"using": kind.name, "noted": round(sum(shares) / len(shares), 4), "queries": len(shares)}


def verdict(noted: float, found: float, name: str) -> tuple[str, str]:
    """(failure, warning), either may be "": a small loss may be an index built anew, a large one is a broken index."""
    of = f" of vector {name}" if name else ""
    text = f"a normal search{of} finds {found:.0%} of the right points, and found {noted:.0%} when the backup was made"
    if found < noted - FAIL_BELOW:
        return text, ""
    if found < noted - WARN_BELOW:
        return "", text
    return "", ""


def first(asked: Sequence[str], samples: Iterable[str]) -> list[str]:
    """The sampled points in the order in which recall takes them, before and after: those with a query, then by id."""
    return list(asked) + sorted(set(samples) - set(asked))
