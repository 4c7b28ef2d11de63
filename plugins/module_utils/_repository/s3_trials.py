# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trials that only a bucket needs: transfers by parts, checksums, ranges, credentials, clock, settings, rights."""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import TYPE_CHECKING, Any

from .._base.clock import now
from . import layout
from .errors import StoreError
from .s3_answers import conditions, store_time
from .trials import CONTENT, Credentials, Settings, Trial, attempt, refused

if TYPE_CHECKING:
    from .s3 import S3Store

_WRONG_MD5 = base64.b64encode(hashlib.md5(b"something else", usedforsecurity=False).digest()).decode()
_WRONG_CRC = base64.b64encode(b"\0\0\0\0").decode()
_NEVER = "doctor/never-there"  # below a node's archives: no backup id, so no catalogue ever looks there
_ROLES = frozenset(("iam-role", "container-role", "assume-role", "assume-role-with-web-identity", "sso", "login"))


def about(store: S3Store, cluster: str) -> dict[str, Any]:
    """Credentials, clock, names. Raises StoreError where the store cannot be reached or knows the caller not."""
    with store.saying("find credentials for", ""):
        from .s3_client import credential_method

        method = credential_method(store.options)
    out: dict[str, Any] = {
        "base": store.full_key(layout.segment(cluster) + "/"),
        "endpoint": store.options.endpoint_url or "",
    }
    if method is None:
        raise StoreError(
            "find credentials for",
            store.url,
            "botocore's chain found none: no options, no environment, no profile, no role",
            "Give this host a role, or set profile, or access_key and secret_key.",
            kind="no_credentials",
        )
    out["credentials"] = Credentials(method, method in _ROLES)
    prefix = layout.manifests_prefix(cluster)
    try:
        answer = store.call("list_objects_v2", "list", prefix, Prefix=store.full_key(prefix), MaxKeys=1)
    except StoreError as error:
        if error.kind != "forbidden":
            raise
        return out  # the trials tell what is allowed
    theirs = store_time(answer)
    out["skew"] = (now() - theirs).total_seconds() if theirs else None
    return out


def transfers(store: S3Store, scratch: str) -> dict[str, Trial]:
    """Checksums, ranges and uploads by parts."""
    key = scratch + "probe"
    out = {
        "digest": refused(lambda: _put_wrong(store, key), "bad_digest"),
        "range": attempt(lambda: _range(store, key)),
    }
    out.update(_multipart(store, scratch + "multipart"))
    out["list_uploads"] = attempt(
        lambda: store.call("list_multipart_uploads", "list uploads of", key, Prefix=store.full_key(scratch))
    )
    return out


def settings(store: S3Store, scratch: str) -> Settings:
    """The bucket's settings, as far as they may be seen."""
    unseen: list[str] = []

    def ask(operation: str, name: str) -> dict[str, Any] | None:
        try:
            return store.call(operation, f"read the {name} of", scratch)
        except StoreError as error:
            if error.kind == "not_found":
                return {}
            unseen.append(name)
            return None

    versioning = ask("get_bucket_versioning", "versioning")
    lifecycle = ask("get_bucket_lifecycle_configuration", "lifecycle")
    lock = ask("get_object_lock_configuration", "object lock")
    return Settings(
        versioning=None if versioning is None else str(versioning.get("Status") or "off"),
        rules=None if lifecycle is None else tuple(lifecycle.get("Rules") or ()),
        lock=None if lock is None else _lock_of(lock),
        unseen=tuple(unseen),
    )


def forbidden(store: S3Store, cluster: str, node: str) -> dict[str, Trial]:
    """What a writer must be refused. Writes carry a wrong checksum, so that a store that lets them pass keeps nothing:
    rights are looked at before the bytes are."""
    archive = layout.archives_prefix(cluster, node) + _NEVER
    manifest = layout.manifests_prefix(cluster, node) + _NEVER
    other = layout.archives_prefix(cluster, node + "-of-another-host") + _NEVER
    return {
        "delete an archive": _delete(store, archive),
        "delete a manifest": _delete(store, manifest),
        "overwrite an archive": _overwrite(store, archive),
        "overwrite a manifest": _overwrite(store, manifest),
        "write archives of another node": _overwrite(store, other),
    }


