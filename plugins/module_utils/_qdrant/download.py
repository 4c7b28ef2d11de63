# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapshot that is being downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any, Callable, Protocol

from .errors import QdrantError

CHUNK = 1 << 20


class Body(Protocol):
    """An answer whose body is not read yet, as ``connections.Answer`` and the one of ``requests`` are."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Any: ...

    def read(self, size: int) -> bytes: ...

    def close(self) -> None: ...


class Download:
    """Context manager over the bytes of one archive; constant memory.

    size: bytes announced by the node, None for streams (a failed stream ends like a complete one: check the
    archive). Iterate for chunks of 1 MiB, or ``read(n)``. A connection that is lost, and an end before ``size``, raise
    QdrantError of kind ``no_answer``.
    """

    def __init__(
        self,
        response: Body,
        attempted: str,
        on: str,
        lost: Callable[[BaseException], QdrantError],
        connection_errors: tuple[type[BaseException], ...],
    ) -> None:
        self._response = response
        self._attempted = attempted
        self._on = on
        self._lost = lost
        self._connection_errors = connection_errors
        self.received = 0
        length = response.headers.get("content-length", "")
        self.size: int | None = int(length) if length.isdigit() else None
        encoding = response.headers.get("content-encoding", "identity")
        if encoding != "identity":
            response.close()
            raise QdrantError(
                attempted, on, f"the answer is compressed ({encoding}), although it was requested uncompressed",
                "Set url to the node itself, without a proxy in between.", kind="protocol", status=response.status,
            )  # fmt: skip

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes, b"" at the end; all bytes if ``size`` is negative."""
        if size < 0:
            return b"".join(self)
        if size == 0:
            return b""
        try:
            data = self._response.read(size)
        except self._connection_errors as error:
            raise self._lost(error) from None
        self.received += len(data)
        if not data and self.size is not None and self.received != self.size:
            raise QdrantError(
                self._attempted, self._on, f"the connection ended after {self.received} of {self.size} bytes",
                "Try again.", kind="no_answer", status=None,
            )  # fmt: skip
        return data

    def __iter__(self) -> Iterator[bytes]:
        while True:
            chunk = self.read(CHUNK)
            if not chunk:
                return
            yield chunk

    def close(self) -> None:
        """Close the connection; unread bytes are lost."""
        self._response.close()

    def __enter__(self) -> Download:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
