# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploading one file: parts with a checksum that the store verifies, nothing left behind when it fails."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .._base.progress import Progress
from .errors import StoreError
from .files import local_file
from .parallel import BLOCK, Slice, Transfer
from .s3_answers import conditions, etag_of, info_of
from .store import ObjectInfo

if TYPE_CHECKING:
    from .s3 import S3Store

ONE_CALL_LIMIT = 16 << 20  # up to here one PUT
PART_BYTES = 16 << 20
MOST_PART_BYTES = 64 << 20  # sent again where it does not arrive
FEW_PARTS = 20  # each costs the store work of its own; of so few the two threads still end at about the same time
MOST_PARTS = 9_900  # stores stop at 10,000
THREADS = 2
SENDINGS = 4  # of a part whose bytes arrive damaged
_TOKEN = "qdrant-backup-upload"


def upload(store: S3Store, key: str, path: str, if_absent: bool, progress: Progress) -> ObjectInfo:
    """Upload ``path``; see Store.put_file."""
    with local_file("read", path), open(path, "rb") as handle:
        size = os.fstat(handle.fileno()).st_size
        try:
            _Upload(store, key, handle.fileno(), size, if_absent, progress).run()
        except _OldStoreError:
            store.checksums = "md5"
            _Upload(store, key, handle.fileno(), size, if_absent, progress).run()
    facts = store.facts(key)
    if facts is None or facts["ContentLength"] != size:
        found = "nothing" if facts is None else f"{facts['ContentLength']} bytes"
        raise StoreError(
            "upload",
            store.on(key),
            f"{size} bytes were sent and {found} is there",
            "Look into the store.",
            kind="protocol",
        )
    return info_of(key, facts)


