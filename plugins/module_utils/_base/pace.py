# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pauses between questions that are work for a server, so that they stay a small part of its time.

Qdrant collects its metrics for each collection when they are read: 40 to 57 ms of processor time for 300 collections
(1.19.0), and so much more for thousands.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

_PARTS = 20  # a question takes at most one of so many parts of the time


class Pace:
    """``pause``: seconds until the next question, ``every`` at first, longer after a slow answer, ``longest`` at most.
    Ask within ``measured``."""

    def __init__(self, every: float, longest: float = float("inf")) -> None:
        self._every, self._longest = every, longest
        self._took = 0.0

    @property
    def pause(self) -> float:
        """Seconds."""
        return min(max(self._every, _PARTS * self._took), max(self._every, self._longest))

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        """Around a question: also one that fails counts."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._took = time.monotonic() - began
