# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about an archive, as typed values without decisions."""

from __future__ import annotations

import dataclasses
from typing import Any, Union

KINDS = ("collection", "shard", "streamed_shard", "full", "partial", "unknown")

# The key in ``ArchiveFacts.shards`` of the shard of a shard archive, which does not contain its id.
UNNAMED_SHARD = -1

ShardKey = Union[str, int]


@dataclasses.dataclass(frozen=True)
class ShardFacts:
    """One shard in an archive."""

    shard_id: int | None  #: None in a shard archive
    has_data: bool  #: whether its segments are in the archive (a shard of other nodes is listed without data)
    segments: int  #: number of segments
    bytes: int  #: its size in the archive, without headers
    state: str | None  #: of this node's replica ("Active", ...), None if it has none
    peers: dict[int, str] = dataclasses.field(default_factory=dict)  #: peer id -> state of every replica


@dataclasses.dataclass(frozen=True)
class ArchiveFacts:
    """Everything that one pass over an archive found."""

    kind: str  #: one of KINDS
    bytes: int  #: size of the file
    sha256: str  #: of the file, "" if it was not requested
    #: Equal for two archives of an unchanged collection, even if their header times differ. A damaged archive never has
    #: the digest of an undamaged one.
    content_digest: str
    entries: int  #: files and folders, including those inside segment tars
    config: dict[str, Any] | None  #: the collection's configuration in the API's form
    payload_schema: dict[str, Any] | None  #: field -> {"data_type", "params"?} in the API's form, without counts
    shards: dict[int, ShardFacts]  #: by shard id
    shard_keys: dict[ShardKey, tuple[int, ...]]  #: key -> shard ids
    members: dict[str, int]  #: file name -> bytes of each collection archive (full archives only)
    aliases: dict[str, str]  #: alias -> collection (full archives only)
    largest_segment: int  #: bytes in the archive, for the rule of free space
    segments_bytes: int  #: bytes of all segments in the archive
    problems: tuple[str, ...]  #: sentences; empty if the structure is complete
    collections: dict[str, str] = dataclasses.field(default_factory=dict)  #: collection -> file name (full only)
    version: str | None = None  #: Qdrant's internal format version ("0.4.2"), not the server's version
    segment_versions: tuple[str, ...] = ()  #: format versions of the segments
    rocksdb: bool = False  #: whether it has segments in the old storage format that Qdrant 1.18 dropped

    @property
    def whole(self) -> bool:
        """Whether no problem was found."""
        return not self.problems

    @property
    def captured_shards(self) -> tuple[int, ...]:
        """Ids of the shards whose data is in the archive, sorted."""
        return tuple(sorted(shard_id for shard_id, shard in self.shards.items() if shard.has_data))
