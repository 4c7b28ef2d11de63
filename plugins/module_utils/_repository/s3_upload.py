# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploads one file: the store verifies a checksum of each part; a failed upload is aborted.

Stores differ in the checksums that they accept and confirm. The best one is tried first, and the next if it is refused:
CRC32 that the store repeats, Content-MD5 with an etag that is the MD5, else none, and the object is read back.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import time
import zlib
from collections.abc import Iterator
from typing import Any

from .._base.progress import Progress
from .errors import StoreError
from .files import local_file
from .parallel import BLOCK, Slice, Transfer
from .s3_answers import etag_of, info_of, part_etag
from .s3_download import Reader
from .s3_errors import is_about_request
from .s3_multipart import MOST_PARTS, TOKEN, Multipart, PartFacts, check_free, is_ours, own_token
from .s3_objects import facts_of
from .s3_session import S3Session
from .store import ObjectInfo
from .traits import KEPT, NO, NONE, REFUSED, YES

ONE_CALL_LIMIT = 16 << 20  # up to this size, one PUT
PART_BYTES = 16 << 20
LEAST_PART_BYTES = 5 << 20  # S3's limit
MOST_PART_BYTES = 64 << 20  # sent again if it does not arrive
FEW_PARTS = 20  # each part is work for the store; with so few, the two threads still end at about the same time
THREADS = 2
SENDINGS = 4  # attempts for a part whose bytes arrive damaged
_LOOKS, _PAUSE = 4, 0.5  # seconds, longer with each turn: five in all
_CHECKSUMS = ("crc32", "md5", NONE)


def upload(session: S3Session, key: str, path: str, if_absent: bool, progress: Progress) -> ObjectInfo:
    """Upload ``path``; see Store.put_file."""
    with local_file("read", path), open(path, "rb") as handle:
        size = os.fstat(handle.fileno()).st_size
        work = _Upload(session, key, handle.fileno(), size, if_absent, progress)
        work.run()
        if work.etag and session.traits.conditional_put == KEPT and not session.storage_class():
            # The store has confirmed a checksum of the whole object and kept the condition: there was no other object,
            # and its size is that of the bytes with this checksum. A HEAD would only repeat this. Only the class that
            # the store has really given the object is not in the answer.
            return ObjectInfo(key, size, work.etag)
        facts = _facts_after(session, key)
        if facts is None:
            raise StoreError(
                "upload",
                session.on(key),
                f"the store has confirmed {size} bytes, and then reports that the key does not exist",
                "Check the proxy or gateway in front of the store: it may have answered from a cache.",
                kind="protocol",
            )
        if facts["ContentLength"] != size:
            said = f"{size} bytes were sent, {facts['ContentLength']} bytes are stored"
            raise _not_what_was_sent(session, key, said, "protocol")
        if is_ours(session, facts, work.token) is False:
            raise StoreError(
                "upload",
                session.on(key),
                "another writer stored its own object under this key",
                "Let only one host write backups of this node, then run again.",
                kind="exists",
                status=412,
            )
        if work.unconfirmed:
            work.read_back()
    return info_of(key, facts)


def _facts_after(session: S3Session, key: str) -> dict[str, Any] | None:
    """The HEAD of what was uploaded. A cache in front of the store may say for a moment, as before, that there is
    none."""
    for turn in range(_LOOKS):
        facts = facts_of(session, key)
        if facts is not None:
            return facts
        time.sleep(_PAUSE * (turn + 1))
    return facts_of(session, key)


