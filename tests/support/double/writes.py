# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes: from one request's part to the engine's operation on one shard, and to the same request for another node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

from .engine import _enum, edge, index_schema
from .errors import bad_json
from .filters import filter_of
from .records import VectorCheck, payload_of, point_id, points_of

Json = dict[str, Any]


@dataclass(frozen=True)
class Write:
    """One write. `ids` are the points that it names, None where every shard looks for its own (a filter, an index);
    `make` gives the engine's operation on some of them, `cut` the request for these only."""

    kind: str
    given: Json
    ids: list[Any] | None
    make: Callable[[Any], Any]
    cut: Callable[[Any], Json]

    def part(self, ids: list[Any] | None) -> Json:
        """The request for these points, as another node takes it."""
        return self.given if ids is None else self.cut(ids)


def _upsert(config: Json, given: Json) -> Write:
    check = VectorCheck(config)
    asked = points_of(given)
    found = {point_id(one.get("id")): (check.point(one), one) for one in asked}
    condition = filter_of(given.get("update_filter"))
    mode = _enum(edge.UpdateMode, given.get("update_mode"))
    rest: Json = {key: given[key] for key in ("update_filter", "update_mode") if key in given}
    return Write(
        "upsert",
        given,
        list(found),
        lambda ids: edge.UpdateOperation.upsert_points([found[one][0] for one in ids], condition, mode),
        lambda ids: {"points": [found[one][1] for one in ids], **rest},
    )


def _selected(kind: str, given: Json, by_ids: Callable[..., Any], by_filter: Callable[..., Any]) -> Write:
    """A write to the points that a request selects, by ids or by a filter."""
    ids = given.get("points")
    if ids is not None:
        return Write(kind, given, [point_id(one) for one in ids], by_ids, lambda some: {**given, "points": list(some)})
    if given.get("filter") is None:
        raise bad_json("data did not match any variant of untagged enum PointsSelector")
    asked = filter_of(given["filter"])
    return Write(kind, given, None, lambda _ids: by_filter(asked), lambda _ids: given)


def _delete(_config: Json, given: Json) -> Write:
    make = edge.UpdateOperation
    return _selected("delete", given, make.delete_points, make.delete_points_by_filter)


def _set_payload(_config: Json, given: Json) -> Write:
    make, payload, key = edge.UpdateOperation, payload_of(given.get("payload")), given.get("key")
    return _selected(
        "set_payload",
        given,
        lambda ids: make.set_payload(ids, payload, key),
        lambda asked: make.set_payload_by_filter(asked, payload, key),
    )


def _overwrite_payload(_config: Json, given: Json) -> Write:
    make, payload, key = edge.UpdateOperation, payload_of(given.get("payload")), given.get("key")
    return _selected(
        "overwrite_payload",
        given,
        lambda ids: make.overwrite_payload(ids, payload, key),
        lambda asked: make.overwrite_payload_by_filter(asked, payload, key),
    )


def _delete_payload(_config: Json, given: Json) -> Write:
    make, keys = edge.UpdateOperation, given.get("keys") or []
    return _selected(
        "delete_payload",
        given,
        lambda ids: make.delete_payload(ids, keys),
        lambda asked: make.delete_payload_by_filter(asked, keys),
    )


def _clear_payload(_config: Json, given: Json) -> Write:
    make = edge.UpdateOperation
    return _selected("clear_payload", given, make.clear_payload, make.clear_payload_by_filter)


def _update_vectors(config: Json, given: Json) -> Write:
    check = VectorCheck(config)
    found = {}
    for point in given.get("points") or []:
        one = point_id(point["id"])
        found[one] = (edge.PointVectors(one, check.vectors(point["vector"])), point)
    return Write(
        "update_vectors",
        given,
        list(found),
        lambda ids: edge.UpdateOperation.update_vectors([found[one][0] for one in ids]),
        lambda ids: {"points": [found[one][1] for one in ids]},
    )


def _delete_vectors(_config: Json, given: Json) -> Write:
    make, which = edge.UpdateOperation, given.get("vector") or []
    return _selected(
        "delete_vectors",
        given,
        lambda ids: make.delete_vectors(ids, which),
        lambda asked: make.delete_vectors_by_filter(asked, which),
    )


def _create_index(_config: Json, given: Json) -> Write:
    make, schema = edge.UpdateOperation.create_field_index, given["field_schema"]
    return Write(
        "create_index", given, None, lambda _ids: make(given["field_name"], index_schema(schema)), lambda _ids: given
    )


def _delete_index(_config: Json, given: Json) -> Write:
    make = edge.UpdateOperation.delete_field_index
    return Write("delete_index", given, None, lambda _ids: make(given["field_name"]), lambda _ids: given)


_KINDS: dict[str, Callable[[Json, Json], Write]] = {
    "upsert": _upsert,
    "delete": _delete,
    "set_payload": _set_payload,
    "overwrite_payload": _overwrite_payload,
    "delete_payload": _delete_payload,
    "clear_payload": _clear_payload,
    "update_vectors": _update_vectors,
    "delete_vectors": _delete_vectors,
    "create_index": _create_index,
    "delete_index": _delete_index,
}


def write_of(config: Json, kind: str, given: Json) -> Write:
    """The write that a request of this kind asks for, checked against the collection's configuration."""
    return _KINDS[kind](config, given)
