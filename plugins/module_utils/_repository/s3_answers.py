# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small readings of what S3 answers, and the headers of conditions."""

from __future__ import annotations

import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from .errors import StoreError
from .store import ObjectInfo, last_modified

FROZEN_CLASSES = ("GLACIER", "DEEP_ARCHIVE")


def conditions(if_absent: bool, if_match: str | None) -> dict[str, str]:
    """The headers of a conditional write."""
    out = {"If-None-Match": "*"} if if_absent else {}
    if if_match is not None:
        out["If-Match"] = f'"{if_match}"'
    return out


def etag_of(answer: dict[str, Any]) -> str:
    """The etag without its quotes."""
    return str(answer.get("ETag") or "").strip('"')


def info_of(key: str, facts: dict[str, Any]) -> ObjectInfo:
    """ObjectInfo from a HEAD's or a listing's answer."""
    return ObjectInfo(
        key,
        int(facts["ContentLength"]),
        etag_of(facts),
        str(facts.get("StorageClass") or ""),
        last_modified(facts.get("LastModified")),
        frozen_by(facts),
    )


def frozen_by(facts: dict[str, Any]) -> str:
    """Why an object cannot be read at once, "" where it can. It keeps its class while a thawed copy of it is there, and
    only ``Restore`` tells; Intelligent-Tiering puts objects to sleep without another class."""
    storage_class, tier = str(facts.get("StorageClass") or ""), str(facts.get("ArchiveStatus") or "")
    if storage_class not in FROZEN_CLASSES and not tier:
        return ""
    where = f"tier {tier} of storage class {storage_class}" if tier else f"storage class {storage_class}"
    thaw = str(facts.get("Restore") or "").replace(" ", "").lower()
    if 'ongoing-request="false"' in thaw:
        return ""
    if 'ongoing-request="true"' in thaw:
        return f"it is being thawed from {where}, which takes hours: try again later"
    return f"it is in {where} and must be thawed (restore-object) first"


def retried(error: StoreError) -> bool:
    """Whether the refusal came after a request that had been repeated."""
    response = getattr(error.__cause__, "response", None) or {}
    return int((response.get("ResponseMetadata") or {}).get("RetryAttempts") or 0) > 0


def store_time(answer: dict[str, Any]) -> datetime.datetime | None:
    """The store's clock, from its Date header; None when it sent none."""
    text = ((answer.get("ResponseMetadata") or {}).get("HTTPHeaders") or {}).get("date")
    return last_modified(parsedate_to_datetime(text)) if text else None
