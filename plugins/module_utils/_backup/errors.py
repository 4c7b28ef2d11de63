# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of a backup: one collection's, which the others survive."""

from __future__ import annotations

from typing import Callable, TypeVar

from .._base.errors import EngineError
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError

T = TypeVar("T")
# What a look at a collection can say that is true of its snapshot too: it is gone, it is not for this key, nobody is
# there. Everything else (too slow, too many, a peer is dead, a shard fails) leaves the snapshot to be tried.
_LASTING = ("not_found", "unauthorized", "forbidden", "unreachable", "tls")


class CollectionFailed(EngineError):
    """This collection is not in the backup; the others are not touched by it."""

    def __init__(self, collection: str, said: str, next: str = "") -> None:
        super().__init__("back up", f"collection {collection}", said, next)


class Stopped(EngineError):
    """The run is ending because something else failed; whoever hears this lets go of what it does."""


def best_effort(node: Node, look: Callable[[], T], what: str, warnings: list[str]) -> T | None:
    """What ``look`` sees; None, with a warning that begins with ``what``, where the snapshot can do without it."""
    try:
        return look()
    except QdrantError as error:
        # Slow is one thing; a node that answers nothing at all would be waited for again at the next question.
        if error.kind in _LASTING or (error.kind == "no_answer" and not node.alive()):
            raise
        warnings.append(f"{what}: {error.sentence()}")
        return None


def lost(error: BaseException) -> bool:
    """Whether a call failed because the node is not there, or hangs."""
    return isinstance(error, QdrantError) and error.kind in ("unreachable", "no_answer")
