# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads S3 answers. Stores leave fields out, so a missing field is not an error."""

from __future__ import annotations

import datetime
import re
from email.utils import parsedate_to_datetime
from typing import Any

from .errors import StoreError
from .store import ObjectInfo, last_modified
from .thaw import FROZEN_CLASSES, hours


def headers_of(answer: dict[str, Any]) -> dict[str, str]:
    """The headers of an answer, by lower-case name."""
    found = (answer.get("ResponseMetadata") or {}).get("HTTPHeaders") or {}
    return {str(name).lower(): str(value) for name, value in found.items()}


def etag_of(answer: dict[str, Any]) -> str:
    """The etag without quotes and without W/; "" if the store sends none."""
    return plain_etag(str(answer.get("ETag") or ""))


def plain_etag(text: str) -> str:
    """An etag for comparisons."""
    text = text.strip()
    return (text[2:] if text.startswith("W/") else text).strip('"')


def is_of_object(answer: dict[str, Any]) -> bool:
    """Whether an answer to HEAD or GET is about an object. Each store sends one of these fields, a proxy none."""
    return bool(etag_of(answer)) or "last-modified" in headers_of(answer)


def part_etag(answer: dict[str, Any]) -> str:
    """The etag of a part for the commit, as the store spelled it. Some proxies make etags weak, which no store takes
    back."""
    text = str(answer.get("ETag") or "").strip()
    return text[2:] if text.startswith("W/") else text


def is_part(answer: dict[str, Any]) -> bool:
    """Whether a store has sent the range that it was asked for, and not the whole object."""
    return bool(answer.get("ContentRange")) or (answer.get("ResponseMetadata") or {}).get("HTTPStatusCode") == 206


def length_of(answer: dict[str, Any]) -> int | None:
    """The size of the whole object, from a HEAD, a GET or a part of a GET; None if the answer has none."""
    whole = re.match(r"bytes \d+-\d+/(\d+)$", str(answer.get("ContentRange") or ""))
    if whole:
        return int(whole[1])
    length = answer.get("ContentLength")
    return length if isinstance(length, int) and not is_part(answer) else None


def info_of(key: str, facts: dict[str, Any]) -> ObjectInfo:
    """ObjectInfo from the answer to a HEAD, with the size in it, or from an entry of a listing."""
    return ObjectInfo(
        key,
        int(facts["ContentLength"]),
        etag_of(facts),
        str(facts.get("StorageClass") or ""),
        last_modified(facts.get("LastModified")),
        frozen_by(facts),
    )


def frozen_by(facts: dict[str, Any]) -> str:
    """Why an object cannot be read now, "" if it can. It keeps its class while a restored copy exists, and only
    ``Restore`` shows the copy. Intelligent-Tiering archives objects without changing their class."""
    storage_class, tier = str(facts.get("StorageClass") or ""), str(facts.get("ArchiveStatus") or "")
    if storage_class not in FROZEN_CLASSES and not tier:
        return ""
    where = f"tier {tier} of storage class {storage_class}" if tier else f"storage class {storage_class}"
    thaw = str(facts.get("Restore") or "").replace(" ", "").lower()
    if 'ongoing-request="false"' in thaw:
        return ""
    if 'ongoing-request="true"' in thaw:
        return f"it is being restored from {where}, which takes {hours(tier or storage_class)}: try again later"
    return f"it is in {where}: restore it first (aws s3api restore-object), which takes {hours(tier or storage_class)}"


def retried(error: StoreError) -> bool:
    """Whether the refused request was a repetition."""
    response = getattr(error.__cause__, "response", None) or {}
    return int((response.get("ResponseMetadata") or {}).get("RetryAttempts") or 0) > 0


def store_time(answer: dict[str, Any]) -> datetime.datetime | None:
    """The store's clock, from the Date header; None if there is none."""
    try:
        return last_modified(parsedate_to_datetime(headers_of(answer)["date"]))
    except (KeyError, TypeError, ValueError):
        return None
