# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a tar archive from a stream, and archives inside its members, in chunks.

A ``Feed`` returns views of the next bytes, each valid until the next call. ``Source`` is the outermost feed, ``Part`` a
piece of another feed: the data of an entry, or an archive in it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Protocol

from .._base.progress import Event, Progress, silent
from . import tar
from .hashing import CHUNK, HashingReader, Readable

REPORT_EVERY = 8 * CHUNK


class Cut(Exception):
    """A feed ended before its declared size."""


class Feed(Protocol):
    """The next bytes of a stream."""

    def view(self, most: int) -> memoryview:
        """1 to ``most`` bytes, empty at the end. The view is valid until the next call."""


class Source:
    """The outermost feed: reads ``stream`` in chunks and, with ``hashed``, hashes all bytes."""

    def __init__(self, stream: Readable, progress: Progress = silent, *, hashed: bool = True) -> None:
        self._reader = HashingReader(stream, hashed=hashed)
        self._buffer = memoryview(bytearray(CHUNK))
        self._ready = self._buffer[:0]
        self.head = b""  # the first bytes, to recognise a foreign file
        self._progress = progress
        self._reported = 0

    @property
    def offset(self) -> int:
        """Bytes returned so far."""
        return self._reader.bytes - len(self._ready)

    @property
    def bytes(self) -> int:
        """Bytes read so far."""
        return self._reader.bytes

    def hexdigest(self) -> str:
        """SHA-256 of the bytes read so far, "" if it was not requested."""
        return self._reader.hexdigest()

    def view(self, most: int) -> memoryview:
        if not len(self._ready):
            self._ready = self._buffer[: self._reader.readinto(self._buffer)]
            self.head = self.head or bytes(self._ready[: tar.BLOCK])
            if not len(self._ready):
                self._progress(Event("inspect", done=self._reader.bytes, total=self._reader.bytes))
            if self._reader.bytes - self._reported >= REPORT_EVERY:
                self._reported = self._reader.bytes
                self._progress(Event("inspect", done=self._reported))
        piece, self._ready = self._ready[:most], self._ready[most:]
        return piece


class Part:
    """The next ``size`` bytes of another feed. ``left``: how many were not read yet."""

    def __init__(self, feed: Feed, size: int) -> None:
        self._feed = feed
        self.left = size

    def view(self, most: int) -> memoryview:
        piece = self._feed.view(min(most, self.left)) if self.left else memoryview(b"")
        if self.left and not len(piece):
            raise Cut
        self.left -= len(piece)
        return piece


def take(feed: Feed, size: int, *, or_nothing: bool = False) -> bytes:
    """A copy of exactly ``size`` bytes; Cut if the feed ends before. Only for sizes that were checked.

    or_nothing: b"" if the feed has already ended.
    """
    data = bytearray()
    while len(data) < size:
        piece = feed.view(size - len(data))
        if not len(piece):
            if or_nothing and not data:
                break
            raise Cut
        data += piece
    return bytes(data)


def drain(feed: Feed) -> bool:
    """Read the rest. True if it was only zeros."""
    zeros = True
    while True:
        piece = feed.view(CHUNK)
        if not len(piece):
            return zeros
        zeros = zeros and not bytes(piece).strip(b"\0")


def skip(feed: Feed) -> None:
    """Read the rest and ignore it."""
    while len(feed.view(CHUNK)):
        pass


@dataclasses.dataclass
class Limits:
    """Limits of one archive, for all levels together, so that work and memory are bounded."""

    entries: int = 300_000
    name_bytes: int = 64 * 1024 * 1024
    longest_name: int = 4096
    seen: int = 0

    def count(self, name: str) -> None:
        """Count one entry. Broken if there are too many, or if their names are too long in total."""
        self.seen += 1
        self.name_bytes -= len(name)
        if self.seen > self.entries:
            raise tar.Broken(f"there are more than {self.entries} entries")
        if self.name_bytes < 0:
            raise tar.Broken("the names of the entries are too long in total")


@dataclasses.dataclass
class Entry:
    """One member of an archive."""

    name: str  #: as stored
    type: bytes
    stored: int  #: number of stored bytes
    data: Part  #: the stored bytes, next in the stream
    holes: tar.SparseMap | None = None  #: of a sparse file


def walk(feed: Feed, limits: Limits, *, end_marked: bool = True) -> Iterator[Entry]:
    """The entries in order, up to the two zero blocks that end an archive. Unread ``data`` of an entry is skipped.

    end_marked: False if the bytes may end after an entry, because Qdrant writes segment tars without an end marker.
    Raises Cut if the bytes end before the archive does, Broken if the structure is damaged.
    """
    name: str | None = None
    while True:
        block = take(feed, tar.BLOCK, or_nothing=not end_marked and name is None)
        if not block:
            return
        if block == tar.ZERO_BLOCK:
            if take(feed, tar.BLOCK) != tar.ZERO_BLOCK:
                raise tar.Broken("there is a single zero block instead of a header or the end")
            if name is not None:
                raise tar.Broken("no entry follows a long name")
            return
        header = tar.parse(block)
        if header.type == tar.LONG_NAME:
            if name is not None:
                raise tar.Broken("another long name follows a long name")
            name = _long_name(feed, header.stored, limits)
            continue
        if name is None:
            name = header.name
        limits.count(name)
        holes = _holes(feed, block) if header.type == tar.SPARSE else None
        entry = Entry(name, header.type, header.stored, Part(feed, header.stored), holes)
        name = None
        yield entry
        skip(entry.data)
        take(feed, -header.stored % tar.BLOCK)


def _long_name(feed: Feed, stored: int, limits: Limits) -> str:
    if not 0 < stored <= limits.longest_name + 1:
        raise tar.Broken(f"a name of {stored} bytes is declared")
    name = take(feed, stored)
    take(feed, -stored % tar.BLOCK)
    text = name[:-1] if name.endswith(b"\0") else name
    # Keep a NUL inside the name: the check of names refuses it.
    return text.decode("utf-8", "surrogateescape")


def _holes(feed: Feed, block: bytes) -> tar.SparseMap:
    holes = tar.SparseMap(block)
    while holes.extended:
        holes.extend(take(feed, tar.BLOCK))
    return holes


def plain(name: str) -> str:
    """The name without "./" and double or trailing slashes."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))
