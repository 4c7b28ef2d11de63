# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line for a step without a known total: its duration so far, and its state."""

from __future__ import annotations

import os
import time
from typing import Any

from .._base.plan import human_bytes
from .._base.progress import Event

_USUAL = 80


class LiveLine:
    """The line is drawn by tqdm, so that lines and bars do not overwrite each other."""

    def __init__(self, library: Any, title: str, stream: Any) -> None:
        self._title, self._stream, self._began = title, stream, time.monotonic()
        self._bar = library(bar_format="{desc}", file=stream, **shape(stream))

    def tell(self, event: Event) -> None:
        """Redraw the line, after an event or because time has passed."""
        self._draw(event)

    def close(self) -> None:
        """End the step: its duration stays on the screen."""
        self._draw(None)
        self._bar.close()

    def _draw(self, event: Event | None) -> None:
        text = live_text(self._title, time.monotonic() - self._began, event)
        # A line that wraps cannot be redrawn.
        self._bar.set_description_str(text[: (columns(self._stream) or _USUAL) - 1])


def columns(stream: Any) -> int:
    """The terminal's width; 0 if unknown, for example on a serial console."""
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError, AttributeError):
        return 0


def shape(stream: Any) -> dict[str, Any]:
    """The terminal's size for tqdm, which draws nothing if the size is unknown."""
    return {"dynamic_ncols": True} if columns(stream) else {"ncols": _USUAL, "nrows": 24}


def live_text(title: str, seconds: float, event: Event | None) -> str:
    """``recover articles: 12 s, 341.0 MiB so far (given up when nothing arrives for 120 s)``; None: it is over."""
    text = f"{title}: {seconds:.0f} s"
    if event is None:
        return text
    text += f", {human_bytes(event.done)} so far" if event.done is not None else ""
    return text + (f" ({event.text})" if event.text else "")
