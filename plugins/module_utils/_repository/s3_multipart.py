# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A multipart object: its parts are sent or copied by a few threads, then it is committed or aborted."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Callable

from .errors import StoreError
from .parallel import Transfer
from .s3_errors import is_about_request, lacking_field, not_stored
from .s3_objects import facts_of
from .s3_session import S3Session
from .traits import KEPT, NO, REFUSED

MOST_PARTS = 9_900  # stores stop at 10,000
TOKEN = "qdrant-backup-upload"
PartFacts = dict[str, Any]  # ETag, and the checksum if the store echoed it: the commit repeats them


def own_token() -> str:
    """A token that identifies the object of one writer."""
    return os.urandom(16).hex()


def is_ours(session: S3Session, facts: dict[str, Any] | None, token: str) -> bool | None:
    """Whether an object with this HEAD has the token; None if it has no token."""
    found = {str(name).lower(): value for name, value in ((facts or {}).get("Metadata") or {}).items()}
    return found[TOKEN] == token if TOKEN in found else None


class Multipart:
    """``run`` does everything. verb: for messages; work: transfers one part and returns its facts."""

    def __init__(self, session: S3Session, key: str, verb: str, token: str, *, if_absent: bool) -> None:
        self.session, self.key, self.verb, self.token, self.if_absent = session, key, verb, token, if_absent
        self.upload_id = ""

    def where(self, part: int) -> dict[str, Any]:
        """The parameters of part number ``part`` (from 0)."""
        return {"Key": self.session.full_key(self.key), "UploadId": self.upload_id, "PartNumber": part + 1}

    def begin(self, **more: Any) -> dict[str, Any]:
        """Open the upload; returns the store's answer."""
        session = self.session
        answer = session.call(
            "create_multipart_upload",
            self.verb,
            self.key,
            Key=session.full_key(self.key),
            Metadata={TOKEN: self.token},
            **session.encryption(),
            **session.storage_class(),
            **more,
        )
        self.upload_id = str(answer.get("UploadId") or "")
        if not self.upload_id:
            raise lacking_field(self.verb, session.on(self.key), "an upload id")
        return answer

    def run(self, parts: int, work: Callable[[int], PartFacts], threads: int, transfer: Transfer) -> None:
        """Transfer every part and commit; on any error, abort the upload."""
        done: list[PartFacts] = [{}] * parts

        def make(part: int) -> None:
            done[part] = {"PartNumber": part + 1, **work(part)}

        try:
            transfer.run(parts, make, threads)
            self._complete(done)
        except BaseException as error:
            silent = isinstance(error, StoreError) and error.kind in ("stalled", "unreachable")
            with contextlib.suppress(StoreError):  # the first failure is the one to report; the next run cleans up
                self.abort(hasty=silent or not isinstance(error, Exception))
            raise

    def abort(self, *, hasty: bool = False) -> None:
        """Abort the upload."""
        abort_upload(self.session, self.key, self.upload_id, hasty=hasty)

    def _complete(self, parts: list[PartFacts]) -> None:
        """Commit. No error if a repeated request is refused because the first one succeeded and its answer was lost."""
        try:
            self._commit(parts)
        except StoreError as error:
            if error.kind not in ("exists", "not_found") or not self._was_done():
                raise

    def _commit(self, parts: list[PartFacts]) -> None:
        """If the store refuses the request, it is sent without the parts' checksums (each was confirmed when its part
        was sent), then without the condition."""
        session = self.session
        bare = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]
        named = bare != parts and session.traits.complete_checksums != NO
        conditional = self.if_absent and session.sends_if_absent("conditional_complete") and session.sends_if_absent()
        ways = [(conditional, named)]
        ways += [(conditional, False)] if named else []
        ways += [(False, named)] if conditional else []
        ways += [(False, False)] if conditional and named else []
        first: StoreError | None = None
        for condition, checksums in ways:
            if self.if_absent and not condition:
                session.demand_conditions(first.said if first else "")
                check_free(session, self.key, self.verb)
            try:
                self._ask(parts if checksums else bare, condition)
            except StoreError as error:
                if condition and error.kind == "exists":
                    session.learn(conditional_complete=KEPT)
                if not is_about_request(error) and not (checksums and error.kind == "bad_digest"):
                    raise
                first = first or error
                continue
            if first is not None:
                session.learn(
                    **({"complete_checksums": NO} if named and not checksums else {}),
                    **({"conditional_complete": REFUSED} if conditional and not condition else {}),
                )
            return
        if first is not None:
            raise first

    def _ask(self, parts: list[PartFacts], conditional: bool) -> None:
        answer = self.session.call(
            "complete_multipart_upload",
            f"commit the {self.verb} of",
            self.key,
            headers={"If-None-Match": "*"} if conditional else {},
            Key=self.session.full_key(self.key),
            UploadId=self.upload_id,
            MultipartUpload={"Parts": parts},
        )
        if not any(answer.get(name) for name in ("ETag", "Location", "Key", "Bucket")):
            self._demand_object()

    def _demand_object(self) -> None:
        """StoreError if the key does not exist after a commit. For answers without a field of the object, which a proxy
        may have sent."""
        if facts_of(self.session, self.key) is None:
            raise not_stored(f"commit the {self.verb} of", self.session.on(self.key))

    def _was_done(self) -> bool:
        """If the answer of a commit is lost, its repetition is refused: the token shows whether the object is from this
        run."""
        with contextlib.suppress(StoreError):
            return is_ours(self.session, facts_of(self.session, self.key), self.token) is True
        return False


def abort_upload(session: S3Session, key: str, upload_id: str, *, hasty: bool = False) -> None:
    """Abort an unfinished upload; no error if it does not exist."""
    try:
        session.call(
            "abort_multipart_upload",
            "abort the upload of",
            key,
            Key=session.full_key(key),
            UploadId=upload_id,
            hasty=hasty,
        )
    except StoreError as error:
        if error.kind != "not_found":
            raise


def check_free(session: S3Session, key: str, verb: str) -> None:
    """StoreError if the key exists. Without permission to check, continue: the condition of the commit decides."""
    try:
        facts = facts_of(session, key)
    except StoreError as error:
        if error.kind != "forbidden":
            raise
        return
    if facts is not None:
        raise StoreError(
            verb,
            session.on(key),
            "it already exists",
            "Stored objects are never overwritten: check this key, or use another name or id.",
            kind="exists",
            status=412,
        )
