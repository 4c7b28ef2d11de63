# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shards cut out of the archive of a node's whole collection: each becomes an archive of its own.

Qdrant writes a shard into a collection's archive below a folder with the shard's id, in the same form as into a shard's
archive. So entries are copied byte for byte, holes too, and only their names lose the folder.
"""

from __future__ import annotations

import contextlib
import os
import tarfile
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from .._archive.errors import ArchiveError
from .._archive.hashing import sha256_file
from .._restore.errors import CHOOSE

_BLOCK = tarfile.BLOCKSIZE
_NAME, _CHECKSUM = slice(0, 100), slice(148, 156)
_CHUNK = 1 << 20


class _Range(NamedTuple):
    """One entry in the archive: its first byte, the byte after it, and its new name."""

    begin: int
    end: int
    name: str


def cut_shards(path: str, shards: Sequence[int], location: str) -> dict[int, tuple[str, str]]:
    """Shard id to (path, sha256) of its archive, beside ``path``. ArchiveError if one of the shards is not in it.

    location: the archive's name for errors.
    """
    try:
        found = _ranges(path, shards)
    except tarfile.TarError as error:
        raise ArchiveError("read the archive", location, str(error), f"{CHOOSE}.") from None
    missing = [str(shard) for shard in shards if not found[shard]]
    if missing:
        said = f"it does not contain shard {', '.join(missing)}"
        raise ArchiveError("cut shards out of the archive", location, said, f"{CHOOSE}.")
    written: dict[int, tuple[str, str]] = {}
    try:
        with open(path, "rb") as archive:
            for shard, ranges in found.items():
                where = f"{path}.shard-{shard}.snapshot"
                written[shard] = where, ""
                _write(archive, ranges, where)
                written[shard] = where, sha256_file(where)
    except BaseException:
        for where, dummy in written.values():
            with contextlib.suppress(OSError):
                os.unlink(where)
        raise
    return written


def _ranges(path: str, shards: Sequence[int]) -> dict[int, list[_Range]]:
    found: dict[int, list[_Range]] = {shard: [] for shard in shards}
    with tarfile.open(path, "r:") as archive:
        members = archive.getmembers()
        ends = [member.offset for member in members[1:]] + [archive.offset]
    for member, end in zip(members, ends):
        first, slash, rest = member.name.partition("/")
        if slash and rest and first.isdigit() and int(first) in found:
            found[int(first)].append(_Range(member.offset, end, rest + ("/" if member.isdir() else "")))
    # Of a shard on another node, an archive holds its state only.
    return {shard: ranges if any("segments/" in one.name for one in ranges) else [] for shard, ranges in found.items()}


def _write(archive: BinaryIO, ranges: Sequence[_Range], where: str) -> None:
    with open(os.open(where, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        for one in ranges:
            for chunk in _renamed(archive, one):
                out.write(chunk)
        out.write(bytes(2 * _BLOCK))


def _renamed(archive: BinaryIO, one: _Range) -> Iterator[bytes]:
    """The bytes of an entry with another name in its header."""
    archive.seek(one.begin)
    header, name = bytearray(archive.read(_BLOCK)), one.name.encode()
    if bytes(header[156:157]) in (b"L", b"x", b"g") or len(name) > 100:
        raise ArchiveError("cut a shard out of the archive", one.name, "an entry's name is too long", f"{CHOOSE}.")
    header[_NAME] = name.ljust(100, b"\0")
    header[_CHECKSUM] = b" " * 8
    header[_CHECKSUM] = b"%06o\0 " % sum(header)
    yield bytes(header)
    left = one.end - one.begin - _BLOCK
    while left > 0:
        chunk = archive.read(min(_CHUNK, left))
        if not chunk:
            raise ArchiveError("cut a shard out of the archive", one.name, "the archive is truncated", f"{CHOOSE}.")
        left -= len(chunk)
        yield chunk
