# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The warnings of single collections, for reports that a person reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .named import named


def collection_warnings(report: dict[str, Any]) -> list[str]:
    """The warnings of single collections, each with its collection's name; without those of the whole report."""
    told = report.get("warnings") or ()
    found = [
        f"Collection {named(item)}: {text}"
        for item in report.get("collections") or ()
        for text in item.get("warnings") or ()
        if text not in told
    ]
    return list(dict.fromkeys(found))


_OF_A_NODE = re.compile(r"(?P<what>.+?): Could not .+? on https?://\S+: (?P<why>.+)", re.DOTALL)
_NAMED = 4  # of the things that failed for one reason


def folded(texts: Iterable[str]) -> list[str]:
    """The warnings in order; those that a node gave one reason for are one, with all that failed for it."""
    found: dict[str, dict[str, str]] = {}  # reason to the texts with it, each with what failed
    for text in texts:
        match = _OF_A_NODE.fullmatch(text)
        found.setdefault(match["why"] if match else text, {})[text] = match["what"] if match else text
    return [_of_one_reason(why, whats) for why, whats in found.items()]


def _of_one_reason(why: str, whats: Mapping[str, str]) -> str:
    names = list(whats.values())
    if len(names) == 1:
        return next(iter(whats))
    more = f"; and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{'; '.join(names[:_NAMED])}{more}: {why} ({len(names)} times)"
