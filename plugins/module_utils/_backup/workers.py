# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads for one kind of work. They do not block the exit of the process: the node may never answer."""

from __future__ import annotations

import concurrent.futures
import functools
import queue
import threading
import time
from typing import Any, Callable, TypeVar

T = TypeVar("T")
_Work = tuple["concurrent.futures.Future[Any]", Callable[[], Any]]


class Workers(concurrent.futures.Executor):
    """Up to ``count`` threads, started on demand; work starts in the order of ``submit``."""

    def __init__(self, count: int, name: str) -> None:
        self._count, self._name = count, name
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._one = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._unfinished = 0
        self._closed = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> concurrent.futures.Future[T]:
        """The future of the work; cancelled after ``close``."""
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        with self._one:
            if self._closed:
                _cancel(future)
                return future
            self._unfinished += 1
            if self._unfinished > len(self._threads) and len(self._threads) < self._count:
                self._threads.append(threading.Thread(target=self._work, name=self._name, daemon=True))
                self._threads[-1].start()
            self._queue.put((future, functools.partial(fn, *args, **kwargs)))
        return future

    def close(self, end: float | None = None) -> None:
        """Start no more work, and wait for running work: to its end, or until ``end`` of the monotonic clock."""
        with self._one:
            self._closed = True
            threads = list(self._threads)
            while True:
                try:
                    left = self._queue.get_nowait()
                except queue.Empty:
                    break
                if left is not None:
                    _cancel(left[0])
            for dummy in threads:
                self._queue.put(None)
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(None if end is None else max(0.0, end - time.monotonic()))

    def _work(self) -> None:
        while True:
            got = self._queue.get()
            if got is None:
                return
            future, work = got
            try:
                if not future.set_running_or_notify_cancel():
                    continue
                try:
                    result = work()
                except BaseException as error:  # noqa: BLE001  raised again by the caller
                    future.set_exception(error)
                else:
                    future.set_result(result)
                    del result
            finally:
                del got, future, work
                with self._one:
                    self._unfinished -= 1


def _cancel(future: concurrent.futures.Future[Any]) -> None:
    """Pass the error to every waiting thread."""
    if future.cancel():
        future.set_running_or_notify_cancel()


def each(count: int, work: Callable[[Any], T], items: list[Any], name: str) -> list[T]:
    """``work`` of every item, ``count`` at once, in the order of the items. The first failure in that order is raised
    after running work has ended."""
    if count <= 1 or len(items) <= 1:
        return [work(item) for item in items]
    workers = Workers(min(count, len(items)), name)
    try:
        futures = [workers.submit(work, item) for item in items]
        return [future.result() for future in futures]
    finally:
        workers.close()
