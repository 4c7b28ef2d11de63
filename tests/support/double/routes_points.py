# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points: writes and reads of one collection."""

from __future__ import annotations

from typing import Any, Callable

from .body import Body
from .collection import Collection
from .engine import _enum, edge
from .errors import ApiError, bad_json, not_found
from .filters import filter_of
from .node import Node
from .records import VectorCheck, payload_of, point_id, points_of
from .router import Router
from .strict import check_count, check_facet, check_query, check_read, check_update
from .web import Request

router = Router()
Json = dict[str, Any]


def _operation(number: int, request: Request) -> Any:
    return {"operation_id": number, "status": "completed" if request.wait else "acknowledged"}


# --- writes: each takes the collection and its own part of the request


def _upsert(collection: Collection, given: Json) -> int:
    check = VectorCheck(collection.config)
    points = [check.point(point) for point in points_of(given)]
    mode = _enum(edge.UpdateMode, given.get("update_mode"))
    return collection.upsert(points, filter_of(given.get("update_filter")), mode)


def _selected(collection: Collection, given: Json, by_ids: Callable[..., Any], by_filter: Callable[..., Any]) -> int:
    """An operation on the points that a request selects, by ids or by a filter."""
    ids = given.get("points")
    if ids is not None:
        return collection.apply_to([point_id(one) for one in ids], by_ids)
    if given.get("filter") is None:
        raise bad_json("data did not match any variant of untagged enum PointsSelector")
    check_update(collection, given["filter"])
    asked = filter_of(given["filter"])
    return collection.apply(lambda: by_filter(asked))


def _delete(collection: Collection, given: Json) -> int:
    make = edge.UpdateOperation
    return _selected(collection, given, make.delete_points, make.delete_points_by_filter)


def _set_payload(collection: Collection, given: Json) -> int:
    make, payload, key = edge.UpdateOperation, payload_of(given.get("payload")), given.get("key")
    return _selected(
        collection,
        given,
        lambda ids: make.set_payload(ids, payload, key),
        lambda asked: make.set_payload_by_filter(asked, payload, key),
    )


def _overwrite_payload(collection: Collection, given: Json) -> int:
    make, payload, key = edge.UpdateOperation, payload_of(given.get("payload")), given.get("key")
    return _selected(
        collection,
        given,
        lambda ids: make.overwrite_payload(ids, payload, key),
        lambda asked: make.overwrite_payload_by_filter(asked, payload, key),
    )


def _delete_payload(collection: Collection, given: Json) -> int:
    make, keys = edge.UpdateOperation, given.get("keys") or []
    return _selected(
        collection,
        given,
        lambda ids: make.delete_payload(ids, keys),
        lambda asked: make.delete_payload_by_filter(asked, keys),
    )


def _clear_payload(collection: Collection, given: Json) -> int:
    make = edge.UpdateOperation
    return _selected(collection, given, make.clear_payload, make.clear_payload_by_filter)


def _update_vectors(collection: Collection, given: Json) -> int:
    check = VectorCheck(collection.config)
    found = {}
    for point in given.get("points") or []:
        one = point_id(point["id"])
        found[one] = edge.PointVectors(one, check.vectors(point["vector"]))
    return collection.apply_to(found, lambda ids: edge.UpdateOperation.update_vectors([found[one] for one in ids]))


def _delete_vectors(collection: Collection, given: Json) -> int:
    make, which = edge.UpdateOperation, given.get("vector") or []
    return _selected(
        collection,
        given,
        lambda ids: make.delete_vectors(ids, which),
        lambda asked: make.delete_vectors_by_filter(asked, which),
    )


