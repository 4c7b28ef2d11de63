# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of single objects: HEAD, with a size even if the answer has none."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from typing import Any

from .errors import StoreError
from .s3_answers import info_of, is_of_object, length_of
from .s3_errors import lacking_field, not_s3
from .s3_session import S3Session
from .store import ObjectInfo
from .thaw import thaw_command

_NO_HEAD = (405, 501)
_CONTENT = "content:"  # prefix of a substitute if the store sends no etag


def content_etag(data: bytes) -> str:
    """A substitute for the etag of a small object, if the store sends none."""
    return _CONTENT + hashlib.sha256(data).hexdigest()


def is_content_etag(etag: str) -> bool:
    """Whether this is a substitute, which no store can compare."""
    return etag.startswith(_CONTENT)


def facts_of(session: S3Session, key: str, *, hasty: bool = False) -> dict[str, Any] | None:
    """The answer to HEAD, always with ``ContentLength``; None if the key does not exist."""
    try:
        facts = _asked(session, key, hasty)
    except StoreError as error:
        if error.kind != "not_found":
            raise
        # An answer to HEAD has no message, so check whether the bucket exists.
        if not session.bucket_answered:
            session.call("list_objects_v2", "look at", key, Prefix=session.full_key(key), MaxKeys=1)
        return None
    if not length_of(facts):  # some proxies report 0, because HEAD has no body
        facts = {**facts, "ContentLength": _size(session, key)}
    return facts


def _asked(session: S3Session, key: str, hasty: bool) -> dict[str, Any]:
    """The answer to HEAD. Where that is not allowed: to a GET of one byte, which has the same fields."""
    full = session.full_key(key)
    try:
        answer = session.call("head_object", "look at", key, Key=full, hasty=hasty)
    except StoreError as error:
        if error.status not in _NO_HEAD:
            raise
        refused = error
    else:
        if not is_of_object(answer):
            raise not_s3("look at", session.on(key))
        return answer
    try:
        answer = session.call("get_object", "look at", key, Key=full, Range="bytes=0-0", hasty=hasty)
    except StoreError as error:
        if error.kind == "not_found":
            raise
        raise refused from None
    if "Body" in answer:
        answer["Body"].close()
    return {**answer, "ContentLength": length_of(answer), "ContentRange": None}


def head(session: S3Session, key: str) -> ObjectInfo | None:
    """See Store.head."""
    facts = facts_of(session, key)
    if facts is None:
        return None
    info = info_of(key, facts)
    if info.readable or "Restore" in facts:
        return info
    tiering = bool(facts.get("ArchiveStatus"))
    return dataclasses.replace(info, thaw=thaw_command(session.options, session.full_key(key), tiering))


def explained(session: S3Session, key: str, refusal: StoreError) -> StoreError:
    """The refusal of a read of an object in an archive class, with the command that makes it readable and its time."""
    with contextlib.suppress(StoreError):
        info = head(session, key)
        if info is not None and info.frozen:
            following = f"Make it readable, and try again then: {info.thaw}" if info.thaw else ""
            kind, status, code = refusal.kind, refusal.status, refusal.code
            return StoreError(
                refusal.attempted, refusal.on, info.frozen, following, kind=kind, status=status, code=code
            )
    return refusal


def _size(session: S3Session, key: str) -> int:
    """The size if HEAD has none: from a range of one byte, else from the listing."""
    full = session.full_key(key)
    try:
        answer = session.call("get_object", "look at", key, Key=full, Range="bytes=0-0")
        if "Body" in answer:
            answer["Body"].close()
        found = length_of(answer)
        if found is not None:
            return found
    except StoreError as error:
        if error.status != 416:  # an empty object has no first byte
            raise
        return 0
    page = session.call("list_objects_v2", "look at", key, Prefix=full, MaxKeys=1)
    for entry in page.get("Contents") or []:
        if entry.get("Key") == full and isinstance(entry.get("Size"), int):
            return int(entry["Size"])
    raise lacking_field("look at", session.on(key), "the object's size")
