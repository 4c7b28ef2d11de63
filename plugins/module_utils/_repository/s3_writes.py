# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditional writes of small objects, on stores with and without support for conditions.

If a store refuses or ignores a condition, the object is checked before and after the write. A trait is learned only if
the other method succeeded.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import time
from typing import Any, Callable

from .errors import StoreError
from .s3_answers import etag_of, retried
from .s3_download import get
from .s3_errors import is_about_request, not_stored
from .s3_multipart import TOKEN, is_ours, own_token
from .s3_objects import content_etag, facts_of, is_content_etag
from .s3_session import S3Session
from .store import ObjectInfo, StoredBytes
from .traits import BARE, IGNORED, KEPT, NONE, QUOTED, REFUSED

_WRONG = "0" * 32  # the MD5 of no bytes
_LOOKS, _PAUSE = 3, 0.3  # after a write without a condition: some stores show the old content for a moment


def put(
    session: S3Session, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None
) -> ObjectInfo:
    """See Store.put."""
    if if_match is not None:
        return _put_if_match(session, key, data, if_match)
    return _put_if_absent(session, key, data) if if_absent else _send(session, key, data)


def try_conditions(session: S3Session, key: str, document: Callable[[], bytes], etag: str) -> str:
    """See Store.try_conditions. ``document()`` is written even if the store ignores the condition."""
    if session.sends_if_absent():
        try:
            etag = _send(session, key, document(), {"If-None-Match": "*"}).etag
            session.learn(conditional_put=IGNORED)
        except StoreError as error:
            # The same write without the condition succeeded just before.
            refused = is_about_request(error) and error.kind != "exists"
            if error.kind == "exists" or refused:
                session.learn(conditional_put=REFUSED if refused else KEPT)
        if not session.traits.locks:
            session.demand_conditions()
    if session.sends_if_match() and is_content_etag(etag):
        etag = get(session, key).etag
        if is_content_etag(etag):  # a store without etags has nothing to compare
            session.learn(if_match=NONE)
            session.demand_conditions()
    if session.sends_if_match():
        etag = put(session, key, document(), if_match=etag).etag
    if session.sends_if_match():
        try:
            etag = _send(session, key, document(), {"If-Match": session.spelled(_WRONG)}).etag
            session.learn(if_match=NONE)
        except StoreError as error:
            if is_about_request(error):
                session.learn(if_match=NONE)
        if not session.traits.locks:
            session.demand_conditions()
    return etag


def _put_if_absent(session: S3Session, key: str, data: bytes) -> ObjectInfo:
    if not session.sends_if_absent():
        return _put_and_look(session, key, data, None)
    token = own_token()
    try:
        return _send(session, key, data, {"If-None-Match": "*"}, token)
    except StoreError as error:
        if error.kind == "exists":
            mine = _mine(session, key, data, token, error)
            if mine is not None:
                return mine
            session.learn(conditional_put=KEPT)
        if not is_about_request(error):
            raise
        session.demand_conditions(error.said)
    info = _put_and_look(session, key, data, None)
    session.learn(conditional_put=REFUSED)
    return info


def _put_if_match(session: S3Session, key: str, data: bytes, etag: str) -> ObjectInfo:
    if not session.sends_if_match() or is_content_etag(etag):
        return _put_and_look(session, key, data, etag)
    spelling, token = session.traits.if_match or QUOTED, own_token()
    try:
        info = _send(session, key, data, {"If-Match": session.spelled(etag, spelling)}, token)
        session.learn(if_match=spelling)
        return info
    except StoreError as error:
        if error.kind in ("changed", "not_found"):
            mine = _mine(session, key, data, token, error)
            return mine if mine is not None else _spelled_otherwise(session, key, data, etag, spelling, error)
        if not is_about_request(error):
            raise
        session.demand_conditions(error.said)
    info = _put_and_look(session, key, data, etag)
    session.learn(if_match=NONE)
    return info


def _spelled_otherwise(
    session: S3Session, key: str, data: bytes, etag: str, spelling: str, error: StoreError
) -> ObjectInfo:
    """After "changed": if the etag is the one that was sent, the form was wrong, or the condition never holds."""
    if error.status != 412 or _etag_now(session, key) != etag:
        raise error
    other = BARE if spelling == QUOTED else QUOTED
    try:
        info = _send(session, key, data, {"If-Match": session.spelled(etag, other)})
    except StoreError as again:
        if again.kind != "changed" or again.status != 412 or _etag_now(session, key) != etag:
            raise error from None
        session.demand_conditions("it refuses If-Match with its own etag")
        info = _put_and_look(session, key, data, etag)
        session.learn(if_match=NONE)
        return info
    session.learn(if_match=other)
    return info


