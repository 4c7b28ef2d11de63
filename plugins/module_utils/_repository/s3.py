# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bucket as repository. The first call, or ``warm_up`` in a thread, imports the library."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Callable, cast

from .._base.progress import Progress, silent
from . import s3_deletion, s3_writes
from .errors import StoreError
from .s3_copy import copy
from .s3_download import Reader, download, get
from .s3_errors import store_error
from .s3_listing import abort_uploads, delete_objects, list_objects
from .s3_objects import head
from .s3_options import S3Options
from .s3_session import S3Session
from .s3_upload import upload
from .store import Deletion, ObjectInfo, StoredBytes

_DELETE_AT_ONCE = 1000


class S3Store:
    """See Store. ``session`` sends the requests; each method is one operation."""

    kind = "s3"

    def __init__(self, options: S3Options) -> None:
        self.session = S3Session(options)
        self.options = options
        self.url = self.session.url
        self.sent_bytes = 0

    def warm_up(self) -> None:
        """See Store. The first call reports errors."""
        with contextlib.suppress(Exception):
            self.session.client()

    def close(self) -> None:
        """See Store."""
        self.session.close()

    def put(self, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None) -> ObjectInfo:
        """See Store."""
        return s3_writes.put(self.session, key, data, if_absent=if_absent, if_match=if_match)

    def weakness(self) -> str:
        """See Store."""
        return self.session.weakness()

    def unencrypted(self) -> str:
        """See Store."""
        return self.session.unencrypted()

    def try_conditions(self, key: str, document: Callable[[], bytes], etag: str) -> str:
        """See Store."""
        return s3_writes.try_conditions(self.session, key, document, etag)

    def put_file(self, key: str, path: str, *, if_absent: bool = True, progress: Progress = silent) -> ObjectInfo:
        """See Store."""
        info = upload(self.session, key, path, if_absent, progress)
        self.sent_bytes += info.bytes
        return info

    def get(self, key: str) -> StoredBytes:
        """See Store."""
        return get(self.session, key)

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """See Store."""
        return cast("AbstractContextManager[BinaryIO]", io.BufferedReader(Reader(self.session, key), 1 << 20))

    def get_file(self, key: str, path: str, *, progress: Progress = silent) -> None:
        """See Store."""
        download(self.session, key, path, progress)

    def head(self, key: str) -> ObjectInfo | None:
        """See Store."""
        return head(self.session, key)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See Store."""
        return list_objects(self.session, prefix)

    def copy(self, source_key: str, target_key: str, *, source: ObjectInfo) -> ObjectInfo | None:
        """See Store."""
        return copy(self.session, source_key, target_key, source)

    def delete(self, keys: Sequence[str]) -> None:
        """See Store."""
        for start in range(0, len(keys), _DELETE_AT_ONCE):
            group = [*keys[start : start + _DELETE_AT_ONCE]]
            try:
                failures = delete_objects(self.session, group)
            except StoreError as error:
                # Stores without DeleteObjects, or with another checksum for it.
                if error.kind != "unsupported" and error.status not in (400, 411):
                    raise
                for key in group:
                    self.session.call("delete_object", "delete", key, Key=self.session.full_key(key))
                continue
            for failure in failures:
                key = str(failure.get("Key", ""))[len(self.session.prefix) :]
                raise _Refused.error(failure, self.session.on(key))

    def deletion(self, prefix: str) -> Deletion:
        """See Store."""
        return s3_deletion.deletion(self.session, prefix)

    def lock_of(self, key: str) -> str:
        """See Store."""
        return s3_deletion.lock_of(self.session, key)

    def presign(self, key: str, seconds: int) -> str | None:
        """See Store."""
        self.session.find_region(key)
        with self.session.saying("make a URL for", key):
            parameters = {"Bucket": self.session.bucket, "Key": self.session.full_key(key)}
            url = self.session.client().generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds)
        return str(url)

    def abort_uploads(self, prefix: str, older_than_seconds: float) -> int:
        """See Store."""
        return abort_uploads(self.session, prefix, older_than_seconds)


class _Refused(Exception):
    """One key's failure inside a DeleteObjects answer, shaped like botocore's error."""

    @staticmethod
    def error(failure: dict[str, Any], on: str) -> StoreError:
        carrier = _Refused()
        carrier.response = {"Error": failure, "ResponseMetadata": {}}  # type: ignore[attr-defined]
        return store_error(carrier, "delete", on)
