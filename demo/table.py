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


_SECONDS, _BYTES, _STEP = 5, 8, 9
_GAP = "  "


def show(terminal: Terminal, rows: list[Row]) -> None:
    """Print the rows; the sentences fill what is left of the width."""
    side = len(_GAP) * 2 + _SECONDS + _BYTES
    room = terminal.width - _STEP - 2 * side
    widths = (room * 11 // 20, room - room * 11 // 20)
    terminal.line(f"{'':<{_STEP}}{_GAP}{'vectorops.qdrant':<{side + widths[0]}}the article's way", "bold", 0)
    head = ("s", "bytes", "what it proved")
    terminal.line(_joined("step", [head, head], widths), "", 0)
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


def _joined(step: str, sides: list[tuple[str, str, str]], widths: tuple[int, int]) -> str:
    out = f"{step:<{_STEP}}"
    for (seconds, size, text), width in zip(sides, widths):
        out += f"{_GAP}{seconds:>{_SECONDS}}{size:>{_BYTES}}{_GAP}{text:<{width}}"
    return out.rstrip()
