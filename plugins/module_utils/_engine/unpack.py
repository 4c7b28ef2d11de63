# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpacks an archive into folders that the engine can load, one a shard. Holes of sparse files stay holes.

The engine loads ``segments/<uuid>/...`` as a server keeps them. A collection or shard archive has a tar for each
segment, with the files below ``snapshot/files/``; a streamed shard archive has ``segments/<uuid>/files/...``.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from typing import Any

from .._archive.contents import DOCUMENTS, Contents, Place, parse_document, place
from .._archive.facts import UNNAMED_SHARD
from .._archive.hashing import CHUNK, Readable
from .._archive.reader import Cut, Entry, Feed, Limits, Source, plain, take, walk
from .._archive.structure import entry_problem, shown
from .._archive.tar import DIRECTORY, Broken

_INSIDE = "snapshot/files/"
_MOST_DOCUMENT = 16 << 20


class UnpackError(Exception):
    """The archive cannot be unpacked. The text is the end of a sentence."""


@dataclasses.dataclass(frozen=True)
class Unpacked:
    """shards: shard id to its folder (UNNAMED_SHARD in a shard archive), only those with segments; config and
    payload_schema: of a collection archive, else empty."""

    shards: dict[int, str]
    config: dict[str, Any]
    payload_schema: dict[str, Any]


def unpack(stream: Readable, folder: str, most: int) -> Unpacked:
    """Write the archive's shards below ``folder``, at most ``most`` bytes. UnpackError if it is not possible."""
    work = _Unpacking(folder, most)
    try:
        work.archive(Source(stream, hashed=False))
    except Cut:
        raise UnpackError("the archive is truncated") from None
    except Broken as broken:
        raise UnpackError(f"the archive is damaged: {broken}") from None
    except OSError as error:
        raise UnpackError(f"a file of it cannot be written: {error.strerror or error}") from error
    return work.found()


class _Unpacking:
    def __init__(self, folder: str, most: int) -> None:
        self._folder = folder
        self._left = most
        self._limits = Limits()
        self._contents = Contents()
        self._shards: dict[int, str] = {}

    def found(self) -> Unpacked:
        return Unpacked(self._shards, self._contents.config or {}, self._contents.payload_schema() or {})

    def archive(self, feed: Feed) -> None:
        for entry in self._files(feed):
            name = plain(entry.name)
            where = place(name)
            if where.shard is None:
                if name in DOCUMENTS and entry.holes is None and entry.stored <= _MOST_DOCUMENT:
                    self._document(name, entry)
                continue
            shard = os.path.join(self._folder, "shard" if where.shard == UNNAMED_SHARD else str(where.shard))
            if where.segment is None:
                self._write(os.path.join(shard, where.rest), entry)
                continue
            self._shards[where.shard] = shard
            self._segment(os.path.join(shard, "segments", where.segment), where, entry)

    def _segment(self, folder: str, where: Place, entry: Entry) -> None:
        if not where.is_tar:
            self._write(os.path.join(folder, where.rest), entry)
            return
        for inner in self._files(entry.data, end_marked=False):
            name = plain(inner.name)
            if name.startswith(_INSIDE):
                self._write(os.path.join(folder, name[len(_INSIDE) :]), inner)

    def _files(self, feed: Feed, end_marked: bool = True) -> Iterator[Entry]:
        for entry in walk(feed, self._limits, end_marked=end_marked):
            problem = entry_problem(entry)
            if problem is not None:
                raise UnpackError(f"{shown(entry.name)} must not be in an archive: {problem}")
            if entry.type != DIRECTORY:
                yield entry

    def _document(self, name: str, entry: Entry) -> None:
        try:
            self._contents.documents[name] = parse_document(take(entry.data, entry.stored))
        except ValueError as error:
            raise UnpackError(f"{name} is not valid JSON: {error}") from None

    def _write(self, path: str, entry: Entry) -> None:
        self._left -= entry.stored
        if self._left < 0:
            raise UnpackError("it unpacks to more bytes than an archive of its size can hold")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            if entry.holes is None:
                _copy(entry.data, out, entry.stored)
                return
            for offset, length in zip(entry.holes.offsets, entry.holes.lengths):
                out.seek(offset)
                _copy(entry.data, out, length)
            out.truncate(entry.holes.size)


def _copy(feed: Feed, out: Any, size: int) -> None:
    while size:
        piece = feed.view(min(size, CHUNK))
        if not len(piece):
            raise Cut
        out.write(piece)
        size -= len(piece)
