# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copying a large object inside the store, by ranges of the old one."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from .._base.progress import silent
from .errors import StoreError
from .parallel import Transfer
from .s3_answers import conditions, etag_of
from .store import ObjectInfo

if TYPE_CHECKING:
    from .s3 import S3Store

# A copy is silent until it is done, and so must be done within the time-out of a call: parts of this size need no more
# than 9 MB/s of the store for all threads together.
ONE_CALL_LIMIT = 256 << 20
PART_BYTES = 128 << 20
MOST_IN_ONE_CALL = 5 << 30  # CopyObject's own limit, at AWS
MOST_PARTS = 9_900
THREADS = 4


def copy_by_parts(store: S3Store, source_key: str, target_key: str, source: ObjectInfo, part_bytes: int) -> None:
    """UploadPartCopy of every range, under the condition that the source is still ``source`` and the target free."""
    each = max(part_bytes, -(-source.bytes // MOST_PARTS))
    parts = -(-source.bytes // each)
    target = store.full_key(target_key)
    upload_id = store.call(
        "create_multipart_upload", "copy", target_key, Key=target, **store.encryption(), **store.storage_class()
    )["UploadId"]
    done: list[dict[str, Any] | None] = [None] * parts
    # Nothing of a part is seen until it is done: a part has the deadline of a call, the whole has one for each round.
    transfer = Transfer("copy", target_key, source.bytes, store.timeout * 2, silent)
    lock = threading.Lock()

    def work(part: int) -> None:
        start = part * each
        end = min(start + each, source.bytes)
        answer = store.call(
            "upload_part_copy",
            "copy",
            target_key,
            Key=target,
            UploadId=upload_id,
            PartNumber=part + 1,
            CopySource={"Bucket": store.bucket, "Key": store.full_key(source_key)},
            CopySourceIfMatch=source.etag,
            CopySourceRange=f"bytes={start}-{end - 1}",
        )["CopyPartResult"]
        checksums = {
            name: value for name, value in answer.items() if name.startswith("Checksum") and name != "ChecksumType"
        }
        with lock:
            done[part] = {"PartNumber": part + 1, "ETag": f'"{etag_of(answer)}"', **checksums}
        transfer.moved(part, end - start)

    try:
        transfer.run(parts, work, THREADS)
        store.call(
            "complete_multipart_upload",
            "copy",
            target_key,
            headers=conditions(True, None),
            Key=target,
            UploadId=upload_id,
            MultipartUpload={"Parts": [part for part in done if part is not None]},
        )
    except BaseException as error:
        silent_store = isinstance(error, StoreError) and error.kind in ("stalled", "unreachable")
        with contextlib.suppress(StoreError):
            store.abort(target_key, upload_id, hasty=silent_store or not isinstance(error, Exception))
        raise
