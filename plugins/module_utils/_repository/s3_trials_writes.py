# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trials of conditions and copies, and what the program learns from all of them."""

from __future__ import annotations

from typing import Any, Callable

from .errors import StoreError
from .s3_answers import etag_of
from .s3_multipart import abort_upload
from .s3_objects import head
from .s3_session import S3Session
from .traits import BARE, KEPT, NO, NONE, QUOTED, SINGLE, YES
from .traits import IGNORED as NOT_KEPT
from .traits import REFUSED as NOT_TAKEN
from .trial import CONTENT, CONTENT_MD5, FAILED, IGNORED, REFUSED, WORKS, Trial, attempt, must_refuse, not_good

_WRONG = "0" * 32  # the etag of nothing
_CONDITIONAL = {
    "if_absent": "conditional_put",
    "multipart_if_absent": "conditional_complete",
    "copy_if_absent": "copy_conditional",
}
_CONDITION = {WORKS: KEPT, IGNORED: NOT_KEPT, REFUSED: NOT_TAKEN}


def conditions(session: S3Session, scratch: str) -> dict[str, Trial]:
    """A write to a taken key, and writes with the right and with a wrong etag, in both spellings."""
    key = scratch + "probe"
    put = _putter(session, key)
    out = {"if_absent": must_refuse(lambda: put({"If-None-Match": "*"}), "exists")}

    def right(spelling: str) -> Trial:
        found = head(session, key)
        etag = session.spelled(found.etag if found else "", spelling)
        trial = _true_condition(lambda: put({"If-Match": etag}))
        return Trial(WORKS, "with the etag without quotes") if (trial.outcome, spelling) == (WORKS, BARE) else trial

    quoted = right(QUOTED)
    bare = quoted if quoted.outcome == WORKS else right(BARE)
    out["if_match"] = bare if bare.outcome == WORKS else quoted
    out["if_match_wrong"] = must_refuse(lambda: put({"If-Match": session.spelled(_WRONG, QUOTED)}), "changed", "exists")
    bare_wrong = must_refuse(lambda: put({"If-Match": _WRONG}), "changed", "exists")
    if bare_wrong.outcome == IGNORED:
        out["if_match_wrong"] = bare_wrong
    return out


def copies(session: S3Session, scratch: str) -> dict[str, Trial]:
    """Copies of an object, of one made of parts, onto a taken key, and by parts."""
    target = scratch + "copy"
    plain = _true_condition(lambda: _copy(session, scratch + "probe", target))
    out = {"copy": plain}
    if plain.outcome == WORKS:
        out["copy_of_parts"] = _true_condition(lambda: _copy(session, scratch + "multipart", target))
        out["copy_if_absent"] = must_refuse(
            lambda: _copy(session, scratch + "probe", target, {"If-None-Match": "*"}), "exists"
        )
    out["part_copy"] = attempt(lambda: _copy_part(session, scratch + "probe", target))
    return out


def learn(session: S3Session, trials: dict[str, Trial]) -> None:
    """What later runs need not find out again. Only what was seen for certain: not what was denied or failed."""

    def outcome(name: str) -> str:
        return trials[name].outcome if name in trials else ""

    seen: dict[str, str] = {}
    for name, trait in _CONDITIONAL.items():
        if outcome(name) in _CONDITION:
            seen[trait] = _CONDITION[outcome(name)]
    if outcome("if_match") == WORKS and outcome("if_match_wrong") == WORKS:
        seen["if_match"] = BARE if trials["if_match"].said else QUOTED
    elif outcome("if_match") == REFUSED or outcome("if_match_wrong") in (IGNORED, REFUSED):
        seen["if_match"] = NONE
    if outcome("copy") == REFUSED:
        seen["copy"] = NO
    elif outcome("copy") == WORKS and outcome("copy_of_parts") in (WORKS, REFUSED):
        seen["copy"] = YES if outcome("copy_of_parts") == WORKS else SINGLE
    if outcome("part_copy") in (WORKS, REFUSED):
        seen["upload_part_copy"] = YES if outcome("part_copy") == WORKS else NO
    session.learn(**seen)


def _true_condition(work: Callable[[], Any]) -> Trial:
    """Of a request whose condition is true: a store that says it is not refuses what it gave itself."""
    try:
        return Trial(FAILED, "the store's answer is not what was asked for") if work() is False else Trial(WORKS)
    except StoreError as error:
        return Trial(REFUSED, error.said) if error.kind in ("exists", "changed") else not_good(error)


def _putter(session: S3Session, key: str) -> Callable[[dict[str, str]], Any]:
    def put(headers: dict[str, str]) -> None:
        check = {} if session.checksums == NONE else {"ContentMD5": CONTENT_MD5}  # Object Lock demands it
        more: dict[str, Any] = {**check, **session.encryption()}
        session.call("put_object", "write", key, headers=headers, Key=session.full_key(key), Body=CONTENT, **more)

    return put


def _copy(session: S3Session, source: str, target: str, headers: dict[str, str] | None = None) -> bool:
    where: dict[str, Any] = {"Key": session.full_key(target), "CopySource": session.source(source)}
    found = head(session, source)
    if found is not None and found.etag:
        where["CopySourceIfMatch"] = session.spelled(found.etag)
    session.call("copy_object", "copy", target, headers=headers, **where, **session.encryption())
    info = head(session, target)
    return info is not None and info.bytes == len(CONTENT)


def _copy_part(session: S3Session, source: str, target: str) -> bool:
    where: dict[str, Any] = {"Key": session.full_key(target)}
    begun = session.call("create_multipart_upload", "copy", target, **where, **session.encryption())
    where["UploadId"] = upload = str(begun.get("UploadId") or "")
    try:
        part: dict[str, Any] = {
            "PartNumber": 1,
            "CopySource": session.source(source),
            "CopySourceRange": f"bytes=0-{len(CONTENT) - 1}",
        }
        answer = session.call("upload_part_copy", "copy", target, **where, **part).get("CopyPartResult") or {}
        parts = {"Parts": [{"PartNumber": 1, "ETag": f'"{etag_of(answer)}"'}]}
        session.call("complete_multipart_upload", "copy", target, **where, MultipartUpload=parts)
    except BaseException:
        abort_upload(session, target, upload)
        raise
    info = head(session, target)
    return info is not None and info.bytes == len(CONTENT)
