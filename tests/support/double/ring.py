# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which shard a point belongs to: Qdrant's fair hash ring (SipHash-2-4 with a zero key, 100 places a shard).

The same ring as the real server's, so that an archive of either side can be written to by the other.
"""

from __future__ import annotations

import bisect
import struct
import uuid
from collections.abc import Iterable
from typing import Union

PointId = Union[int, str]
_MASK = 0xFFFFFFFFFFFFFFFF
_PLACES = 100


def _siphash24(data: bytes) -> int:
    v0, v1, v2, v3 = 0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573

    def rounds(count: int) -> None:
        nonlocal v0, v1, v2, v3
        for dummy in range(count):
            v0 = (v0 + v1) & _MASK
            v1 = ((v1 << 13) | (v1 >> 51)) & _MASK
            v1 ^= v0
            v0 = ((v0 << 32) | (v0 >> 32)) & _MASK
            v2 = (v2 + v3) & _MASK
            v3 = ((v3 << 16) | (v3 >> 48)) & _MASK
            v3 ^= v2
            v0 = (v0 + v3) & _MASK
            v3 = ((v3 << 21) | (v3 >> 43)) & _MASK
            v3 ^= v0
            v2 = (v2 + v1) & _MASK
            v1 = ((v1 << 17) | (v1 >> 47)) & _MASK
            v1 ^= v2
            v2 = ((v2 << 32) | (v2 >> 32)) & _MASK

    whole = len(data) // 8 * 8
    for (word,) in struct.iter_unpack("<Q", data[:whole]):
        v3 ^= word
        rounds(2)
        v0 ^= word
    last = int.from_bytes(data[whole:], "little") | ((len(data) & 0xFF) << 56)
    v3 ^= last
    rounds(2)
    v0 ^= last
    v2 ^= 0xFF
    rounds(4)
    return v0 ^ v1 ^ v2 ^ v3


def _point_bytes(point_id: PointId) -> bytes:
    if isinstance(point_id, int):
        return struct.pack("<QQ", 0, point_id)
    raw = uuid.UUID(str(point_id)).bytes
    return struct.pack("<QQ", 1, len(raw)) + raw


class Ring:
    """The shards of one collection on a ring of hashes."""

    def __init__(self, shards: Iterable[int]) -> None:
        shards = list(shards)
        places = sorted(
            (_siphash24(struct.pack("<II", shard, place)), shard) for shard in shards for place in range(_PLACES)
        )
        self._only = shards[0] if len(shards) == 1 else None
        self._keys = [key for key, dummy in places]
        self._shards = [shard for dummy, shard in places]

    def shard_of(self, point_id: PointId) -> int:
        """The shard that holds `point_id`."""
        if self._only is not None:
            return self._only
        at = bisect.bisect_left(self._keys, _siphash24(_point_bytes(point_id)))
        return self._shards[at % len(self._shards)]
