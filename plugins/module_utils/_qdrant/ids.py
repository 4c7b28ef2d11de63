# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ids of points: whole numbers of 64 bits, or UUIDs. As keys of bytes, they sort as Qdrant returns them."""

from __future__ import annotations

import uuid
from typing import Union

Id = Union[int, str]
KEY_BYTES = 17  # a byte for the kind, then the id: numbers come before UUIDs
_NUMBER, _UUID = b"\x00", b"\x01"
_MOST = (1 << 64) - 1


def key_of(point: Id) -> bytes:
    """The key of an id. ValueError if it is not an id of Qdrant."""
    if isinstance(point, int) and not isinstance(point, bool):
        if not 0 <= point <= _MOST:
            raise ValueError(f"{point} is not a whole number of 64 bits")
        return _NUMBER + point.to_bytes(16, "big")
    return _UUID + uuid.UUID(str(point)).bytes


def id_of(key: bytes) -> Id:
    """The id of a key, in the form that Qdrant returns."""
    if key[:1] == _NUMBER:
        return int.from_bytes(key[1:], "big")
    return str(uuid.UUID(bytes=key[1:]))


def id_from_text(text: str) -> Id:
    """The id in a text: ``42``, or a UUID in any of its forms. ValueError if it is neither."""
    word = text.strip()
    return id_of(key_of(int(word) if word.isascii() and word.isdigit() else word))