def part_bytes(size: int) -> int:
    """The size of every part but the last: equal (some stores insist), whole MiB, few enough."""
    wanted = min(max(PART_BYTES, size // FEW_PARTS), MOST_PART_BYTES)
    needed = max(wanted, -(-size // MOST_PARTS))
    return -(-needed // (1 << 20)) * (1 << 20)


class _OldStoreError(Exception):
    """The store refused the checksum's header: try it with the one that every store knows."""


class _Upload:
    """One attempt to upload a file, with one kind of checksum."""

    def __init__(
        self, store: S3Store, key: str, descriptor: int, size: int, if_absent: bool, progress: Progress
    ) -> None:
        self.store, self.key, self.descriptor, self.size, self.if_absent = store, key, descriptor, size, if_absent
        self.token = os.urandom(16).hex()
        self.work = Transfer("upload", key, size, store.timeout, progress)
        self.upload_id = ""
        self.checksums = store.checksums

    def run(self) -> None:
        """Do it, in one call or by parts."""
        if self.size > ONE_CALL_LIMIT:
            self._multipart()
        else:
            self._one_call()

    def _one_call(self) -> None:
        def work(part: int) -> None:
            self._send("put_object", part, 0, self.size, self._wanted(), conditions(self.if_absent, None))

        try:
            self.work.run(1, work, 1)
        except StoreError as error:
            self._forgive_if_ours(error)

    def _multipart(self) -> None:
        """Parts by a few threads, then the commit, under the condition that the key is free."""
        if self.if_absent and self._taken():
            raise StoreError("upload", self.store.on(self.key), "it exists already", kind="exists", status=412)
        self._create()
        try:
            each = part_bytes(self.size)
            parts = -(-self.size // each)
            done: list[dict[str, Any] | None] = [None] * parts

            def work(part: int) -> None:
                start = part * each
                more = {"Key": self.store.full_key(self.key), "UploadId": self.upload_id, "PartNumber": part + 1}
                facts = self._send("upload_part", part, start, min(each, self.size - start), more, {})
                done[part] = {"PartNumber": part + 1, **facts}

            self.work.run(parts, work, THREADS)
            self._complete([part for part in done if part is not None])
        except BaseException as error:
            silent = isinstance(error, StoreError) and error.kind in ("stalled", "unreachable")
            with contextlib.suppress(StoreError):  # the first failure is the one to report; the next run cleans up
                self.store.abort(self.key, self.upload_id, hasty=silent or not isinstance(error, Exception))
            raise

    def _taken(self) -> bool:
        try:
            return self.store.facts(self.key) is not None
        except StoreError as error:
            if error.kind == "forbidden":  # may write and not look: the condition at the end decides
                return False
            raise

    def _create(self) -> None:
        more: dict[str, Any] = {"ChecksumAlgorithm": "CRC32"} if self.checksums == "crc32" else {}
        with self._doubting():
            answer = self.store.call("create_multipart_upload", "upload", self.key, **self._wanted(), **more)
        self.upload_id = answer["UploadId"]
        if more and not answer.get("ChecksumAlgorithm"):
            self.checksums = self.store.checksums = "md5"  # it did not understand, and says nothing about it

    def _complete(self, parts: list[dict[str, Any]]) -> None:
        try:
            self.store.call(
                "complete_multipart_upload",
                "commit the upload of",
                self.key,
                headers=conditions(self.if_absent, None),
                Key=self.store.full_key(self.key),
                UploadId=self.upload_id,
                MultipartUpload={"Parts": parts},
            )
        except StoreError as error:
            self._forgive_if_ours(error)

    def _forgive_if_ours(self, error: StoreError) -> None:
        """A commit whose answer was lost is refused when it is repeated: the token tells whether it is ours."""
        if error.kind not in ("exists", "not_found"):
            raise error
        facts: dict[str, Any] | None = None
        with contextlib.suppress(StoreError):
            facts = self.store.facts(self.key)
        if facts is None or (facts.get("Metadata") or {}).get(_TOKEN) != self.token:
            raise error

    def _send(
        self, operation: str, part: int, start: int, size: int, more: dict[str, Any], headers: dict[str, str]
    ) -> dict[str, str]:
        """Send bytes until the store has confirmed them. Returns what the commit must repeat: etag and checksum."""
        crc, md5 = _digests(self.descriptor, start, size, self.checksums == "md5")
        check: dict[str, Any] = {"ContentMD5": md5} if md5 else {"ChecksumCRC32": crc}
        for sending in range(1, SENDINGS + 1):
            body: Any = Slice(self.descriptor, start, size, self.work, part) if size else b""
            try:
                with self._doubting():
                    answer = self.store.call(
                        operation, "upload", self.key, headers=headers, unsigned_body=True, Body=body, **check, **more
                    )
            except StoreError as error:
                if error.kind == "bad_digest" and sending < SENDINGS:
                    continue  # botocore does not repeat this one
                raise
            self.work.moved(part, size)
            facts = {"ETag": etag_of(answer)}
            if md5:
                return facts
            if answer.get("ChecksumCRC32") == crc or self._is_md5(facts["ETag"], start, size):
                return {**facts, "ChecksumCRC32": crc} if operation == "upload_part" else facts
            if operation == "put_object":
                break  # it is stored, and nobody checked what: it must not be taken for the archive
        raise StoreError(
            "upload",
            self.store.on(self.key),
            "the store did not confirm the checksum of what it received",
            "The network or the store damages data, or the store checks no checksums; nothing was committed.",
            kind="bad_digest",
        )

    def _is_md5(self, etag: str, start: int, size: int) -> bool:
        """Whether a store that did not look at the crc32 has what was sent. From now on it is asked to check."""
        self.store.checksums = "md5"
        md5 = _digests(self.descriptor, start, size, True)[1]
        return base64.b64decode(md5 or "").hex() == etag

    @contextlib.contextmanager
    def _doubting(self) -> Iterator[None]:
        """Take a refusal that may be about the checksum's header for one."""
        try:
            yield
        except StoreError as error:
            refused = error.kind == "unsupported" or (error.kind == "other" and 400 <= (error.status or 0) < 500)
            if refused and self.checksums == "crc32":
                raise _OldStoreError from None
            raise

    def _wanted(self) -> dict[str, Any]:
        mark = {_TOKEN: self.token}
        key = self.store.full_key(self.key)
        return {"Key": key, "Metadata": mark, **self.store.encryption(), **self.store.storage_class()}


def _digests(descriptor: int, start: int, size: int, want_md5: bool) -> tuple[str, str | None]:
    """(crc32, md5 or None) of a part, base64 as the headers want them."""
    crc, md5 = 0, hashlib.md5(usedforsecurity=False) if want_md5 else None
    place, end = start, start + size
    while place < end:
        block = os.pread(descriptor, min(BLOCK, end - place), place)
        if not block:
            raise OSError("the file became shorter while it was read")
        crc = zlib.crc32(block, crc)
        if md5 is not None:
            md5.update(block)
        place += len(block)
    text = base64.b64encode(crc.to_bytes(4, "big")).decode()
    return text, base64.b64encode(md5.digest()).decode() if md5 is not None else None
