# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits how many points are written in a second."""

from __future__ import annotations

import time
from typing import Callable


class Pace:
    """rate: points per second, 0 without a limit."""

    def __init__(
        self,
        rate: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate, self._clock, self._sleep = rate, clock, sleep
        self._free = clock()

    def most(self, batch: int) -> int:
        """Points of one batch: those of a second at most."""
        return min(batch, self._rate) if self._rate else batch

    def wait(self, points: int) -> None:
        """Wait until so many points may be written."""
        if not self._rate or not points:
            return
        pause = self._free - self._clock()
        if pause > 0:
            self._sleep(pause)
        self._free = max(self._free, self._clock()) + points / self._rate
