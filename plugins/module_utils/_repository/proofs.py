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
    """{"at", "collections": [[name, grade, ok, detail]]}: the parts of a proof that ``grades_of`` needs."""
    items = document.get("collections", [])
    return {
        "at": str(document.get("at") or document.get("proven_at") or ""),
        "collections": [
            [str(item.get("name")), _grade(item.get("grade")), bool(item.get("ok")), str(item.get("detail") or "")]
            for item in items
        ],
    }


def grades_of(verdicts: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Archive (its ``part_name``: the collection, or a shard of it) to {"grade": best grade proven, "at": when,
    "failed": the failure in the newest proof or None}."""
    found: dict[str, dict[str, Any]] = {}
    for proof in sorted(verdicts, key=lambda verdict: str(verdict["at"])):
        for name, grade, ok, detail in proof["collections"]:
            state = found.setdefault(name, {"grade": 0, "at": None, "failed": None})
            if ok:
                state["failed"] = None
                if grade >= state["grade"]:
                    state["grade"], state["at"] = grade, proof["at"] or None
            else:
                state["failed"] = detail or "it was not proven"
    return found


def _grade(value: Any) -> int:
    """A grade; 0 if it is invalid, because another program may have written the document."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
