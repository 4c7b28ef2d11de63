# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A multipart body of one file, with constant memory."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import BinaryIO

from .._base.errors import EngineError
from .._base.progress import Event, Progress, silent

CHUNK = 1 << 20


class FileBody:
    """An HTTP body ``multipart/form-data`` with the one field ``snapshot``, read from an open file in chunks of 1 MiB.

    Its length is known (``len``), for Content-Length. It can be read once.
    """

    def __init__(self, stream: BinaryIO, filename: str, *, progress: Progress = silent, subject: str = "") -> None:
        self._stream = stream
        self._progress = progress
        self._subject = subject
        self.size = os.fstat(stream.fileno()).st_size
        boundary = uuid.uuid4().hex
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="snapshot"; filename="{_escaped(filename)}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()

    def __len__(self) -> int:
        return len(self._head) + self.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        left = self.size
        while left:
            try:
                chunk = self._stream.read(min(CHUNK, left))
            except OSError as error:  # must not look like a lost connection
                raise EngineError("read", str(self._stream.name), error.strerror or str(error)) from None
            if not chunk:
                raise EngineError(
                    "upload", str(self._stream.name), "the file was truncated during the upload", "Try again."
                )
            left -= len(chunk)
            yield chunk
            self._progress(Event("upload", self._subject, self.size - left, self.size))
        yield self._tail


def _escaped(filename: str) -> str:
    """A file name inside a quoted header value, as browsers write it."""
    return filename.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
