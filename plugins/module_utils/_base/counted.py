# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A number with its noun."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """``1 archive``, ``2 archives``. noun: one whose plural ends in s."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
