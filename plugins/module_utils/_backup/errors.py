# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of one collection in a backup. Other collections are not affected."""

from __future__ import annotations

from typing import Callable, TypeVar

from .._base.errors import EngineError
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError

T = TypeVar("T")
# Errors of a request about a collection that also concern its snapshot: it is gone, the key may not read it, the node
# does not answer. After other errors (slow, overload, a dead peer, a failed shard) the snapshot is still tried.
_LASTING = ("not_found", "unauthorized", "forbidden", "unreachable", "tls")


class CollectionFailed(EngineError):
    """This collection, or this shard of it, is not in the backup; the others are not affected. part: ``part_name``."""

    def __init__(self, part: str, said: str, next: str = "") -> None:
        name, dummy, shard = part.partition("/")
        super().__init__(
            "back up", f"shard {shard} of collection {name}" if shard else f"collection {name}", said, next
        )


class Stopped(EngineError):
    """The run is ending because something else failed; stop the work."""


def best_effort(node: Node, look: Callable[[], T], what: str, warnings: list[str]) -> T | None:
    """The result of ``look``; None, with a warning that begins with ``what``, if the snapshot does not need it."""
    try:
        return look()
    except QdrantError as error:
        # A slow node is allowed; a node that does not answer would block the next request too.
        if error.kind in _LASTING or (error.kind == "no_answer" and not node.alive()):
            raise
        warnings.append(f"{what}: {error.sentence()}")
        return None


def lost(error: BaseException) -> bool:
    """Whether a call failed because the node is down or hangs."""
    return isinstance(error, QdrantError) and error.kind in ("unreachable", "no_answer")
