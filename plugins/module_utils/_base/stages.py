# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durations of the stages of one task, also of a task that failed."""

from __future__ import annotations

import time


class Stages:
    """``with stages("upload"): ...``; ``seconds`` is shown in reports. A repeated stage adds up."""

    def __init__(self, seconds: dict[str, float] | None = None) -> None:
        self.seconds: dict[str, float] = {} if seconds is None else seconds

    def __call__(self, name: str) -> Stage:
        """One stage, started by ``with``."""
        return Stage(self.seconds, name)


class Stage:
    """One stage that runs."""

    def __init__(self, seconds: dict[str, float], name: str) -> None:
        self._seconds, self._name, self._began = seconds, name, 0.0

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *exc: object) -> None:
        spent = time.monotonic() - self._began
        self._seconds[self._name] = round(self._seconds.get(self._name, 0.0) + spent, 3)
