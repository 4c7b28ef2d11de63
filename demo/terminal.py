# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo writes: plain text with a little emphasis on a terminal, without any in a file (or with NO_COLOR)."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap

_STYLES = {"bold": "1", "dim": "2", "good": "32", "bad": "31"}


class Terminal:
    """Writes to standard output. ``width``: columns to fill, never more than one can read."""

    def __init__(self) -> None:
        plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
        self._styled = sys.stdout.isatty() and not plain
        self.width = max(80, min(118, shutil.get_terminal_size((100, 24)).columns))
        self._chapter = 0

    def style(self, text: str, style: str) -> str:
        """The text, emphasised where that is possible."""
        return f"\033[{_STYLES[style]}m{text}\033[0m" if self._styled and style else text

    def line(self, text: str = "", style: str = "", indent: int = 3) -> None:
        """One line as it is."""
        print(" " * indent + self.style(text, style) if text else "", flush=True)

    def text(self, text: str, style: str = "", indent: int = 3) -> None:
        """A text, folded to the width."""
        for line in textwrap.wrap(text, self.width - indent):
            self.line(line, style, indent)

    def chapter(self, title: str) -> None:
        """The heading of a step."""
        self._chapter += 1
        self.line()
        self.line(f"{self._chapter}  {title}", "bold", 0)

    def heading(self, title: str) -> None:
        """A heading without a number."""
        self.line()
        self.line(title, "bold", 0)

    def fact(self, name: str, value: str, style: str = "") -> None:
        """A name and what it is."""
        self.line(f"{name:<10} {self.style(value, style)}")


def human(count: float) -> str:
    """Bytes for a person: 3.4 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit in ("B", "kB") else f"{count:.1f} {unit}"
        count /= 1000
    return ""


def several(count: int, word: str) -> str:
    """1 point, 2 points, 3 queries."""
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{count:,} {word if count == 1 else plural}"
