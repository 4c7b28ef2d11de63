# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for a call whose duration depends on the data, but not for a dead node.

A recover sends no bytes until it is done, so a read time-out cannot distinguish a long one from a hung node. The call
waits in its own thread, while other requests check that the node answers. A running node may still never answer this
call (a proxy lost the answer but kept the connection): a caller that sees the result otherwise reports it by ``over``.
"""

from __future__ import annotations

import threading
import time
from typing import Callable, TypeVar

from .._base.pace import Pace

T = TypeVar("T")
_TICK = 1.0
_LONGEST = 10.0  # between two questions, however long their answers take


class Abandoned(Exception):
    """The call was abandoned; its thread may still wait. The text says why."""


def wait_watched(
    call: Callable[[], T],
    alive: Callable[[], bool],
    *,
    deadline: float | None,
    silence: float,
    every: float = 5.0,
    over: Callable[[], str] | None = None,
) -> T:
    """The result or error of ``call``; Abandoned after ``deadline`` seconds, or ``silence`` seconds without an answer.

    alive: called every ``every`` seconds. over: called each second, less often if it takes long; returns why to abandon
    the call ("" to continue). The thread is a daemon, so it does not block the exit of the process.
    """
    returned: list[T] = []
    raised: list[BaseException] = []
    done = threading.Event()

    def work() -> None:
        try:
            returned.append(call())
        except BaseException as error:  # noqa: BLE001  raised again by the caller
            raised.append(error)
        finally:
            done.set()

    pace = Pace(every if over is None else min(every, _TICK), _LONGEST)
    start = last_sign = time.monotonic()
    threading.Thread(target=work, daemon=True, name="qdrant-call").start()
    while not done.wait(
        pace.pause if deadline is None else max(0.01, min(pace.pause, start + deadline - time.monotonic()))
    ):
        if deadline is not None and time.monotonic() - start >= deadline:
            raise Abandoned(f"the node did not answer within {deadline:g} seconds")
        with pace.measured():
            why = over() if over is not None else ""
        if why:
            raise Abandoned(why)
        if alive():
            last_sign = time.monotonic()
        elif time.monotonic() - last_sign > silence:
            raise Abandoned(f"the node did not answer any request for {silence:g} seconds")
    if raised:
        raise raised[0]
    return returned[0]
