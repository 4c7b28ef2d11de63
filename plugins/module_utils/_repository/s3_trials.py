# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trials of a bucket: multipart transfers, checksums, reads, credentials, clock, settings, permissions."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import zlib
from typing import TYPE_CHECKING, Any

from .._base.clock import now
from . import layout
from .errors import StoreError
from .s3_answers import store_time
from .s3_errors import UNKNOWN_KEYS, from_outside
from .s3_multipart import abort_upload
from .s3_objects import head
from .s3_session import S3Session
from .trial import (
    CONTENT,
    CONTENT_MD5,
    FAILED,
    IGNORED,
    REFUSED,
    WORKS,
    Credentials,
    Trial,
    attempt,
    must_refuse,
    not_good,
)

if TYPE_CHECKING:
    from .s3 import S3Store

_WRONG_MD5 = base64.b64encode(hashlib.md5(b"something else", usedforsecurity=False).digest()).decode()
_WRONG_CRC = base64.b64encode(b"\0\0\0\0").decode()
_NEVER = "doctor/never-there"  # below a node's archives: not a backup id, so catalogues ignore it
_ROLES = frozenset(("iam-role", "container-role", "assume-role", "assume-role-with-web-identity", "sso", "login"))


def about(session: S3Session, cluster: str) -> dict[str, Any]:
    """Credentials, clock, names. Raises StoreError if the store cannot be reached or does not know the caller."""
    with session.saying("find credentials for", ""):
        from .s3_client import credential_method

        method = credential_method(session.options)
    out: dict[str, Any] = {
        "base": session.full_key(layout.segment(cluster) + "/"),
        "endpoint": session.options.endpoint_url or "",
    }
    if method is None:
        raise StoreError(
            "find credentials for",
            session.url,
            "botocore found none: no options, no environment, no profile, no role",
            "Assign a role to this host, or set profile, or set access_key and secret_key.",
            kind="no_credentials",
        )
    out["credentials"] = Credentials(method, method in _ROLES)
    prefix = layout.manifests_prefix(cluster)
    try:
        answer = session.call("list_objects_v2", "list", prefix, Prefix=session.full_key(prefix), MaxKeys=1)
    except StoreError as error:
        if error.kind != "forbidden" or error.code in UNKNOWN_KEYS or error.status == 401:
            raise
        return out  # the trials show what is allowed
    theirs = store_time(answer)
    out["skew"] = (now() - theirs).total_seconds() if theirs else None
    return out


def transfers(session: S3Session, scratch: str) -> dict[str, Trial]:
    """Checksums and uploads by parts, as the program does them."""
    key = scratch + "probe"
    out = {"digest": must_refuse(lambda: _put_wrong(session, key), "bad_digest")}
    out.update(_multipart(session, scratch + "multipart"))
    out["list_uploads"] = attempt(
        lambda: session.call("list_multipart_uploads", "list uploads of", key, Prefix=session.full_key(scratch))
    )
    return out


def reads(store: S3Store, scratch: str) -> dict[str, Trial]:
    """Ranges, listings of several pages, presigned URLs."""
    key = scratch + "probe"
    return {
        "range": attempt(lambda: _range(store.session, key)),
        "list_pages": _pages(store.session, scratch),
        "presigned": attempt(lambda: _presigned(store, key)),
    }


def forbidden(session: S3Session, cluster: str, node: str) -> dict[str, Trial]:
    """Requests that the store must refuse to a writer. Writes have a wrong checksum, so that a store that allows them
    stores nothing: permissions are checked before the bytes."""
    archive = layout.archives_prefix(cluster, node) + _NEVER
    manifest = layout.manifests_prefix(cluster, node) + _NEVER
    other = layout.archives_prefix(cluster, node + "-of-another-host") + _NEVER
    return {
        "delete an archive": _delete(session, archive),
        "delete a manifest": _delete(session, manifest),
        "overwrite an archive": _overwrite(session, archive),
        "overwrite a manifest": _overwrite(session, manifest),
        "write archives of another node": _overwrite(session, other),
    }


def _delete(session: S3Session, key: str) -> Trial:
    return must_refuse(lambda: session.call("delete_object", "delete", key, Key=session.full_key(key)), "forbidden")


def _overwrite(session: S3Session, key: str) -> Trial:
    found = must_refuse(lambda: _put_wrong(session, key), "forbidden")
    if found.outcome == IGNORED:  # the store does not check checksums either: delete the object
        _delete(session, key)
    return Trial(IGNORED) if found.outcome in (REFUSED, FAILED) else found


def _put_wrong(session: S3Session, key: str) -> None:
    """A write without a condition and with the checksum of other bytes."""
    session.call("put_object", "write", key, Key=session.full_key(key), Body=CONTENT, ContentMD5=_WRONG_MD5)


