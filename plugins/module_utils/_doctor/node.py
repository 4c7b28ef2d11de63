# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the node. Changes nothing: what it tries can only fail, and how it fails is the answer."""

from __future__ import annotations

import dataclasses
import os

from .._backup.select import is_leftover
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.scope import Scope
from .values import NodeFacts

_NOBODY = "qdrant-backup-doctor"
# Nothing listens on port 1 of the node itself, so an allowed recovery by URL fails at once, with another error.
_NOWHERE = "http://127.0.0.1:1/nothing.snapshot"
_SECONDS = 20.0


def node_facts(node: Node) -> NodeFacts:
    """The node as this key sees it. A node that does not answer is a fact."""
    facts = NodeFacts(url=node.url, key_given=bool(node.options.api_key))
    try:
        facts = dataclasses.replace(facts, version=node.version(), ready=node.ready())
    except QdrantError as error:
        return dataclasses.replace(facts, unreachable=error.said or error.sentence(), next=error.next)
    rights, said = _rights(node)
    facts = dataclasses.replace(facts, rights=rights, said=said, open_door=_open_door(node))
    if rights not in ("full", "read-only"):
        return facts
    try:
        names = node.collections()
        return dataclasses.replace(
            facts,
            collections=tuple(sorted(names)),
            leftovers=tuple(sorted(name for name in names if is_leftover(name))),
            url_recovery=_url_recovery(node) if rights == "full" else None,
            recoveries=node.recoveries_running(),
        )
    except QdrantError as error:
        return dataclasses.replace(facts, said=error.sentence())


def _rights(node: Node) -> tuple[str, str]:
    """What the key may do, told from deleting a full snapshot that does not exist."""
    try:
        node.delete_snapshot(Scope.full(), f"{_NOBODY}-{os.urandom(6).hex()}.snapshot")
        return "full", ""
    except QdrantError as error:
        known = {"unauthorized": "refused", "forbidden": "read-only", "not_found": "full"}
        return known.get(error.kind, "unknown"), error.said


def _open_door(node: Node) -> bool | None:
    """Whether the node lists its collections to somebody without a key; None where it does not say."""
    anonymous = Node(dataclasses.replace(node.options, api_key=None))
    try:
        anonymous.collections()
        return True
    except QdrantError as error:
        return False if error.kind in ("unauthorized", "forbidden") else None
    finally:
        anonymous.close()


def _url_recovery(node: Node) -> bool | None:
    """Whether the node takes archives from URLs, told from a recovery that cannot succeed, to a name nobody has."""
    name = f"{_NOBODY}-{os.urandom(6).hex()}"
    try:
        node.recover(Scope.collection(name), _NOWHERE, checksum="0" * 64, deadline=_SECONDS)
    except QdrantError as error:
        if error.kind == "forbidden":
            return False if "disabled" in error.said else None
        return True if error.kind in ("server_error", "bad_request") else None
    return None
