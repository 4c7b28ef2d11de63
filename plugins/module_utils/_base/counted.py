# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers with their nouns."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, noun: str, plural: str = "") -> str:
    """``1 archive``, ``2 archives``. plural: where it is not the noun with an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {plural or noun + 's'}"


def points(count: int | None) -> str:
    """``2000 points``, also for a number that is not known."""
    return "number of points unknown" if count is None else counted(count, "point")


def was(count: int) -> str:
    """``1 was``, ``2 were``."""
    return f"{count} was" if count == 1 else f"{count} were"


def few(names: Sequence[str], most: int = 3, more: str = "more") -> str:
    """``a, b, c and 4 more``. most: how many are named; more: the word for the others."""
    others = f" and {len(names) - most} {more}" if len(names) > most else ""
    return ", ".join(names[:most]) + others
