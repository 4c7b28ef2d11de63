# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digest of a file's content, independent of whether the archive stores it with holes.

Qdrant preallocates: a new segment holds some kilobytes in files of 32 MiB. Hashing the zeros would take seconds for
each small collection, and a malicious archive could declare petabytes. Therefore zero blocks are omitted, and the
positions of the others are hashed. The result depends only on the content: a file system may report other holes, or
none, for the same content (they move when dirty pages are written), and the digest is the same.
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
    last block is padded with zeros. Read from the end, this input has only one meaning, so different contents give
    different input.

    log: for a file of a write-ahead log. An empty log is hashed without its seed.
    """

    def __init__(self, *, log: bool = False) -> None:
        self._hash = hashlib.sha256(b"file with holes, blocks of 4096\0")
        self._carry = bytearray()  # the bytes of the current block, while it is incomplete
        self._block = 0  # its number
        self._run_start = 0
        self._run_blocks = 0
        self._log = log
        self._first = b""  # the first block of a log, until something follows

    def add(self, offset: int, view: memoryview) -> None:
        """Add content at ``offset``; offsets never decrease. The bytes between two calls are zeros."""
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
        # Only a block that begins and ends with a zero can be a zero block, so few blocks are compared completely.
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
    """32 bytes for a file's content, with or without holes."""
    return _digest(entry, ContentHash())


def log_digest(entry: Entry) -> bytes:
    """32 bytes for a file of a shard's write-ahead log.

    Every shard snapshot holds a new empty log with a random seed that nothing uses (seen on Qdrant 1.18.3). Such a file
    is hashed without its seed. Otherwise two archives of an unchanged shard would never be equal.
    """
    return _digest(entry, ContentHash(log=True))


def bytes_digest(data: bytes) -> bytes:
    """The same digest for a small file that is already in memory."""
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
    """The stored pieces of a file: offset and bytes."""
    if entry.holes is None:
        yield 0, entry.data
        return
    for offset, length in zip(entry.holes.offsets, entry.holes.lengths):
        yield offset, Part(entry.data, length)