def _delete(store: S3Store, key: str) -> Trial:
    return refused(lambda: store.call("delete_object", "delete", key, Key=store.full_key(key)), "forbidden")


def _overwrite(store: S3Store, key: str) -> Trial:
    found = refused(lambda: _put_wrong(store, key), "forbidden")
    if found.outcome == "bad":  # the store checks no checksums either: what it took must not stay
        _delete(store, key)
    return Trial("bad", "the store would have done it") if found.outcome == "failed" else found


def _put_wrong(store: S3Store, key: str) -> None:
    """A write without a condition and with the checksum of other bytes."""
    store.call("put_object", "write", key, Key=store.full_key(key), Body=CONTENT, ContentMD5=_WRONG_MD5)


def _range(store: S3Store, key: str) -> bool:
    answer = store.call("get_object", "read a range of", key, Key=store.full_key(key), Range="bytes=8-9")
    with store.saying("read a range of", key):
        return bool(answer["Body"].read() == CONTENT[8:10])


def _multipart(store: S3Store, key: str) -> dict[str, Trial]:
    """One upload that must end well, its wrong part refused; a second one whose end must be refused."""
    out: dict[str, Trial] = {}
    where: dict[str, Any] = {"Key": store.full_key(key)}
    upload = ""
    try:
        upload = _begin(store, key)
        part = {**where, "UploadId": upload, "PartNumber": 1, "Body": CONTENT}
        out["part_digest"] = refused(
            lambda: store.call("upload_part", "upload to", key, **part, ChecksumCRC32=_WRONG_CRC), "bad_digest"
        )
        _end(store, key, upload, if_absent=False)
        upload = ""
        info = store.head(key)
        out["multipart"] = Trial("good") if info and info.bytes == len(CONTENT) else Trial("bad", "its size is wrong")
        upload = _begin(store, key)
        out["multipart_if_absent"] = refused(lambda: _end(store, key, upload, if_absent=True), "exists")
    except StoreError as error:
        outcome = error.kind if error.kind in ("forbidden", "unsupported") else "failed"
        out["multipart"] = Trial(outcome, error.said)
    if upload:
        out["abort"] = attempt(lambda: store.abort(key, upload))
    return out


def _begin(store: S3Store, key: str) -> str:
    answer = store.call(
        "create_multipart_upload",
        "begin the upload of",
        key,
        Key=store.full_key(key),
        ChecksumAlgorithm="CRC32",
        **store.encryption(),
    )
    return str(answer["UploadId"])


def _end(store: S3Store, key: str, upload: str, *, if_absent: bool) -> None:
    crc = base64.b64encode(zlib.crc32(CONTENT).to_bytes(4, "big")).decode()
    where: dict[str, Any] = {"Key": store.full_key(key), "UploadId": upload}
    answer = store.call("upload_part", "upload to", key, **where, PartNumber=1, Body=CONTENT, ChecksumCRC32=crc)
    parts = {"Parts": [{"PartNumber": 1, "ETag": answer["ETag"], "ChecksumCRC32": crc}]}
    headers = conditions(if_absent, None)
    store.call("complete_multipart_upload", "end the upload of", key, headers=headers, **where, MultipartUpload=parts)


def _lock_of(answer: dict[str, Any]) -> str:
    facts = answer.get("ObjectLockConfiguration") or {}
    if facts.get("ObjectLockEnabled") != "Enabled":
        return "off"
    return str(((facts.get("Rule") or {}).get("DefaultRetention") or {}).get("Mode") or "on")
