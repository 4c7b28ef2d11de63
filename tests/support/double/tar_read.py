# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpacks tar archives as the real server does, with its words when an archive is not one."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import BinaryIO, Protocol

BLOCK = 512
_CHUNK = 1 << 16  # small: what has come is on the disk, as with the server
_MALFORMED = "Malformed tar archive, reached unknown entry"
_KINDS = {b"1": "Link", b"2": "Symlink", b"3": "Char", b"4": "Block", b"6": "Fifo"}


class Source(Protocol):
    """What an archive is read from: a file, or a body that arrives by HTTP."""

    def read(self, size: int, /) -> bytes: ...


class TarError(Exception):
    """The archive cannot be unpacked; the text is the real server's."""


def _read(source: Source, size: int) -> bytes:
    parts = []
    while size:
        part = source.read(min(size, _CHUNK))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _number(field: bytes) -> int:
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    text = field.split(b"\0", 1)[0].strip()
    try:
        return int(text, 8) if text else 0
    except ValueError:
        raise TarError(_MALFORMED) from None


class _Entries:
    """Reads headers one after another; keeps what long-name entries said about the next."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def header(self) -> bytes | None:
        """The next header; None at the end."""
        empty = 0
        while empty < 2:
            block = _read(self.source, BLOCK)
            if not block:
                return None
            if len(block) < BLOCK:
                raise TarError(_MALFORMED)
            if block != b"\0" * BLOCK:
                if sum(block) - sum(block[148:156]) + 8 * 32 != _number(block[148:156]):
                    raise TarError(_MALFORMED)
                return block
            empty += 1
        return None

    def skip(self, size: int) -> None:
        _read(self.source, size + -size % BLOCK)

    def sparse_places(self, header: bytes) -> list[tuple[int, int]]:
        places, block, fields, more = [], header, (386, 4), header[482]
        while True:
            for index in range(fields[1]):
                at = fields[0] + 24 * index
                if block[at : at + 1] == b"\0":
                    break
                places.append((_number(block[at : at + 12]), _number(block[at + 12 : at + 24])))
            if not more:
                return places
            block = _read(self.source, BLOCK)
            if len(block) < BLOCK:
                raise TarError(_MALFORMED)
            fields, more = (0, 21), block[504]


def _target(folder: str, name: str) -> str | None:
    """Where an entry goes; None for names that climb out, which are left out silently."""
    parts = PurePosixPath(name).parts
    if ".." in parts:
        return None
    inside = [part for part in parts if part not in ("/", ".")]
    return os.path.join(folder, *inside) if inside else None


def _write(source: Source, file: BinaryIO, size: int, path: str) -> None:
    while size:
        part = source.read(min(size, _CHUNK))
        if not part:
            raise TarError(f"failed to unpack `{path}`")
        file.write(part)
        size -= len(part)


def unpack(source: Source, folder: str) -> None:
    """Unpacks everything of `source` below `folder`; raises TarError, or OSError of the disk."""
    os.makedirs(folder, exist_ok=True)
    folder = os.path.realpath(folder)
    entries = _Entries(source)
    long_name = None
    while (header := entries.header()) is not None:
        kind, size = header[156:157], _number(header[124:136])
        if kind == b"L":
            long_name = _read(source, size + -size % BLOCK)[:size].rstrip(b"\0")
            continue
        if kind in (b"K", b"x", b"g"):
            entries.skip(size)
            continue
        if kind not in (b"0", b"\0", b"5", b"S"):
            raise TarError(f"Forbidden entry type in tar archive: {_KINDS.get(kind, 'Other')}")
        raw = long_name if long_name is not None else header[:100].split(b"\0", 1)[0]
        if long_name is None and header[257:263] == b"ustar\0" and header[345:346] != b"\0":
            raw = header[345:500].split(b"\0", 1)[0] + b"/" + raw
        long_name = None
        path = _target(folder, os.fsdecode(raw))
        if path is None:
            entries.skip(size)
        elif kind == b"5":
            os.makedirs(path, exist_ok=True)
        else:
            _unpack_file(entries, header, kind, size, path)


def _unpack_file(entries: _Entries, header: bytes, kind: bytes, size: int, path: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    places = entries.sparse_places(header) if kind == b"S" else [(0, size)]
    whole = _number(header[483:495]) if kind == b"S" else size
    if os.path.lexists(path):
        raise TarError(f"failed to unpack `{path}`")
    with open(path, "xb") as file:
        for start, length in places:
            file.seek(start)
            _write(entries.source, file, length, path)
        file.truncate(whole)
    os.chmod(path, _number(header[100:108]) & 0o777)
    _read(entries.source, -size % BLOCK)
