# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The live side: a collection on its node, over REST, also in a cluster; with custom sharding, one shard key of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .._qdrant.client import Node
from .._qdrant.ids import Id
from .._qdrant.values import Collection, Point
from .source import ShardKey


class Live:
    """One shard key of a live collection (None: all of it), read as a ``PointSource``."""

    def __init__(self, node: Node, name: str, key: ShardKey = None) -> None:
        self._node, self.name, self.key = node, name, key

    def collection(self, collection: str) -> Collection:
        """See PointSource."""
        return self._node.collection(collection)

    def retrieve(
        self, collection: str, ids: Sequence[Id], with_payload: bool = True, with_vector: bool = True
    ) -> list[Point]:
        """See PointSource."""
        return self._node.retrieve(collection, ids, with_payload, with_vector, shard_key=self.key)

    def scroll(
        self,
        collection: str,
        limit: Any = 1000,
        with_payload: bool = True,
        with_vector: bool = False,
        filter: dict[str, Any] | None = None,
    ) -> Iterator[Point]:
        """See PointSource."""
        return self._node.scroll(collection, limit, with_payload, with_vector, filter, shard_key=self.key)

    def upsert(self, points: Sequence[dict[str, Any]], *, insert_only: bool) -> None:
        """Write points and wait for it."""
        self._node.upsert(self.name, points, shard_key=self.key, insert_only=insert_only)