_WRITES: dict[str, Callable[[Collection, Json], int]] = {
    "PUT /collections/*/points": _upsert,
    "POST /collections/*/points/delete": _delete,
    "POST /collections/*/points/payload": _set_payload,
    "PUT /collections/*/points/payload": _overwrite_payload,
    "POST /collections/*/points/payload/delete": _delete_payload,
    "POST /collections/*/points/payload/clear": _clear_payload,
    "PUT /collections/*/points/vectors": _update_vectors,
    "POST /collections/*/points/vectors/delete": _delete_vectors,
}
_BATCH = {
    "upsert": _upsert,
    "delete": _delete,
    "set_payload": _set_payload,
    "overwrite_payload": _overwrite_payload,
    "delete_payload": _delete_payload,
    "clear_payload": _clear_payload,
    "update_vectors": _update_vectors,
    "delete_vectors": _delete_vectors,
}


def _register(spec: str, write: Callable[[Collection, Json], int]) -> None:
    @router.add(spec, changes=True)
    def handler(node: Node, request: Request) -> Any:
        return _operation(write(node.collection(request.values[0]), request.json().value), request)


for _spec, _write in _WRITES.items():
    _register(_spec, _write)


@router.add("POST /collections/*/points/batch", changes=True)
def batch(node: Node, request: Request) -> Any:
    collection = node.collection(request.values[0])
    done = []
    for operation in request.json().need("operations"):
        ((kind, given),) = operation.items()
        selector = {"points": given} if isinstance(given, list) else given
        done.append(_operation(_BATCH[kind](collection, selector), request))
    return done


# --- reads


def _checked_limit(body: Body, where: str) -> None:
    limit = body.number("limit", None)
    if limit is not None and limit < 1:
        raise ApiError(
            422, f"Validation error in JSON body: [{where}.limit: value {limit} invalid, must be 1 or larger]"
        )


@router.add("POST /collections/*/points")
def retrieve(node: Node, request: Request) -> Any:
    body = request.json()
    collection = node.collection(request.values[0])
    return collection.retrieve(body.need("ids"), body.get("with_payload", False), body.get("with_vector"))


@router.add("GET /collections/*/points/*")
def one_point(node: Node, request: Request) -> Any:
    name, given = request.values
    found = node.collection(name).retrieve([int(given) if given.isdigit() else given], True, True)
    if not found:
        raise not_found(f"Point with id {given} does not exists!")
    return found[0]


@router.add("POST /collections/*/points/count")
def count(node: Node, request: Request) -> Any:
    body = request.maybe_json()
    collection = node.collection(request.values[0])
    check_count(collection, body.flag("exact", True), body.get("filter"))
    return {"count": collection.count(body.get("filter"))}


@router.add("POST /collections/*/points/scroll")
def scroll(node: Node, request: Request) -> Any:
    body = request.maybe_json()
    _checked_limit(body, "scroll_request")
    collection = node.collection(request.values[0])
    check_read(collection, body.get("limit"), body.get("filter"))
    return collection.scroll(body.value)


@router.add("POST /collections/*/points/query")
def query(node: Node, request: Request) -> Any:
    body = request.maybe_json()
    _checked_limit(body, "internal")
    collection = node.collection(request.values[0])
    check_query(collection, body.value)
    return {"points": collection.query(body.value)}


@router.add("POST /collections/*/points/query/batch")
def query_batch(node: Node, request: Request) -> Any:
    collection = node.collection(request.values[0])
    searches = request.json().need("searches")
    for one in searches:
        check_query(collection, one)
    return [{"points": collection.query(one)} for one in searches]


@router.add("POST /collections/*/points/search")
def search(node: Node, request: Request) -> Any:
    given = dict(request.json().value)
    vector = given.pop("vector")
    if isinstance(vector, dict) and "name" in vector:
        given["using"], vector = vector["name"], vector["vector"]
    given["query"] = vector
    collection = node.collection(request.values[0])
    check_query(collection, given)
    return collection.query(given)


@router.add("POST /collections/*/facet")
def facet(node: Node, request: Request) -> Any:
    body = request.json()
    body.need("key")
    collection = node.collection(request.values[0])
    check_facet(collection, body.value)
    return {"hits": collection.facet(body.value)}
