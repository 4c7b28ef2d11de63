# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a call that takes as long as the data is big, but not for a node that is dead.

A recover is silent until it is done, so no read time-out can tell a long one from a hung node. The call waits in a
thread of its own, and meanwhile the node is asked for a sign of life. A node that lives may still never answer (a
proxy lost the answer and kept the connection): whoever can see the outcome otherwise says so by ``look``.
"""

from __future__ import annotations

import threading
import time
from typing import Callable, TypeVar

T = TypeVar("T")
_TICK = 1.0


class Abandoned(Exception):
    """The call was given up; its thread may still wait. The text says why."""


def wait_watched(
    call: Callable[[], T],
    alive: Callable[[], bool],
    *,
    deadline: float | None,
    silence: float,
    every: float = 5.0,
    over: Callable[[], str] | None = None,
) -> T:
    """What ``call`` returns or raises; Abandoned after ``deadline`` seconds, or ``silence`` seconds without life.

    alive: asked every ``every`` seconds. over: asked each second, says why the call is to be given up ("": it is not).
    The thread is a daemon: one that waits for ever does not keep the process.
    """
    returned: list[T] = []
    raised: list[BaseException] = []
    done = threading.Event()

    def work() -> None:
        try:
            returned.append(call())
        except BaseException as error:  # noqa: BLE001  raised again by who waits
            raised.append(error)
        finally:
            done.set()

    every = every if over is None else min(every, _TICK)
    start = last_sign = time.monotonic()
    threading.Thread(target=work, daemon=True, name="qdrant-call").start()
    while not done.wait(every if deadline is None else max(0.01, min(every, start + deadline - time.monotonic()))):
        if deadline is not None and time.monotonic() - start >= deadline:
            raise Abandoned(f"the node did not answer within {deadline:g} seconds")
        why = over() if over is not None else ""
        if why:
            raise Abandoned(why)
        if alive():
            last_sign = time.monotonic()
        elif time.monotonic() - last_sign > silence:
            raise Abandoned(f"the node showed no sign of life for {silence:g} seconds")
    if raised:
        raise raised[0]
    return returned[0]