def part_bytes(size: int, slow: bool = False) -> int:
    """The size of every part but the last: equal (some stores require it), in MiB, few enough. slow: the smallest."""
    wanted = LEAST_PART_BYTES if slow else min(max(PART_BYTES, size // FEW_PARTS), MOST_PART_BYTES)
    needed = max(wanted, -(-size // MOST_PARTS))
    return -(-needed // (1 << 20)) * (1 << 20)


class _Refused(Exception):
    """The store refused the form of an upload request: another form may be accepted."""

    def __init__(self, error: StoreError) -> None:
        super().__init__(str(error))
        self.error = error


class _Upload:
    """One file. unconfirmed: the store accepted bytes without confirming a checksum; etag: from the answer to a
    conditional PUT of the whole file whose checksum the store confirmed, else ""."""

    def __init__(
        self, session: S3Session, key: str, descriptor: int, size: int, if_absent: bool, progress: Progress
    ) -> None:
        self.session, self.key, self.descriptor, self.size = session, key, descriptor, size
        self.if_absent, self.progress = if_absent, progress
        self.token = own_token()
        self.unconfirmed = False
        self.etag = ""
        self._checksums = session.checksums
        self._work = self._transfer()

    def run(self) -> None:
        """Upload in one call or by parts, in the first form that the store accepts."""
        if self.size > ONE_CALL_LIMIT and self.if_absent:
            check_free(self.session, self.key, "upload")
        try:
            self._in_any_form(slow=False)
        except StoreError as error:
            if self.size <= LEAST_PART_BYTES or (error.kind != "slow" and error.status != 413):
                raise
            self._in_any_form(slow=True)

    def _in_any_form(self, slow: bool) -> None:
        first: StoreError | None = None
        by_parts = self.size > (LEAST_PART_BYTES if slow else ONE_CALL_LIMIT)
        conditional = self.if_absent and self.session.sends_if_absent()
        start = self.session.checksums
        chain = _CHECKSUMS[_CHECKSUMS.index(start) :] if self.session.options.checksums == "auto" else (start,)
        conditions = (conditional, False) if conditional and not by_parts else (conditional,)
        for condition in conditions:
            for self._checksums in chain:
                self._work, self.unconfirmed = self._transfer(), False
                try:
                    if by_parts:
                        self._by_parts(slow)
                    else:
                        self._in_one_call(condition, first)
                except _Refused as refused:
                    first = first or refused.error
                    continue
                self._note(start, condition, conditional)
                return
        if first is not None:
            raise first

    def _note(self, start: str, condition: bool, conditional: bool) -> None:
        """The traits that this upload has shown."""
        seen = {}
        if self.session.options.checksums == "auto" and (self._checksums != start or self.unconfirmed):
            seen["part_checksums"] = NONE if self.unconfirmed else self._checksums
        if self._checksums == "crc32" and not self.unconfirmed:
            seen = {"part_checksums": "crc32", "checksum_echo": YES}
        if conditional and not condition:
            seen["conditional_put"] = REFUSED
        self.session.learn(**seen)

    def _in_one_call(self, conditional: bool, refused: StoreError | None) -> None:
        if self.if_absent and not conditional:
            self.session.demand_conditions(refused.said if refused else "")
            check_free(self.session, self.key, "upload")
        headers = {"If-None-Match": "*"} if conditional else {}
        parameters = {
            "Key": self.session.full_key(self.key),
            "Metadata": {TOKEN: self.token},
            **self.session.encryption(),
            **self.session.storage_class(),
        }

        answers: list[PartFacts] = []

        def work(part: int) -> None:
            answers.append(self._send("put_object", part, 0, self.size, parameters, headers))

        try:
            self._work.run(1, work, 1)
            if conditional and not self.unconfirmed:
                self.etag = etag_of(answers[-1])
        except StoreError as error:
            if error.kind == "exists" and conditional:
                self.session.learn(conditional_put=KEPT)
            if error.kind not in ("exists", "not_found") or not self._is_there():
                raise

    def _is_there(self) -> bool:
        """If an answer is lost, the repeated request is refused: the token shows whether the object is from this
        run."""
        with contextlib.suppress(StoreError):
            return is_ours(self.session, facts_of(self.session, self.key), self.token) is True
        return False

    def _by_parts(self, slow: bool) -> None:
        """Parts in a few threads, then the commit, on condition that the key does not exist."""
        multipart = Multipart(self.session, self.key, "upload", self.token, if_absent=self.if_absent)
        more = {"ChecksumAlgorithm": "CRC32"} if self._checksums == "crc32" else {}
        with self._doubting():
            answer = multipart.begin(**more)
        if more and not answer.get("ChecksumAlgorithm") and self.session.options.checksums == "auto":
            self._checksums = "md5"  # the store ignored the parameter
        each = part_bytes(self.size, slow)

        def work(part: int) -> PartFacts:
            start = part * each
            return self._send("upload_part", part, start, min(each, self.size - start), multipart.where(part), {})

        try:
            multipart.run(-(-self.size // each), work, 1 if slow else THREADS, self._work)
        except StoreError as error:
            if is_about_request(error) and more:  # an upload without CRC32 has another commit
                raise _Refused(error) from None
            raise

    def _send(
        self, operation: str, part: int, start: int, size: int, more: dict[str, Any], headers: dict[str, str]
    ) -> PartFacts:
        """Send bytes until the store has confirmed them. Returns etag and checksum for the commit."""
        kind = self._checksums
        crc, md5 = _digests(self.descriptor, start, size, kind != "crc32")
        check: dict[str, Any] = {"crc32": {"ChecksumCRC32": crc}, "md5": {"ContentMD5": md5}}.get(kind, {})
        for sending in range(1, SENDINGS + 1):
            body: Any = Slice(self.descriptor, start, size, self._work, part) if size else b""
            try:
                with self._doubting():
                    answer = self.session.call(
                        operation, "upload", self.key, headers=headers, unsigned_body=True, Body=body, **check, **more
                    )
            except StoreError as error:
                if error.kind == "bad_digest" and sending < SENDINGS:
                    continue  # botocore does not retry this error
                raise
            self._work.moved(part, size)
            facts = {"ETag": part_etag(answer)}
            if kind == "crc32" and answer.get("ChecksumCRC32") == crc:
                return {**facts, "ChecksumCRC32": crc} if operation == "upload_part" else facts
            self._without_echo(kind, etag_of(answer), start, size, md5)
            return facts
        raise _not_what_was_sent(self.session, self.key, "its bytes arrived damaged", "bad_digest")

    def _without_echo(self, kind: str, etag: str, start: int, size: int, md5: str) -> None:
        """The store repeated no CRC32: an etag that is the MD5 confirms the bytes. Content-MD5 that the options require
        is trusted."""
        md5 = md5 or _digests(self.descriptor, start, size, True)[1]
        if base64.b64decode(md5).hex() == etag:
            if kind == "crc32" and self.session.options.checksums == "auto":
                self._checksums = "md5"  # for the next parts: the store checks it
                self.session.learn(checksum_echo=NO)
        elif self.session.options.checksums != "md5":
            self.unconfirmed = True

    def read_back(self) -> None:
        """Compare the stored object with the file, byte by byte."""
        crc = 0
        with Reader(self.session, self.key) as stream:
            for block in iter(lambda: stream.read(BLOCK), b""):
                crc = zlib.crc32(block, crc)
        own, dummy = _digests(self.descriptor, 0, self.size, False)
        if base64.b64encode(crc.to_bytes(4, "big")).decode() != own:
            raise _not_what_was_sent(
                self.session, self.key, "the stored bytes are not the bytes that were sent", "bad_digest"
            )

    @contextlib.contextmanager
    def _doubting(self) -> Iterator[None]:
        """Raise ``_Refused`` for a refusal that may concern the form of the request."""
        try:
            yield
        except StoreError as error:
            if is_about_request(error):
                raise _Refused(error) from None
            raise

    def _transfer(self) -> Transfer:
        return Transfer("upload", self.key, self.size, self.session.timeout, self.progress)


def _not_what_was_sent(session: S3Session, key: str, said: str, kind: str) -> StoreError:
    next_step = "The network or the store damages data: check both, then run again. Nothing was committed."
    return StoreError("upload", session.on(key), said, next_step, kind=kind)


def _digests(descriptor: int, start: int, size: int, want_md5: bool) -> tuple[str, str]:
    """(crc32, md5 or "") of a part, in base64 for the headers."""
    crc, md5 = 0, hashlib.md5(usedforsecurity=False) if want_md5 else None
    place, end = start, start + size
    while place < end:
        block = os.pread(descriptor, min(BLOCK, end - place), place)
        if not block:
            raise OSError("the file was truncated while it was read")
        crc = zlib.crc32(block, crc)
        if md5 is not None:
            md5.update(block)
        place += len(block)
    text = base64.b64encode(crc.to_bytes(4, "big")).decode()
    return text, base64.b64encode(md5.digest()).decode() if md5 is not None else ""
