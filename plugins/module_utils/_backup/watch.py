# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells progress from several threads one word at a time, and ends work under way when the run must end."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

from .._base.progress import Event, Progress
from .errors import Stopped

# Python lets a busy thread (the import of the store's library) keep the interpreter for 5 ms whenever another one wants
# it; the questions to the node are many and short, and took twice as long beside it.
_SWITCH_SECONDS = 0.0005


@contextlib.contextmanager
def brisk_threads() -> Iterator[None]:
    """Let threads take turns quickly for the length of a run."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


class Watch:
    """Wraps the caller's progress callback. Every room that works for long calls ``forward``, so it can be stopped."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._one = threading.Lock()
        self._stopped = threading.Event()
        self.began = time.monotonic()

    def tell(self, step: str, subject: str = "", done: int | None = None, total: int | None = None) -> None:
        """One event of the backup itself."""
        self.forward(Event(step, subject, done, total))

    def forward(self, event: Event) -> None:
        """The progress callback for other rooms. Raises Stopped when the run is ending."""
        if self._stopped.is_set():
            raise Stopped("go on with", event.subject, "the run is ending")
        with self._one:
            self._progress(event)

    def stop(self) -> None:
        """End what other threads do at their next word."""
        self._stopped.set()

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self.began


class Stages:
    """Seconds of one collection's stages: ``with stages("upload"): ...``; ``seconds`` is what the report shows."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def __call__(self, name: str) -> Stage:
        return Stage(self, name)


class Stage:
    """One stage under way."""

    def __init__(self, stages: Stages, name: str) -> None:
        self._stages, self._name, self._began = stages, name, 0.0

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *exc: object) -> None:
        spent = time.monotonic() - self._began
        self._stages.seconds[self._name] = round(self._stages.seconds.get(self._name, 0.0) + spent, 3)
