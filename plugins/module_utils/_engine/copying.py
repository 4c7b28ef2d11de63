# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies an archive to a file while it is hashed: what was hashed is what is opened."""

from __future__ import annotations

from io import RawIOBase

from .._archive.hashing import Readable


class Copying:
    """Writes the bytes of a stream to a file while they are read. failed: why the copy is not complete, or ""; the
    stream is read to its end all the same."""

    def __init__(self, out: RawIOBase) -> None:
        self._out = out
        self._stream: Readable | None = None
        self.failed = ""

    def of(self, stream: Readable) -> Readable:
        """A stream with the bytes of this one."""
        self._stream = stream
        return self

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        data = self._stream.read(size) if self._stream is not None else b""
        left = memoryview(data)
        try:
            while left and not self.failed:
                left = left[self._out.write(left) or 0 :]
        except OSError as error:
            self.failed = error.strerror or str(error)
        return data
