# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers a query from a backup that is open in the engine, as ``POST points/query`` of a server does."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from .._engine.opened import OpenedCollection
from .._qdrant.values import Point

_KNOWN = ("query", "using", "filter", "limit", "offset", "params", "score_threshold", "with_payload", "with_vector")
_LIMIT = 10  # as the server's default


def answer(opened: OpenedCollection, collection: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """{"points": [{"id", "score", "payload", "vector"}]}. ValueError for what only a server can answer.

    Without ``query``, the points in the order of their ids. A query may be a vector, a sparse vector, several rows, the
    id of a point in the backup, or ``{"nearest": one of these}``.
    """
    unknown = sorted(set(body) - set(_KNOWN))
    if unknown:
        raise ValueError(f"{', '.join(unknown)} is not supported for a backup; supported are {', '.join(_KNOWN)}")
    limit, offset = _whole(body, "limit", 1, _LIMIT), _whole(body, "offset", 0, 0)
    payload, vector = body.get("with_payload") or False, body.get("with_vector") or False
    wanted = body.get("query")
    if wanted is None:
        found = opened.scroll(
            collection,
            limit=min(1000, limit + offset),
            with_payload=payload,
            with_vector=vector,
            filter=body.get("filter"),
        )
        return {"points": [_shown(point) for point in itertools.islice(found, offset, offset + limit)]}
    using, conditions = str(body.get("using") or ""), body.get("filter")
    nearest, own = _nearest(opened, collection, wanted, using)
    if own is not None:
        others = {"must_not": [{"has_id": [own]}]}
        conditions = others if conditions is None else {"must": [conditions, others]}
    hits = opened.query(
        collection,
        {
            "query": {"nearest": nearest},
            "using": using,
            "limit": limit + offset,
            "filter": conditions,
            "params": body.get("params"),
            "score_threshold": body.get("score_threshold"),
        },
    )[offset:]
    if payload or vector:
        whole = {
            point.id: point
            for point in opened.retrieve(collection, [hit.id for hit in hits], with_payload=payload, with_vector=vector)
        }
        hits = [Point(hit.id, whole[hit.id].payload, whole[hit.id].vector, None, hit.score) for hit in hits]
    return {"points": [_shown(hit) for hit in hits]}


def _whole(body: Mapping[str, Any], key: str, least: int, usual: int) -> int:
    """A whole number of the request; ``usual`` if it has none."""
    value = body.get(key)
    if value is None:
        return usual
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{key} is {value!r}, and must be a whole number of at least {least}")
    return value


def _nearest(opened: OpenedCollection, collection: str, wanted: Any, using: str) -> tuple[Any, Any]:
    """(vector, None), or (the vector of a point, its id)."""
    if isinstance(wanted, Mapping) and "indices" not in wanted:
        if set(wanted) != {"nearest"}:
            raise ValueError(f"a query with {', '.join(sorted(wanted)) or 'no vector'} is not supported for a backup")
        wanted = wanted["nearest"]
    if isinstance(wanted, Mapping) and "values" not in wanted:
        raise ValueError("a sparse vector needs indices and values")
    if isinstance(wanted, bool) or not isinstance(wanted, (int, str)):
        return wanted, None
    points = opened.retrieve(collection, [wanted], with_payload=False)
    vector = points[0].vector if points else None
    vector = vector.get(using) if isinstance(vector, dict) else vector
    if vector is None:
        raise ValueError(f"point {wanted} is not in the backup, or has no such vector")
    return vector, wanted


def _shown(point: Point) -> dict[str, Any]:
    found = {"id": point.id, "score": point.score, "payload": point.payload, "vector": point.vector}
    return {name: value for name, value in found.items() if value is not None}
