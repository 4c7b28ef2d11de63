# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls to a node as commands of curl, for messages: they are copied as they stand. Pure.

A name is one segment of the path: curl cuts an address at ``#``, and would then ask for another collection. keyed:
whether the node is called with a key. The command takes it from a variable, so that no message shows it.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from .._base.redaction import KEY_VARIABLE
from .names import quote

_KEY = f'-H "api-key: {KEY_VARIABLE}"'
_JSON = "-H 'Content-Type: application/json'"


def post(url: str, path: Sequence[str], body: Mapping[str, Any], *, keyed: bool) -> str:
    """The command that sends a document. path: its segments."""
    return f"{_curl('POST', url, path, keyed)} {_JSON} -d {shlex.quote(json.dumps(dict(body)))}"


def change_aliases(url: str, actions: Sequence[Mapping[str, Any]], *, keyed: bool) -> str:
    """The command that sends alias actions in one call."""
    return post(url, ("collections", "aliases"), {"actions": list(actions)}, keyed=keyed)


def change_cluster(url: str, name: str, body: Mapping[str, Any], *, keyed: bool) -> str:
    """The command that sends one operation on the shards of a collection."""
    return post(url, ("collections", name, "cluster"), body, keyed=keyed)


def delete_collection(url: str, name: str, *, keyed: bool) -> str:
    """The command that deletes a collection."""
    return _curl("DELETE", url, ("collections", name), keyed)


def remove_peer(url: str, peer: str, *, keyed: bool) -> str:
    """The command that removes a peer from a cluster, with the replicas that it holds."""
    # -G: messages are redacted, which takes the query off an address.
    return _curl("DELETE -G -d force=true", url, ("cluster", "peer", peer), keyed)


def _curl(method: str, url: str, path: Sequence[str], keyed: bool) -> str:
    address = "/".join((url, *map(quote, path)))
    return f"curl -X {method} {shlex.quote(address)}{f' {_KEY}' if keyed else ''}"
