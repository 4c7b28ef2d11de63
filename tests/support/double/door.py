# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door for tests and for other nodes of a cluster. It asks for no key, and is not part of Qdrant's interface."""

from __future__ import annotations

import json
from typing import Any

from . import archive, layout
from .body import parse
from .errors import bad_request
from .member import Member
from .node import Node
from .router import Router
from .web import Answer, Request, json_answer

PREFIX = "/__double__/"
router = Router()


# --- for tests


def _faults(node: Node) -> Answer:
    return json_answer(200, {"passed": node.faults.passed(), "rules": node.faults.rules()})


@router.add("GET /__double__/faults")
def shown(node: Node, _request: Request) -> Answer:
    return _faults(node)


@router.add("POST /__double__/faults")
def ruled(node: Node, request: Request) -> Answer:
    raw = request.body.all()
    node.faults.set(json.loads(raw) if raw.lstrip().startswith(b"[") else parse(raw).need("rules"))
    return _faults(node)


@router.add("POST /__double__/dirty")
def spoiled(node: Node, request: Request) -> bool:
    """Makes this node's replica of a shard dirty."""
    body = request.json()
    node.collection(body.need("collection")).shard(body.need("shard")).spoil()
    return True


@router.add("POST /__double__/replica")
def set_replica(node: Node, request: Request) -> bool:
    """Sets the state of any replica of the cluster."""
    body = request.json()
    name, shard_id, peer, state = (body.need(key) for key in ("collection", "shard", "peer", "state"))

    def change(agreed: Any) -> None:
        entry = agreed["collections"][name]
        layout.need_shard(entry, name, shard_id)
        layout.set_state(entry, shard_id, peer, state)

    _member(node).change(change)
    return True


def _member(node: Node) -> Member:
    if not isinstance(node, Member):
        raise bad_request("Distributed mode disabled")
    return node


# --- for the other nodes: one replica of one shard


@router.add("POST /__double__/shard/read")
def read(node: Node, request: Request) -> Any:
    body = request.json()
    collection = node.collection(body.need("collection"))
    asked = collection.read_of(body.need("kind"), body.get("given", {}))
    return collection.replicas(body.need("shard")).read_here(asked)


@router.add("POST /__double__/shard/write")
def write(node: Node, request: Request) -> bool:
    body = request.json()
    collection = node.collection(body.need("collection"))
    asked = collection.write_of(body.need("kind"), body.get("given", {}))
    collection.shard(body.need("shard")).update(asked.make(asked.ids))
    collection.written()
    return True


@router.add("POST /__double__/shard/stream", plain=True)
def stream(node: Node, request: Request) -> Answer:
    body = request.json()
    replicas = node.collection(body.need("collection")).replicas(body.need("shard"))
    replicas.here().check_still()
    return Answer(content_type="application/octet-stream", stream=lambda sink: archive.stream_shard(replicas, sink))
