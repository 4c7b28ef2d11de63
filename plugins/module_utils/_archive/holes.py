# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digest of a file's content, in one form whether the archive stores it with holes or without.

Qdrant preallocates: a new segment holds some kilobytes in files of 32 MiB. Hashing the zeros would cost seconds for
each small collection, and a hostile archive could declare petabytes. So zero blocks are left out, and where the others
lie goes into the hash instead. The result depends on the content alone: a file system that reports other holes for the
same content (they move when dirty pages are written), or none at all any more, gives the same digest.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

from .hashing import CHUNK
from .reader import Entry, Part

BLOCK = 4096
_ZEROS = bytes(BLOCK)
_LOG_MAGIC = b"wal\0"
_LOG_HEADER = 8  # the magic, then four random bytes that seed the checksums of what follows


class ContentHash:
    """SHA-256 over the runs of blocks (4096 bytes each, aligned) that are not all zero.

    Hashed: for each run its bytes, then its first block and its number of blocks; at the end the size of the file. The
    last block is filled up with zeros. Read from the end this can be taken apart in one way only, so different contents
    give different input.

    log: of a file of a write-ahead log, one that is empty but for its seed is hashed without the seed.
    """

    def __init__(self, *, log: bool = False) -> None:
        self._hash = hashlib.sha256(b"file with holes, blocks of 4096\0")
        self._carry = bytearray()  # the bytes of the block under way, when it is not whole yet
        self._block = 0  # its number
        self._run_start = 0
        self._run_blocks = 0
        self._log = log
        self._first = b""  # the first block of a log, until something follows

    def add(self, offset: int, view: memoryview) -> None:
        """Content at ``offset``; offsets never go back. What lies between two calls is zeros."""
        self._jump(offset)
        if self._carry:
            missing = min(BLOCK - len(self._carry), len(view))
            self._carry += view[:missing]
            view = view[missing:]
            self._close_carry(BLOCK)
        whole = len(view) - len(view) % BLOCK
        if whole:
            self._blocks(view[:whole])
        self._carry += view[whole:]

    def digest(self, size: int) -> bytes:
        """32 bytes; ``size`` is the file's logical size."""
        self._close_carry(len(self._carry))
        if self._first:
            empty = self._first.startswith(_LOG_MAGIC) and not self._first[_LOG_HEADER:].strip(b"\0")
            self._hash.update(_LOG_MAGIC.ljust(BLOCK, b"\0") if empty else self._first)
        self._end_run()
        self._hash.update(struct.pack(">Q", size))
        return self._hash.digest()

    def _jump(self, offset: int) -> None:
        gap = offset - self._block * BLOCK - len(self._carry)
        if not gap:
            return
        if self._carry:
            self._carry += bytes(min(BLOCK - len(self._carry), gap))
            self._close_carry(BLOCK)
        if not self._carry:
            self._block = offset // BLOCK
            self._carry += bytes(offset % BLOCK)

    def _close_carry(self, enough: int) -> None:
        if self._carry and len(self._carry) >= enough:
            data = bytes(self._carry)
            self._carry.clear()
            self._blocks(memoryview(data + bytes(-len(data) % BLOCK)))

    def _blocks(self, view: memoryview) -> None:
        count = len(view) // BLOCK
        # Only a block that begins and ends with a zero can be one of zeros: few of the others are looked at.
        heads, tails = bytes(view[::BLOCK]), bytes(view[BLOCK - 1 :: BLOCK])
        start = 0
        index = heads.find(0)
        while index >= 0:
            if not tails[index] and view[index * BLOCK : (index + 1) * BLOCK].tobytes() == _ZEROS:
                self._run(view, start, index)
                start = index + 1
            index = heads.find(0, index + 1)
        self._run(view, start, count)
        self._block += count

    def _run(self, view: memoryview, start: int, stop: int) -> None:
        if start == stop:
            return
        if self._first:
            self._hash.update(self._first)
            self._first = b""
        first = self._block + start
        if first != self._run_start + self._run_blocks:
            self._end_run()
            self._run_start = first
        self._run_blocks += stop - start
        if self._log and not first:
            self._first = bytes(view[start * BLOCK : (start + 1) * BLOCK])
            start += 1
            if start < stop:
                self._hash.update(self._first)
                self._first = b""
        self._hash.update(view[start * BLOCK : stop * BLOCK])

    def _end_run(self) -> None:
        if self._run_blocks:
            self._hash.update(struct.pack(">QQ", self._run_start, self._run_blocks))
        self._run_blocks = 0


def entry_digest(entry: Entry) -> bytes:
    """32 bytes for a file's content, however it is stored."""
    return _digest(entry, ContentHash())


def log_digest(entry: Entry) -> bytes:
    """32 bytes for a file of a shard's write-ahead log.

    Every shard snapshot carries a new empty log, alike but for a random seed that nothing uses (seen on Qdrant 1.18.3).
    Such a file counts without its seed, or no two archives of an unchanged shard would ever be equal.
    """
    return _digest(entry, ContentHash(log=True))


def bytes_digest(data: bytes) -> bytes:
    """The same for a small file that was read already."""
    content = ContentHash()
    content.add(0, memoryview(data))
    return content.digest(len(data))


def _digest(entry: Entry, content: ContentHash) -> bytes:
    for offset, data in _extents(entry):
        while len(piece := data.view(CHUNK)):
            content.add(offset, piece)
            offset += len(piece)
    return content.digest(entry.stored if entry.holes is None else entry.holes.size)


def _extents(entry: Entry) -> Iterator[tuple[int, Part]]:
    """Where stored bytes belong, and the bytes."""
    if entry.holes is None:
        yield 0, entry.data
        return
    for offset, length in zip(entry.holes.offsets, entry.holes.lengths):
        yield offset, Part(entry.data, length)
