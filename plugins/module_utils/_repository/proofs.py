# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads documents of proofs, completely or only the parts that grades need. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .._base.clock import parse_utc, utc_text
from .layout import ProofKey

HIGHEST_GRADE = 4


def parse_proof(data: bytes, key: ProofKey) -> dict[str, Any] | None:
    """The document of a proof; None if it is not a proof."""
    try:
        document = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not _is_list_of_objects(document.get("collections", [])):
        return None
    return {"grade": key.grade, "proven_at": utc_text(parse_utc(key.utc)), **document}


def verdicts_of(document: dict[str, Any]) -> dict[str, Any]:
    """{"at", "collections": [[name, grade, ok, detail]]}: the parts of a proof that ``grades_of`` needs. grade: of a
    failure, the one that was attempted."""
    items = document.get("collections", [])
    return {
        "at": str(document.get("at") or document.get("proven_at") or ""),
        "collections": [
            [str(item.get("name")), _proven_or_attempted(item), _is_ok(item), str(item.get("detail") or "")]
            for item in items
        ],
    }


def grades_of(verdicts: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Archive (its ``part_name``: the collection, or a shard of it) to {"grade": best grade proven, "at": when,
    "failed": the newest failure that no later proof clears or None, "failed_grade": the grade of a proof that clears
    all failures, 0 without one}.

    Only a proof of at least the grade that was attempted clears a failure: hashing the bytes again says nothing of
    their contents. Of one time, the failure counts."""
    items = [(str(proof["at"]), *item) for proof in verdicts for item in proof["collections"]]
    found: dict[str, dict[str, Any]] = {}
    failures: dict[str, dict[int, str]] = {}  # of an archive, by the grade that was attempted, the newest last
    for at, name, grade, ok, detail in sorted(items, key=lambda item: (item[0], not item[3])):
        state = found.setdefault(name, {"grade": 0, "at": None, "failed": None, "failed_grade": 0})
        left = {tried: why for tried, why in failures.get(name, {}).items() if not ok or tried > grade}
        if not ok:
            left.pop(grade, None)
            left[grade] = detail or "it was not proven"
        elif grade >= state["grade"]:
            state["grade"], state["at"] = grade, at or None
        failures[name] = left
        state["failed"] = list(left.values())[-1] if left else None
        state["failed_grade"] = max(left, default=0)
    return found


def _is_ok(item: dict[str, Any]) -> bool:
    return item.get("ok") is True


def _proven_or_attempted(item: dict[str, Any]) -> int:
    """The grade of a good archive; of another the attempted one. A document that does not record it, because an earlier
    version wrote it, counts as of the highest grade."""
    if _is_ok(item):
        return _grade(item.get("grade"))
    attempted = _grade(item.get("attempted_grade"))
    return attempted if 1 <= attempted <= HIGHEST_GRADE else HIGHEST_GRADE


def _grade(value: Any) -> int:
    """A grade; 0 if it is invalid, because another program may have written the document."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
