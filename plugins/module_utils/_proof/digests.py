# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digests of points: one canonical form for answers of all servers and of the embedded engine.

Raw answers differ between two identical calls (the order of maps), and the decimal text of a float differs between the
server and the engine. So payloads are digested as sorted JSON and vectors as little-endian float32 bytes. Digest only
answers of a server, never a client's source data: an upsert changes values.
"""

from __future__ import annotations

import array
import hashlib
import json
import math
import struct
import sys
from collections.abc import Mapping, Sequence
from typing import Any

_LENGTH = struct.Struct("<I")
_JSON = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def payload_digest(payload: Mapping[str, Any] | None) -> str:
    """Hex sha256 of a payload's canonical form; no payload equals an empty one."""
    return hashlib.sha256(payload_bytes(payload)).hexdigest()


def vector_digest(vector: Any) -> str:
    """Hex sha256 of the canonical form of a point's vectors, in any of the shapes that Qdrant returns.

    Shapes: a list (unnamed dense), a list of lists (multivector), a dictionary of names whose values are either of
    these or ``{"indices", "values"}`` (sparse), None (the point has none). Raises ValueError for anything else.
    """
    return hashlib.sha256(vector_bytes(vector)).hexdigest()


def payload_bytes(payload: Mapping[str, Any] | None) -> bytes:
    """The canonical form of a payload: sorted, ASCII, without blanks."""
    return _JSON.encode(payload or {}).encode("ascii")


def vector_bytes(vector: Any) -> bytes:
    """The canonical form of a point's vectors: sorted names, each followed by its vector's form."""
    if not vector:
        return b""
    # A list first, here and below: it is the usual case, and the test for a Mapping is slow.
    named = {"": vector} if isinstance(vector, list) or not isinstance(vector, Mapping) else vector
    parts = []
    for name in sorted(named):
        if named[name] is None:
            continue
        text = str(name).encode("utf-8")
        parts.append(_LENGTH.pack(len(text)) + text + _one(named[name]))
    return b"".join(parts)


def lengths_of(vector: Any) -> dict[str, int]:
    """Vector name to how many numbers it has (a sparse one: its values), for the vectors that the point has."""
    named = vector if isinstance(vector, Mapping) else {"": vector}
    lengths = {}
    for name, one in named.items():
        if one:
            values = one["values"] if isinstance(one, Mapping) else one
            nested = bool(values) and isinstance(values[0], (list, tuple))
            lengths[str(name)] = sum(map(len, values)) if nested else len(values)
    return {name: length for name, length in lengths.items() if length}


def _one(vector: Any) -> bytes:
    """The form of one vector; a letter for its kind, so that two kinds never have the same bytes."""
    if not isinstance(vector, list) and isinstance(vector, Mapping):
        if not {"indices", "values"} <= set(vector):
            raise ValueError("a sparse vector has indices and values")
        pairs = sorted(zip(vector["indices"], vector["values"]))
        indices = b"".join(_LENGTH.pack(index) for index, _value in pairs)
        return b"s" + _LENGTH.pack(len(pairs)) + indices + _floats([value for _index, value in pairs])
    if not isinstance(vector, (list, tuple)):
        raise ValueError(f"a vector is a list or a dictionary, not {type(vector).__name__}")
    if vector and isinstance(vector[0], (list, tuple)):
        rows = b"".join(_LENGTH.pack(len(row)) + _floats(row) for row in vector)
        return b"m" + _LENGTH.pack(len(vector)) + rows
    return b"d" + _LENGTH.pack(len(vector)) + _floats(vector)


def _floats(values: Sequence[Any]) -> bytes:
    """Little-endian float32 bytes, whatever text the numbers had."""
    try:
        packed = array.array("f", values)
    except TypeError:
        # Qdrant writes a NaN as null.
        packed = array.array("f", [math.nan if value is None else float(value) for value in values])
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()
