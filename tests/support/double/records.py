# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points: from requests into the engine, and from the engine into answers."""

from __future__ import annotations

import math
import uuid
from typing import Any

from . import config as cfg
from .engine import edge
from .errors import ApiError, bad_input
from .numbers import score_json, vector_json

Json = dict[str, Any]
_U64 = 2**64


def point_id(given: Any) -> int | str:
    """An id as the engine takes it; integers, or UUIDs in their canonical form."""
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < _U64:
        return given
    try:
        return str(uuid.UUID(given))
    except (ValueError, AttributeError, TypeError):
        raise ApiError(
            400,
            f"Format error in JSON body: value {given} is not a valid point ID, "
            "valid values are either an unsigned integer or a UUID",
        ) from None


def id_json(found: Any) -> int | str:
    return found if isinstance(found, int) else str(found)


def _payload_value(value: Any) -> Any:
    """Integers beyond 64 bits become floats, as in the real server."""
    if isinstance(value, dict):
        return {key: _payload_value(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_payload_value(part) for part in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < _U64:
        return float(value)
    return value


def payload_of(given: Json | None) -> Json:
    return {key: _payload_value(part) for key, part in (given or {}).items()}


class VectorCheck:
    """Checks the vectors of a request against a collection before the engine sees any of them."""

    def __init__(self, config: Json) -> None:
        self._dense = cfg.dense_vectors(config)
        self._sparse = cfg.sparse_vectors(config)

    def vector(self, name: str, given: Any) -> Any:
        """One vector for the engine; raises the real server's refusal."""
        if name in self._sparse and isinstance(given, dict):
            return edge.SparseVector(given["indices"], given["values"])
        params = self._dense.get(name)
        if params is None:
            raise bad_input(f"Not existing vector name error: {name}")
        rows = given if given and isinstance(given[0], list) else [given]
        for row in rows:
            if len(row) != params["size"]:
                raise bad_input(f"Vector dimension error: expected dim: {params['size']}, got {len(row)}")
            if not all(isinstance(part, (int, float)) and math.isfinite(part) for part in row):
                raise ApiError(400, "Format error in JSON body: data did not match any variant of untagged enum")
        if params.get("multivector_config"):
            return [[float(part) for part in row] for row in rows]
        return [float(part) for part in rows[0]]

    def vectors(self, given: Any) -> Any:
        """The `vector` of a point: a list, or name -> vector."""
        if isinstance(given, dict):
            return {name: self.vector(name, part) for name, part in given.items()}
        if given is None:
            return {}
        return self.vector("", given)

    def point(self, given: Json) -> Any:
        return edge.Point(
            point_id(given.get("id")), self.vectors(given.get("vector")), payload_of(given.get("payload"))
        )


def points_of(request: Json) -> list[Json]:
    """The points of an upsert, whether listed one by one or by column."""
    if "batch" not in request:
        return list(request.get("points") or [])
    batch = request["batch"]
    ids, vectors = batch["ids"], batch["vectors"]
    payloads = batch.get("payloads") or [None] * len(ids)
    if isinstance(vectors, dict):
        vectors = [{name: column[row] for name, column in vectors.items()} for row in range(len(ids))]
    return [{"id": i, "vector": v, "payload": p} for i, v, p in zip(ids, vectors, payloads)]


def with_payload(given: Any, default: bool) -> Any:
    """The engine's selector of payload fields."""
    if given is None:
        return default
    if isinstance(given, dict):
        if given.get("include") is not None:
            return edge.PayloadSelector.Include(given["include"])
        return edge.PayloadSelector.Exclude(given.get("exclude") or [])
    return given


def record_json(record: Any, payload: Any, vector: Any) -> Json:
    """A point as retrieve and scroll show it."""
    shown: Json = {"id": id_json(record.id)}
    if payload is not False:
        shown["payload"] = record.payload or {}
    if vector not in (None, False):
        shown["vector"] = vector_json(record.vector if record.vector is not None else {})
    if getattr(record, "order_value", None) is not None:
        shown["order_value"] = record.order_value
    return shown


def scored_json(point: Any, payload: Any, vector: Any) -> Json:
    """A point as a query shows it."""
    shown = {"id": id_json(point.id), "version": point.version, "score": score_json(point.score)}
    rest = record_json(point, payload, vector)
    return {**shown, **rest}
