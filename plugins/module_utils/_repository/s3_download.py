# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads objects: as a stream that resumes after a lost connection, and to files by parallel ranges."""

from __future__ import annotations

import contextlib
import io
import os
import re
from typing import Any

from .._base.progress import Progress
from .errors import StoreError
from .files import fsync_folder, local_file, removed_on_failure
from .parallel import BLOCK, Transfer
from .s3_answers import etag_of, is_of_object, is_part, length_of
from .s3_errors import ANSWERED_INSTEAD, is_about_request, lacking_field, store_error
from .s3_objects import content_etag, explained, head
from .s3_session import S3Session
from .store import StoredBytes

RANGE_BYTES = 16 << 20
THREADS = 3
_NO_RANGES = (416, 501)  # refusals of stores without ranges: the whole object is read, and its beginning skipped
_CUTS = 5  # in a row, without progress
_PAGES = ("text/html", "application/xhtml+xml", "text/xml", "application/xml")  # types that no object here has
_PLAIN = ("", "identity", "aws-chunked")  # some stores keep the last one of the upload
_COMPRESSED = "Turn off compression in the proxy in front of the store (nginx: gzip off)."
_RANGES = "Check the proxy or gateway in front of the store: it must pass on ranges unchanged, or not at all."


class Reader(io.RawIOBase):
    """A stream of one object, or of its bytes from ``start`` to ``end`` (not included). Resumed with If-Match."""

    def __init__(self, session: S3Session, key: str, start: int = 0, end: int | None = None, etag: str = "") -> None:
        super().__init__()
        self._session, self._key, self._place, self._end = session, key, start, end
        self.etag = etag
        self.bytes: int | None = None
        self._body: Any = None
        self._cuts = 0
        self._open()

    def readable(self) -> bool:
        """As of a file."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As of a file. StoreError if the object changed, or the connection is lost."""
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
                with self._session.saying("read", self._key):
                    data = bytes(self._body.read(amount))
                if not data:
                    raise store_error(
                        ConnectionError("the connection ended early"), "read", self._session.on(self._key)
                    )
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
        try:
            answer = self._asked(wanted)
        except StoreError as error:
            if not wanted or error.status not in _NO_RANGES:
                raise
            answer = self._asked({})
        if "Body" not in answer:
            raise lacking_field("read", self._session.on(self._key), "a body")
        self._body = answer["Body"]
        self._check(answer, wanted)
        self.etag = etag_of(answer)
        if self._end is None:
            self._end = self.bytes = self._whole(answer)
        if self._place and "Range" in wanted and not is_part(answer):
            self._skip(self._place)  # the store does not support ranges and sent the whole object

    def _check(self, answer: dict[str, Any], wanted: dict[str, Any]) -> None:
        """StoreError for an answer with other bytes than the object's, as proxies give."""
        page, coding = _word(answer.get("ContentType")), _word(answer.get("ContentEncoding"))
        sent = re.match(r"bytes (\d+)-", str(answer.get("ContentRange") or ""))
        if not is_of_object(answer) or (page in _PAGES and not etag_of(answer)):
            said, next_step = (
                f"the answer is {f'a page ({page})' if page in _PAGES else 'empty'}, not the object",
                ANSWERED_INSTEAD,
            )
        elif coding not in _PLAIN:
            said, next_step = f"the answer is compressed ({coding}), which was not asked for", _COMPRESSED
        elif "Range" in wanted and sent and int(sent[1]) != self._place:
            said, next_step = f"the answer begins at byte {sent[1]}, not at byte {self._place}", _RANGES
        else:
            return
        self._body.close()
        self._body = None
        raise StoreError("read", self._session.on(self._key), said, next_step, kind="protocol")

    def _asked(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """The store's answer, for the same object as before. A store may refuse a condition with its own etag: then the
        etags are compared here."""
        session, full = self._session, self._session.full_key(self._key)
        try:
            headers = {"If-Match": session.spelled(self.etag)} if self.etag else {}
            return session.call("get_object", "read", self._key, headers=headers, Key=full, **wanted)
        except StoreError as error:
            if error.kind == "frozen":
                raise explained(session, self._key, error) from None
            if not self.etag or (error.kind != "changed" and not is_about_request(error)):
                raise
            info = head(session, self._key)
            if info is None or info.etag != self.etag:
                raise
            answer = session.call("get_object", "read", self._key, Key=full, **wanted)
            if etag_of(answer) != self.etag:
                raise
            return answer

    def _whole(self, answer: dict[str, Any]) -> int:
        """The size of the object. If the answer has none, as through a compressing proxy, it is requested."""
        size = length_of(answer)
        if size is None:
            info = head(self._session, self._key)
            size = info.bytes if info is not None else None
        if size is None:
            raise lacking_field("read", self._session.on(self._key), "the object's size")
        return size

    def _skip(self, amount: int) -> None:
        with self._session.saying("read", self._key):
            while amount > 0:
                data = self._body.read(min(amount, BLOCK))
                if not data:
                    raise ConnectionError("the connection ended early")
                amount -= len(data)


def _word(header: Any) -> str:
    """The value of a header, without parameters."""
    return str(header or "").partition(";")[0].strip().lower()


def get(session: S3Session, key: str) -> StoredBytes:
    """A small object, with a substitute if the store sends no etag."""
    with Reader(session, key) as stream:
        data = stream.read()
        return StoredBytes(data, stream.etag or content_etag(data))


def download(session: S3Session, key: str, path: str, progress: Progress) -> None:
    """Fetch to ``path.part`` by ranges, fsync, rename; see Store.get_file."""
    info = head(session, key)
    if info is None:
        raise StoreError("read", session.on(key), "it does not exist", kind="not_found", status=404)
    part_path = path + ".part"
    transfer = Transfer("download", key, info.bytes, session.timeout, progress)
    etag, size = info.etag, info.bytes
    with removed_on_failure(part_path):
        with local_file("write", part_path), open(part_path, "wb") as target:
            target.truncate(size)

            def work(part: int) -> None:
                start = part * RANGE_BYTES
                _fetch(
                    Reader(session, key, start, min(start + RANGE_BYTES, size), etag),
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
