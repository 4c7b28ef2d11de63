# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listings of any length, also from stores that truncate them without a token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from .errors import StoreError
from .s3_answers import info_of, store_time
from .s3_errors import lacking_field, not_s3
from .s3_multipart import abort_upload
from .s3_objects import head
from .s3_session import S3Session
from .store import ObjectInfo, last_modified

_LISTING = {"IsTruncated", "KeyCount", "MaxKeys", "Name", "Contents"}  # one of them is in every listing
_PAGE = 1000  # keys, unless a request says otherwise
_EMPTY_PAGES = 1000  # in a row: deleted versions are counted, and not shown


def list_objects(session: S3Session, prefix: str) -> Iterator[ObjectInfo]:
    """See Store.list; each key once. If the store sends no token, or one that leads nowhere, the listing continues
    after the last key."""
    full, more, last = session.full_key(prefix), dict[str, Any](), ""
    seen: set[str] = set()
    tokens: set[str] = set()
    by_token, in_order, empty = True, True, 0
    while True:
        page = session.call("list_objects_v2", "list", prefix, Prefix=full, **more)
        if not _LISTING & page.keys():  # botocore reads a web page as an empty listing
            raise not_s3("list", session.on(prefix))
        contents = page.get("Contents") or []
        before = len(seen)
        for facts in contents:
            key = _decoded(str(facts.get("Key") or ""), full)
            if not key or key in seen:
                continue
            seen.add(key)
            in_order, last = in_order and key > last, max(last, key)
            # Some proxies drop the prefix of a request.
            info = _info(session, key[len(session.prefix) :], facts) if key.startswith(full) else None
            if info is not None:
                yield info
        token, marker = str(page.get("NextContinuationToken") or ""), str(page.get("NextMarker") or "")
        if not page.get("IsTruncated", bool(token or marker) or len(contents) >= _PAGE):
            return
        empty = 0 if contents else empty + 1
        by_token = by_token and token not in tokens and (len(seen) > before or 0 < empty < _EMPTY_PAGES)
        if token and by_token:
            tokens.add(token)
            more = {"ContinuationToken": token}
            continue
        session.learn(listing="start_after")
        place = max(last, marker)
        stuck = "StartAfter" in more and len(seen) == before and place <= more["StartAfter"]
        if not place or stuck or not in_order:
            raise StoreError(
                "list",
                session.on(prefix),
                "the listing is truncated, and the store sends no token to continue it",
                "Use a store or a proxy that answers ListObjectsV2 with NextContinuationToken or supports start-after.",
                kind="protocol",
            )
        more = {"StartAfter": place}


def _decoded(key: str, full: str) -> str:
    """The key in a listing below a prefix. Some stores encode keys without being asked, and do not say so."""
    decoded = unquote(key) if not key.startswith(full) else key
    return decoded if decoded.startswith(full) else key


def _info(session: S3Session, own: str, facts: dict[str, Any]) -> ObjectInfo | None:
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
    """Delete up to a thousand keys in one call; returns the refusals. Keys of which the answer says nothing are deleted
    one by one: it may be incomplete, or a proxy's."""
    wanted = {"Objects": [{"Key": session.full_key(key)} for key in keys]}
    answer = session.call("delete_objects", "delete", keys[0], Delete=wanted)
    refused = answer.get("Errors") or []
    told = {str(one.get("Key")) for one in (*refused, *(answer.get("Deleted") or []))}
    for key in keys:
        if session.full_key(key) not in told:
            session.call("delete_object", "delete", key, Key=session.full_key(key))
    return [one for one in refused if one.get("Code") != "NoSuchKey"]
