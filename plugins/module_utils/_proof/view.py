# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A collection at one moment: its description, its shards, the segments of those on this node."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Optional

from .._qdrant.collections import operation_of

if TYPE_CHECKING:
    from .._qdrant.client import Node
    from .._qdrant.values import Collection, ShardView

Segments = Mapping[int, Optional[Mapping[str, Any]]]


@dataclasses.dataclass(frozen=True)
class View:
    """segments: of each shard of this node, None if the server does not report them."""

    about: Collection
    shards: ShardView
    segments: Segments

    @property
    def operations(self) -> dict[int, int]:
        """The last operation of each shard of this node, if the server reports it."""
        numbers = {shard: operation_of(found) for shard, found in self.segments.items()}
        return {shard: number for shard, number in numbers.items() if number is not None}

    @property
    def shard_count(self) -> int:
        """The number of shards of the collection. With custom sharding, its configuration has only the number for each
        key."""
        return len({shard.shard_id for shard in self.shards.local} | {shard.shard_id for shard in self.shards.remote})


def view_of(node: Node, collection: str) -> View:
    """The collection now. Raises QdrantError."""
    about, shards = node.collection(collection), node.shards(collection)
    return View(about, shards, segments_of(node, collection, shards))


def segments_of(node: Node, collection: str, shards: ShardView) -> Segments:
    """The segments of each shard of this node. Raises QdrantError."""
    return {shard.shard_id: node.shard_manifest(collection, shard.shard_id) for shard in shards.local}


def fingerprint(segments: Segments | None) -> str:
    """A digest over the segments of every shard of this node; "" if the node does not report them.

    Equal: probably nothing changed. Different: something was written, or only flushed or rearranged.
    """
    if not segments or not all(segments.values()):
        return ""
    text = json.dumps({str(shard): found for shard, found in segments.items()}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
