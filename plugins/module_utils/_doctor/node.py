# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the node. Changes nothing: what it tries can only fail, and how it fails is the answer."""

from __future__ import annotations

import contextlib
import dataclasses
import os

from .._backup.select import is_leftover
from .._qdrant.client import Node
from .._qdrant.effects import urls_switched_off
from .._qdrant.errors import QdrantError
from .._qdrant.scope import Scope
from .values import NodeFacts

_NOBODY = "qdrant-backup-doctor"
# No server listens on port 1 of the node, so an allowed recovery by URL fails at once, with another error.
_NOWHERE = "http://127.0.0.1:1/nothing.snapshot"
_SECONDS = 20.0


def node_facts(node: Node) -> NodeFacts:
    """The facts that this key can see. A node that does not answer is also a fact."""
    facts = NodeFacts(url=node.url, key_given=bool(node.options.api_key))
    try:
        facts = dataclasses.replace(facts, version=node.version(), ready=node.ready())
    except QdrantError as error:
        return dataclasses.replace(facts, unreachable=error.said or error.sentence(), next=error.next)
    rights, said = _rights(node)
    facts = dataclasses.replace(facts, rights=rights, said=said, open_door=_open_door(node))
    if rights not in ("full", "read-only", "collections"):
        return facts
    try:
        names = node.collections()
        return dataclasses.replace(
            facts,
            collections=tuple(sorted(names)),
            writable=tuple(name for name in sorted(names) if _may_write(node, name)) if rights == "collections" else (),
            leftovers=tuple(sorted(name for name in names if is_leftover(name))),
            url_recovery=_url_recovery(node) if rights == "full" else None,
            recoveries=node.recoveries_running(),
            peer_id=_peer_id(node, sorted(names)),
            peers=_peers(node),
            storage=node.snapshot_storage(),
        )
    except QdrantError as error:
        return dataclasses.replace(facts, said=error.sentence())


def _peers(node: Node) -> int:
    """How many nodes the cluster has; 1 without cluster mode, or if the key may not ask."""
    with contextlib.suppress(QdrantError):
        return max(1, len(node.cluster().peers))
    return 1


def _peer_id(node: Node, names: list[str]) -> int | None:
    """From the cluster, else from the shards of the first collection that answers."""
    with contextlib.suppress(QdrantError):
        found = node.cluster().peer_id
        if found is not None:
            return found
    for name in names:
        with contextlib.suppress(QdrantError):
            return node.shards(name).peer_id
    return None


def _rights(node: Node) -> tuple[str, str]:
    """The key's permissions, found by deleting a full snapshot that does not exist."""
    try:
        node.delete_snapshot(Scope.full(), f"{_NOBODY}-{os.urandom(6).hex()}.snapshot")
        return "full", ""
    except QdrantError as error:
        if error.kind == "forbidden":
            return "collections" if _not_of_the_node(node) else "read-only", error.said
        known = {"unauthorized": "refused", "not_found": "full"}
        return known.get(error.kind, "unknown"), error.said


def _not_of_the_node(node: Node) -> bool:
    """Whether the key may ask nothing about the node itself. A read-only key may."""
    try:
        node.cluster()
    except QdrantError as error:
        return error.kind == "forbidden"
    return False


def _may_write(node: Node, collection: str) -> bool:
    """Whether the key may create snapshots of a collection, found by deleting one that does not exist."""
    try:
        node.delete_snapshot(Scope.collection(collection), f"{_NOBODY}-{os.urandom(6).hex()}.snapshot")
    except QdrantError as error:
        return error.kind == "not_found"
    return True


def _open_door(node: Node) -> bool | None:
    """Whether the node lists its collections without a key; None if unknown."""
    anonymous = Node(dataclasses.replace(node.options, api_key=None))
    try:
        anonymous.collections()
        return True
    except QdrantError as error:
        return False if error.kind in ("unauthorized", "forbidden") else None
    finally:
        anonymous.close()


def _url_recovery(node: Node) -> bool | None:
    """Whether the node downloads archives from URLs, found by a recovery that must fail, to an unused name."""
    name = f"{_NOBODY}-{os.urandom(6).hex()}"
    try:
        node.recover(Scope.collection(name), _NOWHERE, checksum="0" * 64, deadline=_SECONDS)
    except QdrantError as error:
        if error.kind == "forbidden":
            return False if urls_switched_off(error.said) else None
        return True if error.kind in ("server_error", "bad_request") else None
    return None
