# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading objects: a stream that survives cuts, and files fetched by several ranges at once."""

from __future__ import annotations

import contextlib
import io
import os
from typing import TYPE_CHECKING, Any

from .._base.progress import Progress
from .errors import StoreError
from .files import fsync_folder, local_file, removed_on_failure
from .parallel import BLOCK, Transfer
from .s3_errors import store_error

if TYPE_CHECKING:
    from .s3 import S3Store

RANGE_BYTES = 16 << 20
THREADS = 3
_CUTS = 5  # in a row, without a byte between them


class Reader(io.RawIOBase):
    """A stream of one object, or of its bytes from ``start`` to ``end`` (not included). Resumed with If-Match."""

    def __init__(self, store: S3Store, key: str, start: int = 0, end: int | None = None, etag: str = "") -> None:
        super().__init__()
        self._store, self._key, self._place, self._end = store, key, start, end
        self.etag = etag
        self.bytes: int | None = None
        self._body: Any = None
        self._cuts = 0
        self._open()

    def readable(self) -> bool:
        """As of a file."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As of a file. StoreError when the object changed, or the connection does not come back."""
        view = memoryview(buffer)
        data = self._some(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """As of a file."""
        if self._body is not None:
            with contextlib.suppress(Exception):
                self._body.close()
            self._body = None
        super().close()

    def _some(self, amount: int) -> bytes:
        while amount and self._end is not None and self._place < self._end:
            if self._body is None:
                self._open()
            try:
                with self._store.saying("read", self._key):
                    data = bytes(self._body.read(amount))
                if not data:
                    raise store_error(ConnectionError("the connection ended early"), "read", self._store.on(self._key))
            except (StoreError, ConnectionError) as error:
                if not self._may_resume(error):
                    raise
                continue
            self._place += len(data)
            self._cuts = 0
            return data
        return b""

    def _may_resume(self, error: Exception) -> bool:
        with contextlib.suppress(Exception):
            self._body.close()
        self._body = None
        self._cuts += 1
        kind = error.kind if isinstance(error, StoreError) else "unreachable"
        return kind in ("unreachable", "other") and self._cuts <= _CUTS

    def _open(self) -> None:
        wanted: dict[str, Any] = {}
        if self._place or self._end is not None:
            wanted["Range"] = f"bytes={self._place}-{'' if self._end is None else self._end - 1}"
        headers = {"If-Match": f'"{self.etag}"'} if self.etag else {}
        answer = self._store.call(
            "get_object", "read", self._key, headers=headers, Key=self._store.full_key(self._key), **wanted
        )
        self._body = answer["Body"]
        self.etag = str(answer.get("ETag") or "").strip('"')
        if self._end is None:
            self.bytes = int(answer["ContentLength"])
            self._end = self._place + self.bytes


def download(store: S3Store, key: str, path: str, progress: Progress) -> None:
    """Fetch to ``path.part`` by ranges, fsync, rename; see Store.get_file."""
    info = store.head(key)
    if info is None:
        raise StoreError("read", store.on(key), "it is not there", kind="not_found", status=404)
    part_path = path + ".part"
    transfer = Transfer("download", key, info.bytes, store.timeout, progress)
    etag, size = info.etag, info.bytes
    with removed_on_failure(part_path):
        with local_file("write", part_path), open(part_path, "wb") as target:
            target.truncate(size)

            def work(part: int) -> None:
                start = part * RANGE_BYTES
                _fetch(
                    Reader(store, key, start, min(start + RANGE_BYTES, size), etag),
                    target.fileno(),
                    part,
                    start,
                    transfer,
                )

            if size:
                transfer.run(-(-size // RANGE_BYTES), work, THREADS)
            os.fsync(target.fileno())
        with local_file("write", path):
            os.replace(part_path, path)
            fsync_folder(os.path.dirname(os.path.abspath(path)))


def _fetch(source: Reader, descriptor: int, part: int, start: int, transfer: Transfer) -> None:
    with source:
        place = start
        buffer = bytearray(BLOCK)
        while True:
            count = source.readinto(buffer)
            if not count:
                break
            written = 0
            while written < count:
                written += os.pwrite(descriptor, memoryview(buffer)[written:count], place + written)
            place += count
            transfer.moved(part, place - start)
