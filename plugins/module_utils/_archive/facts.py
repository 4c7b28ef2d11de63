# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an archive says about itself: typed values, no decision."""

from __future__ import annotations

import dataclasses
from typing import Any, Union

KINDS = ("collection", "shard", "streamed_shard", "full", "partial", "unknown")

# The key in ``ArchiveFacts.shards`` of the one shard of a shard archive: such an archive does not say which it is.
UNNAMED_SHARD = -1

ShardKey = Union[str, int]


@dataclasses.dataclass(frozen=True)
class ShardFacts:
    """One shard in an archive.

    shard_id: None in a shard archive; has_data: its segments are in the archive (a shard that lives on other nodes is
    listed without data); segments: their number; bytes: what it takes in the archive, headers left out;
    state: of this node's replica ("Active", ...), None where it has none; peers: peer id -> state of every replica.
    """

    shard_id: int | None
    has_data: bool
    segments: int
    bytes: int
    state: str | None
    peers: dict[int, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class ArchiveFacts:
    """Everything one pass over an archive found.

    bytes, sha256: of the file as it is (sha256 "" where it was not asked for). content_digest: equal for two archives
    of an unchanged collection, whose files differ in header times; never equal to that of a whole archive where there
    are problems.
    entries: files and folders, those inside segment tars too. config: the collection's, as the API shows it.
    payload_schema: field -> {"data_type", "params"?} as the API shows it, without its count of points.
    shard_keys: key -> shard ids. members: file name -> bytes of each collection archive in a full one;
    collections: collection -> file name, aliases: alias -> collection (full archives only).
    largest_segment, segments_bytes: bytes in the archive, for the rule of free space.
    version, segment_versions: Qdrant's internal format versions ("0.4.2"), not the server's. rocksdb: has segments of
    the old storage that Qdrant 1.18 dropped. problems: sentences; empty means that the structure is whole.
    """

    kind: str
    bytes: int
    sha256: str
    content_digest: str
    entries: int
    config: dict[str, Any] | None
    payload_schema: dict[str, Any] | None
    shards: dict[int, ShardFacts]
    shard_keys: dict[ShardKey, tuple[int, ...]]
    members: dict[str, int]
    aliases: dict[str, str]
    largest_segment: int
    segments_bytes: int
    problems: tuple[str, ...]
    collections: dict[str, str] = dataclasses.field(default_factory=dict)
    version: str | None = None
    segment_versions: tuple[str, ...] = ()
    rocksdb: bool = False

    @property
    def whole(self) -> bool:
        """No problem was found."""
        return not self.problems

    @property
    def captured_shards(self) -> tuple[int, ...]:
        """Ids of the shards whose data is in the archive, sorted."""
        return tuple(sorted(shard_id for shard_id, shard in self.shards.items() if shard.has_data))
