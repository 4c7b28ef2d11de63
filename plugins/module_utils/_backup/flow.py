# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits how many collections run at once: several small ones, but only one large one.

Small collections mostly wait for requests. Large ones use the node's disk, the network and the store; two at once would
only share these.
"""

from __future__ import annotations

import threading
from typing import Callable

# Of the archives that run together. A larger one is alone on the node, and alone in its upload.
MOST_BYTES = 128 << 20


class Flow:
    """The running collections. ``begin`` in one thread; ``made``, ``taken`` and ``ended`` in any."""

    def __init__(self, parallel: int, most_bytes: int = MOST_BYTES) -> None:
        self._parallel, self._most_bytes = parallel, most_bytes
        self._changed = threading.Condition()
        self._making: dict[str, int] = {}  # no snapshot yet: its space is still free on the disk
        self._taking: dict[str, int] = {}  # the node works on it
        self._under_way: dict[str, int] = {}

    def admits(self, expected: int | None) -> bool:
        """Whether one more may start whose archive will have this many bytes (None: unknown)."""
        weight = self._weight(expected)
        with self._changed:
            return self._fits(self._taking, weight, 0, self._parallel) and self._fits(
                # The next one starts while the last one is uploaded, whatever their size.
                self._under_way, weight, 1, 2 * self._parallel
            )  # fmt: skip

    def begin(self, name: str, expected: int | None) -> None:
        """It starts."""
        with self._changed:
            self._taking[name] = self._under_way[name] = self._weight(expected)
            self._making[name] = expected or 0

    @property
    def coming(self) -> int:
        """Bytes of snapshots that are being created, as far as known."""
        with self._changed:
            return sum(self._making.values())

    def made(self, name: str) -> None:
        """Its snapshot is on the disk."""
        self._out(self._making, name)

    def taken(self, name: str) -> None:
        """The node has finished or failed with it."""
        self._out(self._making, name)
        self._out(self._taking, name)

    def ended(self, name: str) -> None:
        """It is stored, or has failed."""
        self.taken(name)
        self._out(self._under_way, name)

    def look_again(self) -> None:
        """Let ``wait`` ask again: what ``ready`` looks at elsewhere has changed."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, ready: Callable[[], bool]) -> None:
        """Wait until ``ready`` returns true. It is called again after every change here, and after ``look_again``."""
        with self._changed:
            self._changed.wait_for(ready)

    def _weight(self, expected: int | None) -> int:
        return self._most_bytes if expected is None else expected

    def _fits(self, there: dict[str, int], weight: int, always: int, most: int) -> bool:
        if len(there) <= always:
            return True
        return len(there) < most and sum(there.values()) + weight <= self._most_bytes

    def _out(self, there: dict[str, int], name: str) -> None:
        with self._changed:
            if there.pop(name, None) is not None:
                self._changed.notify_all()


class Sending:
    """Limits uploads, in the order of the requests: ``with sending(bytes): ...``."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._changed = threading.Condition()
        self._queue: list[object] = []
        self._sizes: list[int] = []

    def __call__(self, size: int) -> _Turn:
        return _Turn(self, size)

    def enter(self, size: int) -> None:
        """Wait for the turn."""
        mine = object()
        with self._changed:
            self._queue.append(mine)
            self._changed.wait_for(
                lambda: self._queue[0] is mine and (not self._sizes or sum(self._sizes) + size <= self._most_bytes)
            )
            self._queue.pop(0)
            self._sizes.append(size)
            self._changed.notify_all()

    def leave(self, size: int) -> None:
        """It has ended."""
        with self._changed:
            self._sizes.remove(size)
            self._changed.notify_all()


class _Turn:
    def __init__(self, sending: Sending, size: int) -> None:
        self._sending, self._size = sending, size

    def __enter__(self) -> None:
        self._sending.enter(self._size)

    def __exit__(self, *exc: object) -> None:
        self._sending.leave(self._size)
