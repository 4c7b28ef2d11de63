# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A signal ends the run after it has cleaned up, released its locks and printed a message."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType

from .._base.errors import EngineError
from .._base.sentences import joined

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Ended(KeyboardInterrupt):
    """A signal to end the run. It is not an ordinary exception, so that the engine does not handle it as a failure."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class InterruptedRun(EngineError):
    """The run was ended by a signal. The exit code is 128 + the signal's number, as in shells."""

    def __init__(self, number: int, said: str, next: str = "") -> None:
        name = signal.Signals(number).name
        self._text = f"Ended by {name}. {said}"
        super().__init__("", "", said, next, signal=name)
        self.exit_code = 128 + number

    def sentence(self) -> str:
        return joined(self._text, self.next)


@contextlib.contextmanager
def ending_on_signals() -> Iterator[None]:
    """Inside this context, a signal raises Ended in the main thread; a second signal ends the process immediately."""
    previous = {}

    def handle(number: int, frame: FrameType | None) -> None:
        for name in _NAMES:
            signal.signal(getattr(signal, name), lambda again, dummy: os._exit(128 + again))
        raise Ended(number)

    for name in _NAMES:
        number = getattr(signal, name)
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, or a shell's background job
            previous[number] = signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
