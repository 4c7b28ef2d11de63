# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collections, aliases and payload indexes."""

from __future__ import annotations

from typing import Any

from . import names
from .errors import bad_json
from .node import Node
from .router import Router
from .web import Request

router = Router()


@router.add("GET /collections")
def all_collections(node: Node, _request: Request) -> Any:
    return {"collections": [{"name": name} for name in node.names()]}


@router.add("GET /collections/*")
def one_collection(node: Node, request: Request) -> Any:
    return node.collection(request.values[0]).info()


@router.add("PUT /collections/*", changes=True)
def create(node: Node, request: Request) -> Any:
    name = names.strict(request.values[0])
    node.create_from_request(name, request.json().value)
    return True


@router.add("PATCH /collections/*", changes=True)
def update(node: Node, request: Request) -> Any:
    node.collection(request.values[0]).update_config(request.json().value)
    return True


@router.add("DELETE /collections/*", changes=True)
def delete(node: Node, request: Request) -> Any:
    return node.delete(request.values[0])


@router.add("GET /collections/*/exists")
def exists(node: Node, request: Request) -> Any:
    name = request.values[0]
    return {"exists": name in node.collections or name in node.aliases}


@router.add("GET /collections/*/aliases")
def aliases_of(node: Node, request: Request) -> Any:
    return {"aliases": node.aliases_of(request.values[0])}


@router.add("GET /aliases")
def all_aliases(node: Node, _request: Request) -> Any:
    return {"aliases": node.aliases_of(None)}


@router.add("POST /collections/aliases", changes=True)
def change_aliases(node: Node, request: Request) -> Any:
    actions = request.json().need("actions")
    for action in actions:
        if not isinstance(action, dict) or set(action) - {"create_alias", "delete_alias", "rename_alias"}:
            raise bad_json("data did not match any variant of untagged enum AliasOperations")
    node.change_aliases(actions)
    return True


@router.add("GET /collections/*/optimizations")
def optimizations(node: Node, request: Request) -> Any:
    segments = node.collection(request.values[0]).segments()
    summary = {"queued_optimizations": 0, "queued_segments": 0, "queued_points": 0, "idle_segments": segments}
    return {"summary": summary, "running": []}


def _operation(number: int, request: Request) -> Any:
    return {"operation_id": number, "status": "completed" if request.wait else "acknowledged"}


@router.add("PUT /collections/*/index", changes=True)
def create_index(node: Node, request: Request) -> Any:
    body = request.json()
    field, schema = body.need("field_name"), body.need("field_schema")
    return _operation(node.collection(request.values[0]).create_index(field, schema), request)


@router.add("DELETE /collections/*/index/*", changes=True)
def delete_index(node: Node, request: Request) -> Any:
    name, field = request.values
    return _operation(node.collection(name).delete_index(field), request)
