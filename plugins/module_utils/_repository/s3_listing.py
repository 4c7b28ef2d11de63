# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listings of any length, also from stores that truncate them without a token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .errors import StoreError
from .s3_answers import info_of, store_time
from .s3_errors import lacking_field, not_s3
from .s3_multipart import abort_upload
from .s3_objects import head
from .s3_session import S3Session
from .store import ObjectInfo, last_modified


def list_objects(session: S3Session, prefix: str) -> Iterator[ObjectInfo]:
    """See Store.list. If the store sends no token, the listing continues after the last key."""
    full, more, last = session.full_key(prefix), dict[str, Any](), ""
    while True:
        page = session.call("list_objects_v2", "list", prefix, Prefix=full, **more)
        if "IsTruncated" not in page:  # botocore reads a web page as an empty listing
            raise not_s3("list", session.on(prefix))
        before = last
        for facts in page.get("Contents") or []:
            key = str(facts.get("Key") or "")
            if not key or (key <= last and "StartAfter" in more):
                continue  # a store that repeats the last key, or starts again
            last = max(last, key)
            info = _info(session, key, facts)
            if info is not None:
                yield info
        if not page.get("IsTruncated"):
            return
        token, marker = page.get("NextContinuationToken"), str(page.get("NextMarker") or "")
        if token and token != more.get("ContinuationToken"):
            more = {"ContinuationToken": token}
            continue
        session.learn(listing="start_after")
        place = max(last, marker)
        if not place or ("StartAfter" in more and last == before and place <= more["StartAfter"]):
            raise StoreError(
                "list",
                session.on(prefix),
                "the listing is truncated, and the store sends no token to continue it",
                "Use a store or a proxy that answers ListObjectsV2 with NextContinuationToken or supports start-after.",
                kind="protocol",
            )
        more = {"StartAfter": place}


def _info(session: S3Session, key: str, facts: dict[str, Any]) -> ObjectInfo | None:
    own = key[len(session.prefix) :]
    size = facts.get("Size")
    return info_of(own, {**facts, "ContentLength": size}) if isinstance(size, int) else head(session, own)


def abort_uploads(session: S3Session, prefix: str, older_than_seconds: float) -> int:
    """See Store.abort_uploads. Ages are measured by the store's clock."""
    more: dict[str, Any] = {}
    dropped = 0
    while True:
        page = session.call(
            "list_multipart_uploads", "list unfinished uploads of", prefix, Prefix=session.full_key(prefix), **more
        )
        moment = store_time(page)
        place: tuple[str, str] = ("", "")
        for found in page.get("Uploads") or []:
            key, upload_id = str(found.get("Key") or ""), str(found.get("UploadId") or "")
            if not key.startswith(session.full_key(prefix)) or not upload_id:
                continue
            place = (key, upload_id)
            started = last_modified(found.get("Initiated"))
            age = (moment - started).total_seconds() if moment is not None and started is not None else 0.0
            if not older_than_seconds or age >= older_than_seconds:
                abort_upload(session, key[len(session.prefix) :], upload_id)
                dropped += 1
        if not page.get("IsTruncated"):
            return dropped
        markers = (str(page.get("NextKeyMarker") or place[0]), str(page.get("NextUploadIdMarker") or place[1]))
        if not markers[0] or markers == (more.get("KeyMarker"), more.get("UploadIdMarker")):
            raise lacking_field("list unfinished uploads of", session.on(prefix), "the token to continue")
        more = {"KeyMarker": markers[0], "UploadIdMarker": markers[1]}


def delete_objects(session: S3Session, keys: list[str]) -> list[dict[str, Any]]:
    """Delete up to a thousand keys in one call; returns the refusals."""
    wanted = {"Objects": [{"Key": session.full_key(key)} for key in keys], "Quiet": True}
    answer = session.call("delete_objects", "delete", keys[0], Delete=wanted)
    return [one for one in answer.get("Errors") or [] if one.get("Code") != "NoSuchKey"]
