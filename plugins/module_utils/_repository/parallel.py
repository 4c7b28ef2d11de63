# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transfers the parts of one object in a few threads: constant memory, one deadline for progress, clean stops."""

from __future__ import annotations

import os
import threading
from typing import Callable

from .._base.clock import Deadline
from .._base.progress import Event, Progress
from .errors import StoreError

_TICK = 0.2
BLOCK = 256 * 1024


class Stopped(BaseException):
    """Another part failed, or the run was interrupted. Not an Exception, so that it is not retried."""


class Transfer:
    """The transfer of one object. The threads call ``moved``; the thread that waits in ``run`` calls the rest."""

    def __init__(self, step: str, subject: str, total: int, timeout: float, progress: Progress) -> None:
        self._step, self._subject, self._total, self._progress = step, subject, total, progress
        self._deadline = Deadline(timeout)
        self._places: dict[int, int] = {}
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._failure: BaseException | None = None
        self._running = 0
        self._next = 0
        self._told = -1
        self.stopped = False

    def moved(self, part: int, place: int) -> None:
        """Part number ``part`` has reached its byte ``place``."""
        if self.stopped:
            raise Stopped
        with self._lock:
            self._places[part] = place
        self._deadline.note()

    def fail(self, error: BaseException) -> None:
        """Stop all parts; ``run`` raises the first failure."""
        with self._lock:
            if self._failure is None:
                self._failure = error
            self.stopped = True
            self._wake.notify_all()

    def run(self, parts: int, work: Callable[[int], None], threads: int) -> None:
        """Do ``work(part)`` for every part. The first failure stops the others and is raised here."""
        self._running = min(threads, parts)
        pool: list[threading.Thread] = []
        try:
            for dummy in range(self._running):
                pool.append(threading.Thread(target=self._loop, args=(parts, work), daemon=True))
                pool[-1].start()
            while True:
                with self._lock:
                    if self._running and self._failure is None:
                        self._wake.wait(_TICK)
                    if not self._running or self._failure is not None:
                        break
                self.tell()
                if self._deadline.passed:
                    raise StoreError(
                        self._step,
                        self._subject,
                        f"no bytes were transferred for {self._deadline.seconds:.0f} seconds",
                        "Check the store and the network, or raise s3_timeout.",
                        kind="stalled",
                    )
        finally:
            self.stopped = self._running > 0 or self._failure is not None
            for thread in pool:
                thread.join(None if not self.stopped else 2.0)
        if self._failure is not None:
            raise self._failure
        self.tell()

    def tell(self) -> None:
        """Report progress if it has changed."""
        with self._lock:
            done = sum(self._places.values())
        if done != self._told:
            self._told = done
            self._progress(Event(self._step, self._subject, done, self._total))

    def _loop(self, parts: int, work: Callable[[int], None]) -> None:
        try:
            while not self.stopped:
                with self._lock:
                    part = self._next
                    self._next += 1
                if part >= parts:
                    break
                work(part)
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001  raised again in run()
            self.fail(error)
        with self._lock:
            self._running -= 1
            self._wake.notify_all()


class Slice:
    """A part of a file as a body for botocore. Reads at its own offset, so threads share the file."""

    def __init__(self, descriptor: int, start: int, size: int, transfer: Transfer, part: int) -> None:
        self._descriptor, self._start, self._size = descriptor, start, size
        self._transfer, self._part = transfer, part
        self._place = 0

    def read(self, amount: int = -1) -> bytes:
        """The next bytes. http.client reads 8 KiB at a time; such small reads get a larger block."""
        left = self._size - self._place
        amount = left if amount is None or amount < 0 else min(left, max(amount, BLOCK))
        data = os.pread(self._descriptor, amount, self._start + self._place) if amount else b""
        if amount and not data:
            self._transfer.fail(OSError("the file was truncated while it was read"))
        self._transfer.moved(self._part, self._place)  # the previous block has been sent
        self._place += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """As of a file."""
        self._place = offset + (0, self._place, self._size)[whence]
        return self._place

    def tell(self) -> int:
        """As of a file."""
        return self._place

    def __len__(self) -> int:
        return self._size
