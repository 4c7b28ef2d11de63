# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a bucket keeps of deleted objects, and which objects are under Object Lock."""

from __future__ import annotations

from typing import Any

from .._base.clock import now, utc_text
from .s3_objects import facts_of
from .s3_session import S3Session
from .s3_settings import settings
from .store import Deletion, last_modified


def deletion(session: S3Session, prefix: str) -> Deletion:
    """See Store.deletion. A store without Object Lock answers with an error; then objects are not asked for locks."""
    found = settings(session, prefix)
    return Deletion(
        versions=found.versioning in ("Enabled", "Suspended"),
        noncurrent_days=_noncurrent_days(found.rules or (), session.full_key(prefix)),
        locks=found.versioning == "Enabled" and found.lock != "off",
    )


def _noncurrent_days(rules: tuple[dict[str, Any], ...], prefix: str) -> int | None:
    """The days of the first rule that expires every noncurrent version below a prefix."""
    days = []
    for rule in rules:
        base = rule.get("Filter", {}).get("Prefix", rule.get("Prefix", ""))
        narrow = {*rule.get("Filter", {})} - {"Prefix"}
        number = (rule.get("NoncurrentVersionExpiration") or {}).get("NoncurrentDays")
        if rule.get("Status") == "Enabled" and not narrow and prefix.startswith(base or "") and number:
            days.append(int(number))
    return min(days, default=None)


def lock_of(session: S3Session, key: str) -> str:
    """See Store.lock_of."""
    facts = facts_of(session, key) or {}
    if str(facts.get("ObjectLockLegalHoldStatus") or "").upper() == "ON":
        return "Object Lock: legal hold"
    until = last_modified(facts.get("ObjectLockRetainUntilDate"))
    return f"Object Lock until {utc_text(until)}" if until is not None and until > now() else ""
