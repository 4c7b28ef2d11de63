# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The warnings of single collections, for reports that a person reads."""

from __future__ import annotations

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
