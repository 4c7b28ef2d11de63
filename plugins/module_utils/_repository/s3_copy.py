# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies an object inside the store: in one call, or a large one by ranges."""

from __future__ import annotations

from typing import Any, Callable

from .._base.progress import silent
from .errors import StoreError
from .parallel import Transfer
from .s3_answers import etag_of, part_etag, retried
from .s3_errors import is_about_request, lacking_field
from .s3_multipart import MOST_PARTS, Multipart, PartFacts, check_free, own_token
from .s3_objects import head
from .s3_session import S3Session
from .store import ObjectInfo
from .traits import IGNORED, KEPT, NO, REFUSED, SINGLE, YES

# A copy sends no bytes until it is done, so it must end within the time-out of a call: parts of this size need at most
# 9 MB/s of the store for all threads together.
ONE_CALL_LIMIT = 256 << 20
PART_BYTES = 128 << 20
MOST_IN_ONE_CALL = 5 << 30  # the limit of CopyObject at AWS
THREADS = 4
_TRIED_WITH = 64 << 20  # a second copy tests conditions, of an object no larger than this
_REFUSED = ("exists", "changed", "forbidden", "frozen", "not_found", "unsupported")


def copy(session: S3Session, source_key: str, target_key: str, source: ObjectInfo) -> ObjectInfo | None:
    """See Store.copy."""
    if not source.readable or not _can_copy(session, source):
        return None
    try:
        by_parts = source.bytes > ONE_CALL_LIMIT and session.traits.upload_part_copy != NO
        if not by_parts and source.bytes > MOST_IN_ONE_CALL:
            return None
        if not by_parts or not _copied_by_parts(session, source_key, target_key, source):
            etag = _copy_at_once(session, source_key, target_key, source)
            if etag and etag == source.etag and not session.storage_class():
                # The store names the etag of the original for the copy. A HEAD would only repeat this, and tell the
                # class that the store has given the copy.
                return ObjectInfo(target_key, source.bytes, etag)
        made = head(session, target_key)
    except StoreError as error:
        if error.status not in (403, 404, 412) and error.kind not in _REFUSED and not is_about_request(error):
            raise
        if is_about_request(error) and source.bytes <= MOST_IN_ONE_CALL:
            session.learn(copy=SINGLE if _of_parts(source) else NO)
        # Refused because it exists? It may be this copy, whose first answer was lost.
        mine = error.kind in ("exists", "not_found") and retried(error)
        made = head(session, target_key) if mine else None
        return made if made is not None and made.bytes == source.bytes else None
    if made is None or made.bytes != source.bytes:
        raise StoreError(
            "copy",
            session.on(target_key),
            f"the copy has {made.bytes if made else 'no'} bytes, the original {source.bytes}",
            "Check the store; the archive is uploaded again by the next run.",
            kind="protocol",
        )
    if made.etag != source.etag:  # a multipart object; and some stores ignore the condition on the source
        after = head(session, source_key)
        return made if after is not None and after.etag == source.etag else None
    return made


def _can_copy(session: S3Session, source: ObjectInfo) -> bool:
    seen = session.traits.copy
    return seen != NO and not (seen == SINGLE and _of_parts(source))


def _of_parts(source: ObjectInfo) -> bool:
    return "-" in source.etag


def _if_source(source: ObjectInfo) -> dict[str, Any]:
    return {"CopySourceIfMatch": source.etag} if source.etag else {}


def _copy_at_once(session: S3Session, source_key: str, target_key: str, source: ObjectInfo) -> str:
    """One call; returns the etag of its answer, "" if it has none. Until it is known whether the store honours the
    condition of a copy, the first small copy finds it out, and the others wait for it."""
    if not session.traits.copy_conditional and source.bytes <= _TRIED_WITH:
        with session.trying:
            if not session.traits.copy_conditional:
                return _copy_in_one_call(session, source_key, target_key, source)
    return _copy_in_one_call(session, source_key, target_key, source)


def _copy_in_one_call(session: S3Session, source_key: str, target_key: str, source: ObjectInfo) -> str:
    conditional = session.sends_if_absent() and session.sends_if_absent("copy_conditional")

    def ask(headers: dict[str, str]) -> str:
        answer = session.call(
            "copy_object",
            "copy",
            target_key,
            headers=headers,
            Key=session.full_key(target_key),
            CopySource=session.source(source_key),
            **_if_source(source),
            **session.encryption(),
            **session.storage_class(),
        )
        return etag_of(answer.get("CopyObjectResult") or {})

    if session.traits.copy_conditional != KEPT:
        check_free(session, target_key, "copy")
    if not conditional:
        session.demand_conditions()
        return ask({})
    try:
        etag = ask({"If-None-Match": "*"})
    except StoreError as error:
        if not is_about_request(error) and not _fails_though_free(session, target_key, error):
            raise
        session.demand_conditions(error.said)
        etag = ask({})
        session.learn(copy_conditional=REFUSED)
        return etag
    if not session.traits.copy_conditional and source.bytes <= _TRIED_WITH:
        _try_condition(session, lambda: ask({"If-None-Match": "*"}))
    return etag


def _fails_though_free(session: S3Session, target_key: str, error: StoreError) -> bool:
    """Whether the condition failed although the target does not exist. Swift 2.38 checks it on the source."""
    unknown = error.kind == "exists" and not retried(error) and not session.traits.copy_conditional
    return unknown and head(session, target_key) is None


def _try_condition(session: S3Session, again: Callable[[], object]) -> None:
    """Repeat the copy, which must be refused. If the store does it, the object is the same."""
    try:
        again()
    except StoreError as error:
        if error.kind == "exists":
            session.learn(copy_conditional=KEPT)
    else:
        session.learn(copy_conditional=IGNORED)


def _copied_by_parts(session: S3Session, source_key: str, target_key: str, source: ObjectInfo) -> bool:
    """False if the store refuses copies by parts; one call may work."""
    try:
        copy_by_parts(session, source_key, target_key, source, PART_BYTES)
    except StoreError as error:
        if not is_about_request(error) or source.bytes > MOST_IN_ONE_CALL:
            raise
        session.learn(upload_part_copy=NO)
        return False
    session.learn(upload_part_copy=YES)
    return True


def copy_by_parts(session: S3Session, source_key: str, target_key: str, source: ObjectInfo, part_bytes: int) -> None:
    """UploadPartCopy of every range, on condition that the source is still ``source`` and the target does not exist."""
    each = max(part_bytes, -(-source.bytes // MOST_PARTS))
    multipart = Multipart(session, target_key, "copy", own_token(), if_absent=True)
    # A part shows no progress until it is done: each part has the deadline of a call.
    transfer = Transfer("copy", target_key, source.bytes, session.timeout * 2, silent)

    def work(part: int) -> PartFacts:
        start = part * each
        end = min(start + each, source.bytes)
        answer = session.call(
            "upload_part_copy",
            "copy",
            target_key,
            **multipart.where(part),
            CopySource=session.source(source_key),
            CopySourceRange=f"bytes={start}-{end - 1}",
            **_if_source(source),
        ).get("CopyPartResult")
        if not answer or not answer.get("ETag"):
            raise lacking_field("copy", session.on(target_key), "the etag of a part")
        checksums = {
            name: value for name, value in answer.items() if name.startswith("Checksum") and name != "ChecksumType"
        }
        transfer.moved(part, end - start)
        return {"ETag": part_etag(answer), **checksums}

    check_free(session, target_key, "copy")
    multipart.begin()
    multipart.run(-(-source.bytes // each), work, THREADS, transfer)
