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
from typing import TYPE_CHECKING, Any

from .._base.progress import Progress
from .errors import StoreError
from .files import local_file
from .parallel import BLOCK, Slice, Transfer
from .store import ObjectInfo

if TYPE_CHECKING:
    from .s3 import S3Store

ONE_CALL_LIMIT = 16 << 20  # up to here one PUT
PART_BYTES = 16 << 20
MOST_PARTS = 9_900  # stores stop at 10,000
THREADS = 2
SENDINGS = 4  # of a part whose bytes arrive damaged
_TOKEN = "qdrant-backup-upload"


def upload(store: S3Store, key: str, path: str, if_absent: bool, progress: Progress) -> ObjectInfo:
    """Upload ``path``; see Store.put_file."""
    with local_file("read", path), open(path, "rb") as handle:
        size = os.fstat(handle.fileno()).st_size
        run = _Upload(store, key, handle.fileno(), size, if_absent, progress)
        if size > ONE_CALL_LIMIT:
            run.multipart()
        else:
            run.one_call()
    facts = store.facts(key)
    from .s3 import info_of

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
    needed = -(-size // MOST_PARTS)
    return max(PART_BYTES, -(-needed // (1 << 20)) * (1 << 20))


class _Upload:
    def __init__(
        self, store: S3Store, key: str, descriptor: int, size: int, if_absent: bool, progress: Progress
    ) -> None:
        self.store, self.key, self.descriptor, self.size, self.if_absent = store, key, descriptor, size, if_absent
        self.token = os.urandom(16).hex()
        self.work = Transfer("upload", key, size, store.timeout, progress)
        self.upload_id = ""
        self.crc_upload = False

    def one_call(self) -> None:
        """A small file: one PUT."""

        def work(part: int) -> None:
            self._send(
                "put_object",
                "upload",
                part,
                0,
                self.size,
                {"Metadata": {_TOKEN: self.token}, **self._kind()},
                last=True,
            )

        try:
            self.work.run(1, work, 1)
        except StoreError as error:
            self._forgive_if_ours(error)

    def multipart(self) -> None:
        """A large file: parts by a few threads, then the commit, under the condition that the key is free."""
        if self.if_absent and self._taken():
            raise StoreError("upload", self.store.on(self.key), "it exists already", kind="exists", status=412)
        self._create()
        try:
            each = part_bytes(self.size)
            parts = -(-self.size // each)
            done: list[dict[str, Any] | None] = [None] * parts

            def work(part: int) -> None:
                start = part * each
                more = {"UploadId": self.upload_id, "PartNumber": part + 1}
                etag, crc = self._send("upload_part", "upload", part, start, min(each, self.size - start), more)
                done[part] = {"PartNumber": part + 1, "ETag": etag, **({"ChecksumCRC32": crc} if crc else {})}

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
        wanted: dict[str, Any] = {
            "Key": self.store.full_key(self.key),
            "Metadata": {_TOKEN: self.token},
            **self._kind(),
        }
        if self.store.checksums == "crc32":
            try:
                answer = self.store.call(
                    "create_multipart_upload", "upload", self.key, ChecksumAlgorithm="CRC32", **wanted
                )
                self.upload_id, self.crc_upload = answer["UploadId"], True
                return
            except StoreError as error:
                if not self._may_be_old(error):
                    raise
                self.store.checksums = "md5"
        self.upload_id = self.store.call("create_multipart_upload", "upload", self.key, **wanted)["UploadId"]

    def _complete(self, parts: list[dict[str, Any]]) -> None:
        from .s3 import conditions

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
        self, operation: str, attempted: str, part: int, start: int, size: int, more: dict[str, Any], last: bool = False
    ) -> tuple[str, str | None]:
        """Send bytes until the store has confirmed them. Returns the etag and the crc32, if it checked that."""
        from .s3 import conditions, etag_of

        for sending in range(1, SENDINGS + 1):
            mode = self.store.checksums
            crc, md5 = _digests(self.descriptor, start, size, mode == "md5")
            check: dict[str, Any] = {"ContentMD5": md5} if md5 else {"ChecksumCRC32": crc}
            body: Any = Slice(self.descriptor, start, size, self.work, part) if size else b""
            try:
                answer = self.store.call(
                    operation,
                    attempted,
                    self.key,
                    headers=conditions(last and self.if_absent, None),
                    unsigned_body=True,
                    Key=self.store.full_key(self.key),
                    Body=body,
                    **check,
                    **more,
                )
            except StoreError as error:
                if error.kind == "bad_digest" and sending < SENDINGS:
                    continue  # botocore does not repeat this one
                if not self._may_be_old(error) or mode == "md5":
                    raise
                self.store.checksums = "md5"
                continue
            self.work.moved(part, size)
            if md5:
                return etag_of(answer), None
            if answer.get("ChecksumCRC32") == crc:
                return etag_of(answer), crc
            # Accepted and not checked. Its md5 tells the same, and from now on the store is asked to check that.
            self.store.checksums = "md5"
            if _hex(_digests(self.descriptor, start, size, True)[1]) == etag_of(answer):
                return etag_of(answer), None
            if last:
                break  # it is stored, and nobody checked what: it must not be taken for the archive
        raise StoreError(
            attempted,
            self.store.on(self.key),
            "the store did not confirm the checksum of what it received",
            "The network or the store damages data, or the store checks no checksums; nothing was committed.",
            kind="bad_digest",
        )

    @staticmethod
    def _may_be_old(error: StoreError) -> bool:
        """Whether this is how a store refuses a header that it does not know."""
        return error.kind == "unsupported" or (error.kind == "other" and 400 <= (error.status or 0) < 500)

    def _kind(self) -> dict[str, Any]:
        return {**self.store.encryption(), **self.store.storage_class()}


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


def _hex(text: str | None) -> str:
    return base64.b64decode(text or "").hex()
