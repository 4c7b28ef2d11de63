# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers and names as a reader wants them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_COUNTED = (
    ("points", "point", "points"),
    ("queries", "query", "queries"),
    ("indexes", "payload index", "payload indexes"),
)


def span(seconds: float | None) -> str:
    """``0.04 s``, ``12.3 s``, ``4 min 10 s``, ``3 h 5 min``, ``2 d 4 h``; a dash if it is unknown."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 3600:
        return _two(whole, 60, "min", 1, "s")
    if whole < 86400:
        return _two(whole, 3600, "h", 60, "min")
    return _two(whole, 86400, "d", 3600, "h")


def _two(whole: int, large: int, large_word: str, small: int, small_word: str) -> str:
    rest = whole % large // small
    return f"{whole // large} {large_word}" + (f" {rest} {small_word}" if rest else "")


def count(number: int | None) -> str:
    """``1,234,567``; a dash if it is unknown."""
    return "–" if number is None else f"{number:,}"


def pointing(aliases: Sequence[str]) -> str:
    """``live points``, ``live, search point``."""
    return f"{', '.join(aliases)} {'points' if len(aliases) == 1 else 'point'}"


def compared(found: Mapping[str, Any]) -> Iterator[str]:
    """What was compared, in words. found: of the report of a restore or of a drill; the engine's "count" is a number,
    so its "count_compared" says whether it was compared."""
    if found.get("hash"):
        yield "SHA-256 of the archive"
    if found.get("count_compared", found.get("count") is True):
        yield "exact count"
    for name, single, many in _COUNTED:
        number = found.get(name)
        if isinstance(number, int) and number:
            yield f"{number} {single if number == 1 else many}"


def moment(text: str) -> str:
    """``2026-11-22 19:00 UTC`` of a time in a report."""
    return f"{text[:10]} {text[11:16]} UTC" if len(text) >= 16 and text[10:11] == "T" else text
