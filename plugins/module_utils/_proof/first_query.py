# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the first query of a collection that was just loaded: the moment from which a search can be answered."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._qdrant.errors import QdrantError
from .queries import body_of
from .shape import vector_kinds, vector_of

if TYPE_CHECKING:
    from .._qdrant.reads import PointReader


def first_query(node: PointReader, collection: str, probe: Mapping[str, Any]) -> float | None:
    """Seconds of one ordinary search with the vector of a stored point; None if no point has a vector to search
    with, or the search is refused. It compares nothing: that is what probes are for."""
    try:
        kinds = [kind for kind in vector_kinds(node.collection(collection)) if not kind.why_not]
        for point in _points(node, collection, probe):
            for kind in kinds:
                vector = vector_of(point.vector, kind.name)
                if vector is None:
                    continue
                began = time.monotonic()
                node.query(collection, body_of(vector, kind, exact=False))
                return time.monotonic() - began
    except (QdrantError, AttributeError, KeyError, TypeError, ValueError):
        return None
    return None


def _points(node: PointReader, collection: str, probe: Mapping[str, Any]) -> list[Any]:
    """Points with their vectors: sampled ones of the probe, else the first one of the collection."""
    ids = [point["id"] for point in (probe.get("points") or ())[:3]]
    if ids:
        return node.retrieve(collection, ids)
    return [point for dummy, point in zip(range(1), node.scroll(collection, limit=1, with_vector=True))]
