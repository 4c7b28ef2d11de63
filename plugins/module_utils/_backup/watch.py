# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports progress from several threads, and stops running work when the run must end."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

from .._base.progress import Event, Progress
from .errors import Stopped

# A busy Python thread (the import of the store's library) keeps the interpreter for 5 ms. The many short requests to
# the node took twice as long beside it.
_SWITCH_SECONDS = 0.0005


@contextlib.contextmanager
def brisk_threads() -> Iterator[None]:
    """Switch threads quickly during a run."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


class Watch:
    """Wraps the caller's progress callback. Long work calls ``forward``, so it can be stopped."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._one = threading.Lock()
        self._stopped = threading.Event()
        self.began = time.monotonic()

    def tell(self, step: str, subject: str = "", done: int | None = None, total: int | None = None) -> None:
        """One event of the backup itself."""
        self.forward(Event(step, subject, done, total))

    def forward(self, event: Event) -> None:
        """The progress callback for other packages. Raises Stopped if the run is ending."""
        if self._stopped.is_set():
            raise Stopped("go on with", event.subject, "the run is ending")
        with self._one:
            self._progress(event)

    def stop(self) -> None:
        """Stop other threads at their next progress event."""
        self._stopped.set()

    def again(self) -> Watch:
        """The same, not stopped."""
        fresh = Watch(self._progress)
        fresh.began = self.began
        return fresh

    @property
    def seconds(self) -> float:
        """Seconds since the start of the run."""
        return time.monotonic() - self.began
