# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several small jobs at once, a large one alone; the first failure keeps what was not begun from being begun."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Callable, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class SideBySide(Generic[T, R]):
    """work: done for each job, in threads where several may run at once; size: of a job, in bytes; good: whether others
    may be begun after this result. parallel: how many at most; room: bytes that may be under way together, one job
    always may."""

    def __init__(
        self,
        work: Callable[[T], R],
        size: Callable[[T], int],
        good: Callable[[R], bool],
        *,
        parallel: int,
        room: int,
    ) -> None:
        self._work, self._size, self._good = work, size, good
        self._parallel, self._room = parallel, room
        self._change = threading.Condition()
        self._flying: dict[int, int] = {}
        self._results: dict[int, R] = {}
        self._error: BaseException | None = None
        self._stopped = False

    def run(self, jobs: Sequence[T]) -> list[R]:
        """Results of the jobs that were begun, in order: the first so many. What one raises is raised here, at once."""
        if self._parallel == 1 or len(jobs) == 1:
            return self._one_by_one(jobs)
        for number, job in enumerate(jobs):
            if not self._wait_for_room(self._size(job)):
                break
            with self._change:
                self._flying[number] = self._size(job)
            threading.Thread(target=self._do, args=(number, job), name="restore", daemon=True).start()
        with self._change:
            self._change.wait_for(lambda: not self._flying or self._error is not None)
            if self._error is not None:
                raise self._error
        return [self._results[number] for number in sorted(self._results)]

    def _one_by_one(self, jobs: Sequence[T]) -> list[R]:
        results: list[R] = []
        for job in jobs:
            results.append(self._work(job))
            if not self._good(results[-1]):
                break
        return results

    def _wait_for_room(self, size: int) -> bool:
        """Until one more may be begun; False where none may any more."""
        with self._change:
            self._change.wait_for(lambda: self._stopped or self._fits(size))
            if self._error is not None:
                raise self._error
            return not self._stopped

    def _fits(self, size: int) -> bool:
        if not self._flying:
            return True
        return len(self._flying) < self._parallel and sum(self._flying.values()) + size <= self._room

    def _do(self, number: int, job: T) -> None:
        result: R | None = None
        error: BaseException | None = None
        try:
            result = self._work(job)
        except BaseException as raised:  # noqa: BLE001  raised again by who waits
            error = raised
        with self._change:
            self._flying.pop(number)
            if error is not None:
                self._error = self._error or error
            elif result is not None:
                self._results[number] = result
            self._stopped = self._stopped or self._error is not None or (result is not None and not self._good(result))
            self._change.notify_all()
