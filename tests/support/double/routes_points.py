# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points: writes and reads of one collection."""

from __future__ import annotations

from typing import Any

from .body import Body
from .collection import Collection
from .errors import ApiError, not_found
from .node import Node
from .router import Router
from .strict import check_count, check_facet, check_query, check_read, check_update
from .web import Request

router = Router()
Json = dict[str, Any]


def _operation(number: int, request: Request) -> Any:
    return {"operation_id": number, "status": "completed" if request.wait else "acknowledged"}


# --- writes


def _written(collection: Collection, kind: str, given: Json) -> int:
    if given.get("points") is None and given.get("filter") is not None:
        check_update(collection, given["filter"])
    return collection.write(collection.write_of(kind, given), given.get("shard_key"))


_WRITES = {
    "PUT /collections/*/points": "upsert",
    "POST /collections/*/points/delete": "delete",
    "POST /collections/*/points/payload": "set_payload",
    "PUT /collections/*/points/payload": "overwrite_payload",
    "POST /collections/*/points/payload/delete": "delete_payload",
    "POST /collections/*/points/payload/clear": "clear_payload",
    "PUT /collections/*/points/vectors": "update_vectors",
    "POST /collections/*/points/vectors/delete": "delete_vectors",
}


def _register(spec: str, kind: str) -> None:
    @router.add(spec, changes=True)
    def handler(node: Node, request: Request) -> Any:
        return _operation(_written(node.collection(request.values[0]), kind, request.json().value), request)


for _spec, _kind in _WRITES.items():
    _register(_spec, _kind)


@router.add("POST /collections/*/points/batch", changes=True)
def batch(node: Node, request: Request) -> Any:
    collection = node.collection(request.values[0])
    done = []
    for operation in request.json().need("operations"):
        ((kind, given),) = operation.items()
        selector = {"points": given} if isinstance(given, list) else given
        done.append(_operation(_written(collection, kind, selector), request))
    return done


# --- reads


def _consistency(request: Request) -> str | None:
    """How many replicas of a shard have to answer."""
    given = request.query.get("consistency")
    if given is not None and given not in ("all", "majority", "quorum") and not (given.isdigit() and int(given)):
        raise ApiError(400, f"Deserialize error in query parameters: failed to parse read consistency: {given}")
    return given


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
    ids, payload, vector = body.need("ids"), body.get("with_payload", False), body.get("with_vector")
    return collection.retrieve(ids, payload, vector, body.get("shard_key"), _consistency(request))


@router.add("GET /collections/*/points/*")
def one_point(node: Node, request: Request) -> Any:
    name, given = request.values
    found = node.collection(name).retrieve(
        [int(given) if given.isdigit() else given], True, True, None, _consistency(request)
    )
    if not found:
        raise not_found(f"Point with id {given} does not exists!")
    return found[0]


@router.add("POST /collections/*/points/count")
def count(node: Node, request: Request) -> Any:
    body = request.maybe_json()
    collection = node.collection(request.values[0])
    check_count(collection, body.flag("exact", True), body.get("filter"))
    return {"count": collection.count(body.get("filter"), body.get("shard_key"), _consistency(request))}


@router.add("POST /collections/*/shards/*/points/count")
def count_here(node: Node, request: Request) -> Any:
    """Of this node's replica of one shard, and of no other replica."""
    name, shard_id = request.values
    collection = node.collection(name)
    return {
        "count": collection.replicas(int(shard_id)).read_here(collection.read_of("count", request.maybe_json().value))
    }


@router.add("POST /collections/*/points/scroll")
def scroll(node: Node, request: Request) -> Any:
    body = request.maybe_json()
    _checked_limit(body, "scroll_request")
    collection = node.collection(request.values[0])
    check_read(collection, body.get("limit"), body.get("filter"))
    return collection.scroll(body.value, _consistency(request))


@router.add("POST /collections/*/points/query")
def query(node: Node, request: Request) -> Any:
    body = request.maybe_json()
    _checked_limit(body, "internal")
    collection = node.collection(request.values[0])
    check_query(collection, body.value)
    return {"points": collection.query(body.value, _consistency(request))}


@router.add("POST /collections/*/points/query/batch")
def query_batch(node: Node, request: Request) -> Any:
    collection = node.collection(request.values[0])
    searches = request.json().need("searches")
    for one in searches:
        check_query(collection, one)
    return [{"points": collection.query(one, _consistency(request))} for one in searches]


@router.add("POST /collections/*/points/search")
def search(node: Node, request: Request) -> Any:
    given = dict(request.json().value)
    vector = given.pop("vector")
    if isinstance(vector, dict) and "name" in vector:
        given["using"], vector = vector["name"], vector["vector"]
    given["query"] = vector
    collection = node.collection(request.values[0])
    check_query(collection, given)
    return collection.query(given, _consistency(request))


@router.add("POST /collections/*/facet")
def facet(node: Node, request: Request) -> Any:
    body = request.json()
    body.need("key")
    collection = node.collection(request.values[0])
    check_facet(collection, body.value)
    return {"hits": collection.facet(body.value, _consistency(request))}
