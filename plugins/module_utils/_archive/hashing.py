# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SHA-256 of files and streams in large chunks. ``hashlib`` releases the interpreter lock, so other threads can run."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
from collections.abc import Mapping
from typing import BinaryIO, Protocol, Union

from .errors import ArchiveError

CHUNK = 1024 * 1024

PathLike = Union[str, "os.PathLike[str]"]


class Readable(Protocol):
    """A stream that can be read: a file, a download, an object of the store."""

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes, b"" at the end."""


def open_archive(path: PathLike) -> BinaryIO:
    """A regular file, opened for unbuffered reading; ArchiveError for any other type (a FIFO would block)."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ArchiveError(
                "read the archive", os.fspath(path), "it is not a regular file", "Use the path of a .snapshot file."
            )
        return open(path, "rb", buffering=0)
    except OSError as error:
        raise ArchiveError(
            "open the archive",
            os.fspath(path),
            error.strerror or str(error),
            "Only Qdrant's user and root can read its snapshots (mode 0600): run as that user, or with sudo.",
        ) from error


class HashingReader:
    """Reads from ``stream``, counts the bytes and hashes them. It cannot seek.

    bytes: number of bytes read; hexdigest(): their SHA-256. ``stream`` needs only ``read(n)``; if it has ``readinto``,
    that is used and saves a copy. hashed: False only counts, and hexdigest() is "".
    """

    def __init__(self, stream: Readable, *, hashed: bool = True) -> None:
        self._stream = stream
        self._readinto = getattr(stream, "readinto", None)
        self._hash = hashlib.sha256() if hashed else None
        self.bytes = 0

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes of the stream, b"" at its end."""
        data = self._stream.read(size)
        self._note(data)
        return data

    def readinto(self, buffer: memoryview) -> int:
        """Fill the front of ``buffer``; 0 at the end of the stream."""
        count = self._fill(buffer)
        self._note(buffer[:count])
        return count

    def _note(self, data: bytes | memoryview) -> None:
        if self._hash is not None:
            self._hash.update(data)
        self.bytes += len(data)

    def _fill(self, buffer: memoryview) -> int:
        if self._readinto is not None:
            try:
                return self._readinto(buffer) or 0
            except (NotImplementedError, io.UnsupportedOperation):
                # A class that derives from io's base classes and defines only read() inherits a readinto that raises.
                self._readinto = None
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def hexdigest(self) -> str:
        """SHA-256 of everything read so far, lowercase hex."""
        return self._hash.hexdigest() if self._hash is not None else ""


def sha256_file(path: PathLike) -> str:
    """SHA-256 of a file, lowercase hex. ArchiveError if it cannot be read."""
    buffer = memoryview(bytearray(CHUNK))
    with open_archive(path) as stream:
        reader = HashingReader(stream)
        try:
            while reader.readinto(buffer):
                pass
        except OSError as error:
            raise ArchiveError("read the archive", os.fspath(path), error.strerror or str(error)) from error
    return reader.hexdigest()


def check_sha256(path: PathLike, expected: str, of: str) -> None:
    """Raise ArchiveError (``damaged`` in its details) if the file is not what was backed up. of: the archive's name in
    the message."""
    found = sha256_file(path)
    if found != expected:
        raise ArchiveError(
            "fetch",
            of,
            f"its sha256 is {found}, the backup says {expected}",
            "The archive is damaged: choose another backup (qdrant-backup list).",
            damaged=True,
        )


def side_checksum(path: str) -> str | None:
    """The sha256 that the server wrote beside its snapshot, lowercase hex; None if there is none."""
    try:
        with open(path + ".checksum", encoding="ascii", errors="replace") as handle:
            text = handle.read(65).strip().lower()
    except OSError:
        return None
    return text if re.fullmatch("[0-9a-f]{64}", text) else None


def content_digest(files: Mapping[str, bytes], problems: tuple[str, ...] = ()) -> str:
    """One digest over the inner files: SHA-256 over the lines ``path NUL hex LF``, sorted by the path's bytes.

    files: path -> 32-byte digest of the file's content (see holes). Problems are hashed too, so that a damaged archive
    never has the digest of an undamaged one (the digest decides whether an archive is copied inside the store).
    """
    total = hashlib.sha256()
    for path, digest in sorted((path.encode("utf-8", "surrogateescape"), digest) for path, digest in files.items()):
        total.update(path + b"\0" + digest.hex().encode("ascii") + b"\n")
    for problem in problems:
        total.update(b"\0" + problem.encode("utf-8", "backslashreplace") + b"\n")
    return total.hexdigest()
