# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bucket as repository. The library is imported by the first call (or by ``warm_up`` in a thread), not before."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, cast

from .._base.progress import Progress, silent
from .errors import StoreError
from .options import RepositoryOptions
from .s3_answers import conditions, etag_of, info_of, retried, store_time
from .s3_copy import MOST_IN_ONE_CALL, ONE_CALL_LIMIT, PART_BYTES, copy_by_parts
from .s3_download import Reader, download
from .s3_errors import from_outside, not_s3, store_error
from .s3_upload import upload
from .store import ObjectInfo, StoredBytes, last_modified

_DELETE_AT_ONCE = 1000
_SHORT = 5.0
_NO_COPY = ("exists", "changed", "forbidden", "frozen", "not_found", "unsupported")


class S3Store:
    """See Store. ``call`` is the one way to the client: adds conditions, turns what goes wrong into StoreError."""

    kind = "s3"

    def __init__(self, options: RepositoryOptions) -> None:
        self.options = options
        self.bucket = options.bucket or ""
        self._prefix = "".join(part + "/" for part in options.prefix.split("/") if part)
        self.url = f"s3://{self.bucket}/{self._prefix}".rstrip("/")
        self.timeout = options.timeout
        self.sent_bytes = 0
        self.checksums = "crc32"  # or "md5", once the store has shown that it does not check crc32
        self._lock = threading.Lock()
        self._client: Any = None
        self._hasty: Any = None
        self._state: Any = None
        self._bucket_seen = False

    def client(self, *, hasty: bool = False) -> Any:
        """The botocore client, made once. hasty: one attempt, short deadline: for cleaning up after a silent store."""
        with self._lock:
            if self._client is None or (hasty and self._hasty is None):
                from .s3_client import CallState, make_client

                self._state = self._state or CallState()
                if self._client is None:
                    self._client = make_client(self.options, self._state, timeout=self.timeout)
                if hasty:
                    self._hasty = make_client(self.options, self._state, timeout=min(_SHORT, self.timeout), attempts=1)
            return self._hasty if hasty else self._client

    def warm_up(self) -> None:
        """See Store. What is wrong is said by the first call."""
        with contextlib.suppress(Exception):
            self.client()

    def close(self) -> None:
        """See Store."""
        for client in (self._client, self._hasty):
            if hasattr(client, "close"):
                client.close()
        self._client = self._hasty = None

    def full_key(self, key: str) -> str:
        """The key in the bucket."""
        return self._prefix + key

    def on(self, key: str) -> str:
        """The object of a sentence."""
        where = f" at {self.options.endpoint_url}" if self.options.endpoint_url else ""
        return f"{key or 'keys'} in {self.url}{where}"

    def call(
        self,
        operation: str,
        attempted: str,
        key: str,
        *,
        headers: dict[str, str] | None = None,
        unsigned_body: bool = False,
        hasty: bool = False,
        **parameters: Any,
    ) -> dict[str, Any]:
        """One operation on the bucket. headers: conditions and the like that older clients have no parameter for."""
        with self.saying(attempted, key, if_match="If-Match" in (headers or {})):
            client = self.client(hasty=hasty)
            state = self._state
            state.headers, state.unsigned_body = headers or {}, unsigned_body
            try:
                answer = getattr(client, operation)(Bucket=self.bucket, **parameters)
            finally:
                state.headers, state.unsigned_body = {}, False
        self._bucket_seen = True
        return cast("dict[str, Any]", answer)

    @contextlib.contextmanager
    def saying(self, attempted: str, key: str, *, if_match: bool = False) -> Iterator[None]:
        """Turn whatever goes wrong inside into a StoreError."""
        try:
            yield
        except Exception as error:
            if not from_outside(error):
                raise
            raise store_error(error, attempted, self.on(key), if_match=if_match) from error

    def put(self, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None) -> ObjectInfo:
        """See Store."""
        digest = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        try:
            answer = self.call(
                "put_object",
                "write",
                key,
                headers=conditions(if_absent, if_match),
                Key=self.full_key(key),
                Body=data,
                ContentMD5=digest,
                **self.encryption(),
            )
        except StoreError as error:
            if error.kind in ("exists", "changed") and retried(error):
                # The first answer may have been lost after the store had written it: then what is there is ours.
                found = self.get(key)
                if found.data == data:
                    return ObjectInfo(key, len(data), found.etag)
            raise
        return ObjectInfo(key, len(data), etag_of(answer))

    def put_file(self, key: str, path: str, *, if_absent: bool = True, progress: Progress = silent) -> ObjectInfo:
        """See Store."""
        info = upload(self, key, path, if_absent, progress)
        self.sent_bytes += info.bytes
        return info

    def get(self, key: str) -> StoredBytes:
        """See Store."""
        with Reader(self, key) as stream:
            return StoredBytes(stream.read(), stream.etag)

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """See Store."""
        return cast("AbstractContextManager[BinaryIO]", io.BufferedReader(Reader(self, key), 1 << 20))

    def get_file(self, key: str, path: str, *, progress: Progress = silent) -> None:
        """See Store."""
        download(self, key, path, progress)

    def head(self, key: str) -> ObjectInfo | None:
        """See Store."""
        facts = self.facts(key)
        return None if facts is None else info_of(key, facts)

    def facts(self, key: str, *, hasty: bool = False) -> dict[str, Any] | None:
        """What HEAD says; None when the key is absent. A HEAD has no words, so a missing bucket is asked for once."""
        try:
            return self.call("head_object", "look at", key, Key=self.full_key(key), hasty=hasty)
        except StoreError as error:
            if error.kind != "not_found":
                raise
            if not self._bucket_seen:
                self.call("list_objects_v2", "look at", key, Prefix=self.full_key(key), MaxKeys=1)
            return None

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See Store."""
        more: dict[str, Any] = {}
        while True:
            page = self.call("list_objects_v2", "list", prefix, Prefix=self.full_key(prefix), **more)
            if "IsTruncated" not in page:  # an ordinary web page is an empty listing to botocore
                raise not_s3("list", self.on(prefix))
            for facts in page.get("Contents") or []:
                key = facts["Key"][len(self._prefix) :]
                yield info_of(key, {**facts, "ContentLength": facts["Size"]})
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def copy(self, source_key: str, target_key: str, *, source: ObjectInfo) -> ObjectInfo | None:
        """See Store."""
        if not source.readable:
            return None
        try:
            if source.bytes <= ONE_CALL_LIMIT or not self._copied_by_parts(source_key, target_key, source):
                self._copy_at_once(source_key, target_key, source)
            made = self.head(target_key)
        except StoreError as error:
            if error.status not in (403, 404, 412) and error.kind not in _NO_COPY:
                raise
            # Refused because it is there already? Then it may be this copy, whose first answer was lost.
            mine = error.kind in ("exists", "not_found") and retried(error)
            made = self.head(target_key) if mine else None
            return made if made is not None and made.bytes == source.bytes else None
        if made is None or made.bytes != source.bytes:
            raise StoreError(
                "copy",
                self.on(target_key),
                "the copy's size is not the original's",
                "Look into the store.",
                kind="protocol",
            )
        return made

    def _copy_at_once(self, source_key: str, target_key: str, source: ObjectInfo) -> None:
        self.call(
            "copy_object",
            "copy",
            target_key,
            headers=conditions(True, None),
            Key=self.full_key(target_key),
            CopySource={"Bucket": self.bucket, "Key": self.full_key(source_key)},
            CopySourceIfMatch=source.etag,
            **self.encryption(),
            **self.storage_class(),
        )

    def _copied_by_parts(self, source_key: str, target_key: str, source: ObjectInfo) -> bool:
        """False where the store does not know how, and one call may do it."""
        try:
            copy_by_parts(self, source_key, target_key, source, PART_BYTES)
        except StoreError as error:
            if error.kind != "unsupported" or source.bytes > MOST_IN_ONE_CALL:
                raise
            return False
        return True

    def delete(self, keys: Sequence[str]) -> None:
        """See Store."""
        for start in range(0, len(keys), _DELETE_AT_ONCE):
            group = keys[start : start + _DELETE_AT_ONCE]
            try:
                self._delete_group(group)
            except StoreError as error:
                # Stores without DeleteObjects, or whose checksum for it is another one than this client's.
                if error.kind != "unsupported" and error.status not in (400, 411):
                    raise
                for key in group:
                    self.call("delete_object", "delete", key, Key=self.full_key(key))

    def _delete_group(self, keys: Sequence[str]) -> None:
        wanted = {"Objects": [{"Key": self.full_key(key)} for key in keys], "Quiet": True}
        answer = self.call("delete_objects", "delete", keys[0], Delete=wanted)
        for failure in answer.get("Errors") or []:
            if failure.get("Code") != "NoSuchKey":
                key = str(failure.get("Key", ""))[len(self._prefix) :]
                raise _Refused.error(failure, self.on(key))

    def presign(self, key: str, seconds: int) -> str | None:
        """See Store."""
        with self.saying("make a URL for", key):
            parameters = {"Bucket": self.bucket, "Key": self.full_key(key)}
            url = self.client().generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds)
        return str(url)

    def abort_uploads(self, prefix: str, older_than_seconds: float) -> int:
        """See Store. Ages are told by the store's own clock."""
        more: dict[str, Any] = {}
        dropped = 0
        while True:
            page = self.call(
                "list_multipart_uploads", "list unfinished uploads of", prefix, Prefix=self.full_key(prefix), **more
            )
            moment = store_time(page)
            for found in page.get("Uploads") or []:
                started = last_modified(found.get("Initiated"))
                if moment is None or started is None or (moment - started).total_seconds() >= older_than_seconds:
                    self.abort(found["Key"][len(self._prefix) :], found["UploadId"])
                    dropped += 1
            if not page.get("IsTruncated"):
                return dropped
            more = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}

    def abort(self, key: str, upload_id: str, *, hasty: bool = False) -> None:
        """Drop an unfinished upload; one that is gone already is no error."""
        try:
            self.call(
                "abort_multipart_upload",
                "abort the upload of",
                key,
                Key=self.full_key(key),
                UploadId=upload_id,
                hasty=hasty,
            )
        except StoreError as error:
            if error.kind != "not_found":
                raise

    def encryption(self) -> dict[str, Any]:
        """Parameters of server-side encryption, as the options want it."""
        out: dict[str, Any] = {"ServerSideEncryption": self.options.sse} if self.options.sse else {}
        if self.options.kms_key_id:
            out["SSEKMSKeyId"] = self.options.kms_key_id
        return out

    def storage_class(self) -> dict[str, Any]:
        """The storage class of archives. Manifests and the like stay in the store's default, where reads are quick."""
        return {"StorageClass": self.options.storage_class} if self.options.storage_class else {}


class _Refused(Exception):
    """One key's failure inside a DeleteObjects answer, shaped like botocore's error."""

    @staticmethod
    def error(failure: dict[str, Any], on: str) -> StoreError:
        carrier = _Refused()
        carrier.response = {"Error": failure, "ResponseMetadata": {}}  # type: ignore[attr-defined]
        return store_error(carrier, "delete", on)
