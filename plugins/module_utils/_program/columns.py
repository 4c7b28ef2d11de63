# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """Columns of equal width, two spaces apart; None is shown as a dash."""
    cells = [[str(cell) for cell in head]]
    cells += [["-" if cell is None else " ".join(str(cell).split()) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells]


def seconds(value: Any) -> str:
    """``1.4 s``, from a number or from the steps of a report."""
    return f"{sum(value.values()) if isinstance(value, dict) else value:.1f} s"
