# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tar archives as the real server does: GNU format, sparse entries for files with holes, owner 0."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol

BLOCK = 512
_INLINE, _PER_BLOCK = 4, 21
_CHUNK = 1 << 20


class Sink(Protocol):
    """What an archive is written to."""

    def write(self, data: bytes, /) -> object: ...


def _octal(value: int, width: int) -> bytes:
    return b"%0*o\0" % (width - 1, value)


def _checksummed(header: bytearray) -> bytes:
    header[148:156] = b" " * 8
    header[148:156] = b"%07o\0" % sum(header)
    return bytes(header)


def _header(name: bytes, size: int, kind: bytes, *, mode: bytes, mtime: int, of_file: bool) -> bytearray:
    header = bytearray(BLOCK)
    header[0 : len(name)] = name
    header[100:108] = mode
    if of_file:
        header[108:124] = _octal(0, 8) * 2
        header[329:345] = _octal(0, 8) * 2
    header[124:136] = _octal(size, 12)
    header[136:148] = _octal(mtime, 12)
    header[156:157] = kind
    header[257:265] = b"ustar  \0"
    return header


def _padding(size: int) -> bytes:
    return b"\0" * (-size % BLOCK)


def _extents(file: BinaryIO, size: int) -> list[tuple[int, int]]:
    """The parts of `file` that hold data: (offset, length), without the holes."""
    found, at = [], 0
    while at < size:
        try:
            start = os.lseek(file.fileno(), at, os.SEEK_DATA)
        except OSError:
            break
        at = min(os.lseek(file.fileno(), start, os.SEEK_HOLE), size)
        found.append((start, at - start))
    file.seek(0)
    return found


class TarWriter:
    """Appends entries to `out`; `close` writes the two empty blocks of the end."""

    def __init__(self, out: Sink, prefix: str = "") -> None:
        self._out = out
        self._prefix = prefix

    def below(self, folder: str) -> TarWriter:
        """The same archive, with `folder` in front of each name."""
        return TarWriter(self._out, f"{self._prefix}{folder}/")

    def _name(self, path: str) -> bytes:
        """The name as it fits a header; a longer one is written before as an entry of its own."""
        name = os.fsencode(self._prefix + path)
        if len(name) > 100:
            long = name + b"\0"
            header = _header(b"././@LongLink", len(long), b"L", mode=_octal(0o644, 8), mtime=0, of_file=True)
            self._out.write(_checksummed(header) + long + _padding(len(long)))
        return name[:100]

    def data(self, path: str, content: bytes) -> None:
        """A small entry from memory: mode 0644, no owner, no time."""
        header = _header(self._name(path), len(content), b"\0", mode=b"0000644\0", mtime=0, of_file=False)
        self._out.write(_checksummed(header) + content + _padding(len(content)))

    def folder(self, path: str) -> None:
        header = _header(self._name(path + "/"), 0, b"5", mode=b"0040755\0", mtime=int(time.time()), of_file=True)
        self._out.write(_checksummed(header))

    def file(self, path: str, source: str, mtime: int | None = None) -> None:
        """A file from disk; holes stay holes."""
        with open(source, "rb") as file:
            state = os.fstat(file.fileno())
            mode = _octal(state.st_mode & 0o177777, 8)
            when = int(state.st_mtime) if mtime is None else mtime
            extents = _extents(file, state.st_size)
            name = self._name(path)
            if extents == ([(0, state.st_size)] if state.st_size else []):
                self._out.write(_checksummed(_header(name, state.st_size, b"0", mode=mode, mtime=when, of_file=True)))
            else:
                self._sparse_header(name, extents, state.st_size, mode, when)
            for start, length in extents:
                self._copy(file, start, length)
            self._out.write(_padding(sum(length for dummy, length in extents)))

    def _sparse_header(self, name: bytes, extents: list[tuple[int, int]], size: int, mode: bytes, mtime: int) -> None:
        places = [*extents, (size, 0)]
        header = _header(name, sum(n for dummy, n in extents), b"S", mode=mode, mtime=mtime, of_file=True)
        packed = [_octal(start, 12) + _octal(length, 12) for start, length in places]
        header[386 : 386 + 24 * len(packed[:_INLINE])] = b"".join(packed[:_INLINE])
        rest = packed[_INLINE:]
        header[482] = 1 if rest else 0
        header[483:495] = _octal(size, 12)
        self._out.write(_checksummed(header))
        while rest:
            block = bytearray(BLOCK)
            now, rest = rest[:_PER_BLOCK], rest[_PER_BLOCK:]
            block[0 : 24 * len(now)] = b"".join(now)
            block[504] = 1 if rest else 0
            self._out.write(bytes(block))

    def _copy(self, file: BinaryIO, start: int, length: int) -> None:
        file.seek(start)
        while length:
            part = file.read(min(_CHUNK, length))
            if not part:  # shorter than a moment ago
                part = b"\0" * min(_CHUNK, length)
            self._out.write(part)
            length -= len(part)

    @contextmanager
    def nested(self, path: str, out: BinaryIO) -> Iterator[TarWriter]:
        """An archive as an entry of this one, written in place; `out` must be this archive's seekable file."""
        name = self._name(path)
        header_at = out.tell()
        out.write(b"\0" * BLOCK)
        inner = TarWriter(out)
        yield inner
        inner.close()
        end = out.tell()
        size = end - header_at - BLOCK
        out.seek(header_at)
        out.write(_checksummed(_header(name, size, b"\0", mode=b"0000644\0", mtime=0, of_file=False)))
        out.seek(end)
        out.write(_padding(size))

    def close(self) -> None:
        self._out.write(b"\0" * (2 * BLOCK))
