# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ctrl-C at any moment, and nothing is left behind: the first signal ends the story, later ones do nothing."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """Somebody wants the demo to end. Not an Exception, lest it be taken for a failing step."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.exit_code = 128 + signum


class Interrupts:
    """Turns signals into Interrupted, raised in the main thread; not while they are held back."""

    def __init__(self) -> None:
        self._held = 0
        self._waiting: int | None = None
        self._over = False

    def install(self) -> None:
        """From here on signals end the demo in order."""
        for signum in SIGNALS:
            signal.signal(signum, self._arrived)

    def ignore(self) -> None:
        """From here on the demo is cleaning up anyway."""
        self._over = True

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """For moments between making something and noting that it must be cleaned up: a signal waits until the end."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        if self._waiting is not None and not self._held:
            self._raise(self._waiting)

    def _arrived(self, signum: int, dummy_frame: FrameType | None) -> None:
        if self._held:
            self._waiting = signum
        else:
            self._raise(signum)

    def _raise(self, signum: int) -> None:
        if not self._over:
            self._over = True
            raise Interrupted(signum)
