# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The headers of GNU tar archives as Qdrant writes them: pure functions over blocks of 512 bytes.

Why not ``tarfile``: on malicious or damaged input it ends silently at a damaged header in the middle, does not detect a
missing end, reads a long name of any declared size into memory and keeps every member. Damage in a backup must be
detected, so this module reads only the required fields and raises ``Broken`` for anything unexpected. Source of the
format: the GNU tar manual, "Basic Tar Format" and "Storing Sparse Files" (old GNU format, the only one that
Qdrant's tar
library writes).
"""

from __future__ import annotations

import dataclasses
from array import array

BLOCK = 512
ZERO_BLOCK = bytes(BLOCK)

REGULAR = (b"0", b"\0")
DIRECTORY = b"5"
SPARSE = b"S"
LONG_NAME = b"L"
TYPE_NAMES = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a character device",
    b"4": "a block device",
    b"6": "a FIFO",
    b"7": "a contiguous file",
    b"K": "a long link name",
    b"x": "a pax header",
    b"g": "a global pax header",
}

# Larger than the files of any file system: such a number is damage or an attack, and must not be used in arithmetic.
MAX_SIZE = 1 << 50
MAX_EXTENTS = 1 << 20


class Broken(Exception):
    """The structure is damaged: nothing after this point can be trusted. The text is the end of a sentence."""


@dataclasses.dataclass(frozen=True)
class Header:
    """One header block."""

    name: str  #: as stored, undecodable bytes as surrogates
    type: bytes
    stored: int  #: number of bytes that follow in the archive


def parse(block: bytes) -> Header:
    """The header in 512 bytes that are not all zero. Broken if the checksum or a number is wrong."""
    if block[257:262] != b"ustar":
        raise Broken("the header is not a tar header")
    if number(block[148:156]) != sum(block) - sum(block[148:156]) + 8 * 32:
        raise Broken("the header's checksum is wrong")
    name = text(block[:100])
    if block[257:265] == b"ustar\x0000" and block[345]:
        name = text(block[345:500]) + "/" + name
    return Header(name, block[156:157], size_of(block[124:136]))


def text(field: bytes) -> str:
    """A name field up to its first NUL."""
    return field.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def number(field: bytes) -> int:
    """A numeric field: octal digits, or GNU's base 256 when the first bit is set."""
    if field[0] & 0x80:
        if field[0] != 0x80:
            raise Broken("a number in the header is negative or too large")
        return int.from_bytes(field[1:], "big")
    digits = field.split(b"\0", 1)[0].strip(b" ")
    if digits.strip(b"01234567"):
        raise Broken("a number in the header cannot be read")
    return int(digits or b"0", 8)


def size_of(field: bytes) -> int:
    """A numeric field that is a size or an offset."""
    value = number(field)
    if value > MAX_SIZE:
        raise Broken(f"the header declares {value} bytes, which is too large")
    return value


class SparseMap:
    """Positions of the stored bytes of a sparse file: pairs (offset, length), ascending, not overlapping."""

    def __init__(self, block: bytes) -> None:
        self.offsets = array("Q")
        self.lengths = array("Q")
        self.size = size_of(block[483:495])
        self._pairs(block[386:482])
        self.extended = block[482] != 0

    def extend(self, block: bytes) -> None:
        """Read one extension block with 21 more pairs."""
        self._pairs(block[:504])
        self.extended = block[504] != 0

    def problem(self, stored: int) -> str | None:
        """Why the map is invalid for the entry, or None."""
        position = 0
        for offset, length in zip(self.offsets, self.lengths):
            if offset < position:
                return "its map of holes goes backwards"
            position = offset + length
        if position > self.size:
            return "its map of holes goes beyond its size"
        if sum(self.lengths) != stored:
            return "its map of holes does not match the bytes stored"
        return None

    def _pairs(self, fields: bytes) -> None:
        # Most maps are short: what only pads them is not read number by number.
        used = len(fields.rstrip(b"\0"))
        for start in range(0, used, 24):
            offset, length = size_of(fields[start : start + 12]), size_of(fields[start + 12 : start + 24])
            # Writers pad with (0, 0), and mark a hole at the end with (size, 0).
            if length:
                self.offsets.append(offset)
                self.lengths.append(length)
        if len(self.offsets) > MAX_EXTENTS:
            raise Broken(f"a file has more than {MAX_EXTENTS} pieces between holes")
