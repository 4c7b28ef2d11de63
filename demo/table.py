# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table at the end: every step of ours, and the article's step beside it."""

from __future__ import annotations

import dataclasses
import textwrap

from terminal import Terminal, human


@dataclasses.dataclass(frozen=True)
class Cell:
    """One side of a step. None where it has no such thing."""

    seconds: float | None = None
    bytes: int | None = None
    proven: str = ""


@dataclasses.dataclass(frozen=True)
class Row:
    """One step on both sides."""

    step: str
    ours: Cell
    article: Cell = Cell()


_NUMBERS = ((6, "seconds"), (9, "bytes"))
_STEP = 11
_GAP = "  "


def show(terminal: Terminal, rows: list[Row]) -> None:
    """Print the rows; the sentences fill what is left of the width."""
    fixed = _STEP + 2 * (sum(width for width, _ in _NUMBERS) + 2 * len(_GAP)) + 2 * len(_GAP)
    room = terminal.width - fixed
    widths = (room * 11 // 20, room - room * 11 // 20)
    side = sum(width for width, _ in _NUMBERS) + len(_GAP) * 2
    terminal.line(
        f"{'':<{_STEP}}{_GAP}{'vectorops.qdrant':<{side + widths[0]}}{_GAP}the article's way".rstrip(), "bold", 0
    )
    heads = [_cells("", "s", "bytes", "what it proved")]
    terminal.line(_joined("step", heads * 2, widths), "", 0)
    terminal.line("\u2500" * terminal.width, "dim", 0)
    for row in rows:
        _show_row(terminal, row, widths)
    terminal.line("\u2500" * terminal.width, "dim", 0)


def _show_row(terminal: Terminal, row: Row, widths: tuple[int, int]) -> None:
    sides = (row.ours, row.article)
    folded = [textwrap.wrap(side.proven, width) or [""] for side, width in zip(sides, widths)]
    for number in range(max(map(len, folded))):
        cells = []
        for side, lines in zip(sides, folded):
            text = lines[number] if number < len(lines) else ""
            first = number == 0
            seconds = f"{side.seconds:.1f}" if first and side.seconds is not None else ""
            size = human(side.bytes) if first and side.bytes is not None else ""
            cells.append((seconds, size, text))
        terminal.line(_joined(row.step if number == 0 else "", cells, widths), "", 0)


def _cells(dummy: str, *texts: str) -> tuple[str, str, str]:
    return texts[0], texts[1], texts[2]


def _joined(step: str, sides: list[tuple[str, str, str]], widths: tuple[int, int]) -> str:
    out = f"{step:<{_STEP}}"
    for (seconds, size, text), width in zip(sides, widths):
        out += f"{_GAP}{seconds:>{_NUMBERS[0][0]}}{size:>{_NUMBERS[1][0]}}{_GAP}{text:<{width}}"
    return out.rstrip()
