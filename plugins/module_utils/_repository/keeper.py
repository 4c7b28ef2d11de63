# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the repository's lock for the length of a run: renews it beside the work, and knows when it was lost."""

from __future__ import annotations

import contextlib
import threading
import time

from .._base.errors import EngineError, LockedError
from .lock import Lock


class Keeper:
    """Takes the lock when made; LockedError where another has it. ``sure`` before the commit, ``confirm`` before a step
    after which the work goes on, ``close`` at the end."""

    def __init__(self, lock: Lock, seconds: float) -> None:
        self._lock, self._seconds = lock, seconds
        self._ended = threading.Event()
        lock.take()
        self._renewed = time.monotonic()
        self._thread = threading.Thread(target=self._renew, args=(seconds / 3,), name="lock", daemon=True)
        self._thread.start()

    def sure(self) -> None:
        """Renew now; raises what the repository says when the lock is not ours any more."""
        self._rest()
        self._lock.renew()

    def confirm(self) -> None:
        """Renew now, and go on renewing. LockedError when the lock is not ours any more. A store that does not answer
        is trusted to the end of the time for which it gave us the lock."""
        try:
            self._renew_now()
        except LockedError:
            raise
        except EngineError:
            if time.monotonic() - self._renewed >= self._seconds:
                raise

    def close(self) -> None:
        """Give the lock back; where that fails it runs out by itself."""
        self._rest()
        self._lock.give_back()

    def _rest(self) -> None:
        self._ended.set()
        self._thread.join()

    def _renew(self, pause: float) -> None:
        while not self._ended.wait(pause):
            # The store may be back at the next turn, and ``sure`` has the last word.
            with contextlib.suppress(EngineError):
                self._renew_now()

    def _renew_now(self) -> None:
        began = time.monotonic()
        self._lock.renew()
        self._renewed = began
