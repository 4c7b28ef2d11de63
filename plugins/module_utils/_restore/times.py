# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seconds of the phases of a run."""

from __future__ import annotations

import time


class Times:
    """Wall-clock seconds of the phases of a run."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        self._phases: dict[str, float] = {}

    def note(self, phase: str) -> None:
        """A phase has ended."""
        at = time.monotonic()
        self._phases[phase], self._last = round(at - self._last, 3), at

    def all(self) -> dict[str, float]:
        """Seconds by phase, and "total"."""
        return {**self._phases, "total": round(self._last - self._began, 3)}