def _etag_now(session: S3Session, key: str) -> str:
    """The etag of an object. It is read under an address of its own: a cache in front of the store may still have the
    object that another writer has replaced."""
    where: dict[str, Any] = {"ResponseCacheControl": f"no-cache, x={os.urandom(8).hex()}"}
    try:
        answer = session.call("get_object", "read", key, Key=session.full_key(key), **where)
    except StoreError as error:
        if not is_about_request(error):
            raise
        return get(session, key).etag
    if "Body" in answer:
        answer["Body"].close()
    return etag_of(answer)


def _mine(session: S3Session, key: str, data: bytes, token: str, error: StoreError) -> ObjectInfo | None:
    """The object, if the request was refused because it had succeeded before: its first answer was lost. A proxy may
    have repeated it, of which botocore knows nothing: the token of the write tells."""
    with contextlib.suppress(StoreError):
        facts = facts_of(session, key)
        ours = is_ours(session, facts, token)
        if ours is None and retried(error):
            ours = get(session, key).data == data
        if facts is not None and ours:
            return ObjectInfo(key, len(data), etag_of(facts) or content_etag(data))
    return None


def _put_and_look(session: S3Session, key: str, data: bytes, etag: str | None) -> ObjectInfo:
    """A write whose condition is checked before, and whose content is checked after: of two writers at once, the last
    one finds its own. etag: of the required object; None: the key must not exist."""
    session.demand_conditions()
    before: StoredBytes | None = None
    if etag is None:
        if _there(session, key):
            raise StoreError("write", session.on(key), "it already exists", kind="exists", status=412)
    else:
        before = get(session, key)
        if etag not in (before.etag, content_etag(before.data)):
            raise _changed(session, key)
        if is_content_etag(etag) and not is_content_etag(before.etag) and session.sends_if_match():
            return _put_if_match(session, key, data, before.etag)
    _send(session, key, data)
    for turn in range(_LOOKS):
        found = get(session, key)
        if found.data == data:
            return ObjectInfo(key, len(data), found.etag)
        if before is None or found.data != before.data:
            break
        time.sleep(_PAUSE * (turn + 1))
    raise _changed(session, key)


def _there(session: S3Session, key: str) -> bool:
    try:
        return facts_of(session, key) is not None
    except StoreError as error:
        if error.kind == "forbidden":  # stores answer so for a missing key to users that may not list
            return False
        raise


def _changed(session: S3Session, key: str) -> StoreError:
    said = "another writer changed it"
    return StoreError("write", session.on(key), said, "Run again.", kind="changed", status=412)


def _send(
    session: S3Session, key: str, data: bytes, headers: dict[str, str] | None = None, token: str = ""
) -> ObjectInfo:
    """One PUT, checked by the store. Read back if the options allow no checksum, or if the answer has no etag: a proxy
    in front of the store may report success by itself."""
    md5 = hashlib.md5(data, usedforsecurity=False)
    check: dict[str, Any] = {} if session.checksums == NONE else {"ContentMD5": base64.b64encode(md5.digest()).decode()}
    marked: dict[str, Any] = {"Metadata": {TOKEN: token}} if token else {}
    answer = session.call(
        "put_object",
        "write",
        key,
        headers=headers,
        Key=session.full_key(key),
        Body=data,
        **marked,
        **check,
        **session.encryption(),
    )
    etag = etag_of(answer)
    if not etag or (not check and etag != md5.hexdigest()):
        _read_back(session, key, data, answered=bool(etag))
    return ObjectInfo(key, len(data), etag or content_etag(data))


def _read_back(session: S3Session, key: str, data: bytes, *, answered: bool) -> None:
    """StoreError if the object is not the one that was written. answered: whether the store's answer had an etag."""
    try:
        stored = get(session, key).data
    except StoreError as error:
        if error.kind != "not_found":
            raise
        stored = None
    if stored == data:
        return
    if stored is None:
        raise not_stored("write", session.on(key))
    if not answered:
        raise _changed(session, key)
    raise StoreError(
        "write",
        session.on(key),
        "the stored bytes are not the bytes that were sent",
        "The network or the store damages data: check both, and set checksums: auto.",
        kind="bad_digest",
    )