def _range(session: S3Session, key: str) -> bool:
    answer = session.call("get_object", "read a range of", key, Key=session.full_key(key), Range="bytes=8-9")
    with session.saying("read a range of", key):
        return bool(answer["Body"].read() == CONTENT[8:10])


def _pages(session: S3Session, scratch: str) -> Trial:
    """Three objects in pages of two."""
    where: dict[str, Any] = {"Prefix": session.full_key(scratch), "MaxKeys": 2}
    try:
        first = session.call("list_objects_v2", "list", scratch, **where)
        if not first.get("IsTruncated"):
            return Trial(IGNORED)
        token = first.get("NextContinuationToken")
        if not token:
            return Trial(REFUSED, "a listing that is cut off has no token")
        second = session.call("list_objects_v2", "list", scratch, ContinuationToken=token, **where)
    except StoreError as error:
        return not_good(error)
    keys = [one.get("Key") for page in (first, second) for one in page.get("Contents") or []]
    return Trial(WORKS if len(set(keys)) == len(keys) > len(first.get("Contents") or []) else FAILED, "")


def _presigned(store: S3Store, key: str) -> bool:
    """Whether a client without credentials can read the object by its URL, as Qdrant does."""
    url = store.presign(key, 60)
    from .s3_client import get_unsigned

    try:
        status, body = get_unsigned(store.options, str(url))
    except Exception as error:
        if not from_outside(error):
            raise
        # The error's text may hold the URL, which is a secret.
        raise StoreError("read by URL", store.session.on(key), type(error).__name__) from None
    if status != 200:
        raise StoreError("read by URL", store.session.on(key), f"HTTP {status}", status=status)
    return body == CONTENT


def _multipart(session: S3Session, key: str) -> dict[str, Trial]:
    """One upload that must succeed, with its wrong part refused; a second one whose completion must be refused."""
    out: dict[str, Trial] = {}
    out["part_digest"] = must_refuse(lambda: _wrong_part(session, key), "bad_digest")
    made: list[str] = []

    def whole(crc: bool) -> bool:
        _end(session, key, _begin(session, key, made, crc), crc=crc)
        info = head(session, key)
        return info is not None and info.bytes == len(CONTENT)

    found = attempt(lambda: whole(True))
    out["multipart_checksum"] = found
    out["multipart"] = found if found.outcome == WORKS else attempt(lambda: whole(False))
    crc = found.outcome == WORKS
    if out["multipart"].outcome == WORKS:
        out["multipart_if_absent"] = must_refuse(
            lambda: _end(session, key, _begin(session, key, made, crc), crc=crc, if_absent=True), "exists"
        )
    for upload in made:  # what was not ended well
        with contextlib.suppress(StoreError):
            abort_upload(session, key, upload)
    if out["multipart"].outcome == WORKS:
        out["abort"] = attempt(lambda: abort_upload(session, key, _begin(session, key, made, crc)))
    return out


def _wrong_part(session: S3Session, key: str) -> None:
    made: list[str] = []
    try:
        where: dict[str, Any] = {"Key": session.full_key(key), "UploadId": _begin(session, key, made, True)}
        where["PartNumber"] = 1
        session.call("upload_part", "upload to", key, **where, Body=CONTENT, ChecksumCRC32=_WRONG_CRC)
    finally:
        with contextlib.suppress(StoreError):
            for upload in made:
                abort_upload(session, key, upload)


def _begin(session: S3Session, key: str, made: list[str], crc: bool) -> str:
    """The id of an upload, which is also put into ``made``."""
    more: dict[str, Any] = {"ChecksumAlgorithm": "CRC32"} if crc else {}
    answer = session.call(
        "create_multipart_upload",
        "begin the upload of",
        key,
        Key=session.full_key(key),
        **more,
        **session.encryption(),
    )
    made.append(str(answer.get("UploadId") or ""))
    return made[-1]


def _end(session: S3Session, key: str, upload: str, *, crc: bool, if_absent: bool = False) -> None:
    sum32 = base64.b64encode(zlib.crc32(CONTENT).to_bytes(4, "big")).decode()
    check: dict[str, Any] = {"ChecksumCRC32": sum32} if crc else {"ContentMD5": CONTENT_MD5}
    where: dict[str, Any] = {"Key": session.full_key(key), "UploadId": upload}
    answer = session.call("upload_part", "upload to", key, **where, PartNumber=1, Body=CONTENT, **check)
    named = {"ChecksumCRC32": sum32} if crc and answer.get("ChecksumCRC32") else {}
    parts = {"Parts": [{"PartNumber": 1, "ETag": str(answer.get("ETag") or ""), **named}]}
    headers = {"If-None-Match": "*"} if if_absent else {}
    session.call("complete_multipart_upload", "end the upload of", key, headers=headers, **where, MultipartUpload=parts)
