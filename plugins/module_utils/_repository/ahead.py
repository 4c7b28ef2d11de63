# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read small documents several at a time, in order, with few of them in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Callable, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

THREADS = 8  # as many as the S3 client keeps connections
AHEAD = 32  # results that may wait for the caller
_JOIN_SECONDS = 1.0


def in_order(work: Callable[[T], R], items: Sequence[T], threads: int = THREADS, ahead: int = AHEAD) -> Iterator[R]:
    """``work(item)`` of every item, in the order of the items, done by a few threads.

    At most ``ahead`` results wait at any time. An error of ``work`` is raised in place of its result. After an error,
    or when the caller stops, no further item is started.
    """
    if len(items) < 2:
        yield from map(work, items)
        return
    crew = _Crew(work, items, min(threads, len(items)), ahead)
    try:
        for number in range(len(items)):
            yield crew.result(number)
    finally:
        crew.stop()


class _Crew(Generic[T, R]):
    """The threads behind ``in_order``. They are daemons: a store that never answers does not block the program's
    exit."""

    def __init__(self, work: Callable[[T], R], items: Sequence[T], threads: int, ahead: int) -> None:
        self._work, self._items, self._ahead = work, items, ahead
        self._changed = threading.Condition()
        self._done: dict[int, R] = {}
        self._failed: dict[int, BaseException] = {}
        self._next = 0
        self._taken = 0
        self._stopped = False
        self._threads = [threading.Thread(target=self._run, daemon=True) for dummy in range(threads)]
        for thread in self._threads:
            thread.start()

    def result(self, number: int) -> R:
        """Wait for one result; each is requested once, in order."""
        with self._changed:
            while number not in self._done and number not in self._failed:
                self._changed.wait()
            self._taken = number + 1
            self._changed.notify_all()
            if number in self._failed:
                raise self._failed[number]
            return self._done.pop(number)

    def stop(self) -> None:
        """Start no further item, and wait a moment for running ones."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        end = time.monotonic() + _JOIN_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._stopped and self._next >= self._taken + self._ahead:
                    self._changed.wait()
                if self._stopped or self._next >= len(self._items):
                    return
                number = self._next
                self._next += 1
            try:
                found = self._work(self._items[number])
            except BaseException as error:  # noqa: BLE001  raised again in result()
                with self._changed:
                    self._failed[number] = error
                    self._changed.notify_all()
            else:
                with self._changed:
                    self._done[number] = found
                    self._changed.notify_all()
