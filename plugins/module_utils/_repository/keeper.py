# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the repository's lock during a run: renews it in the background, and detects its loss."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator

from .._base.errors import EngineError, LockedError
from .errors import StoreError
from .lock import Lock
from .store import Store

LOCK_SECONDS = 900.0  # how long a lock lasts without renewal, also after its run died
_RECHECK = 10.0  # seconds for which a check of the lock is valid


class Keeper:
    """Takes the lock when created; LockedError if another run holds it. Call ``sure`` before the commit, ``confirm``
    before other steps, ``close`` at the end.

    warnings: for the operator; firm: whether the store makes two runs mutually exclusive.
    """

    def __init__(self, lock: Lock, seconds: float) -> None:
        self._lock, self._seconds = lock, seconds
        self._ended = threading.Event()
        self._lost: LockedError | None = None
        lock.take()
        self._renewed = time.monotonic()
        self._looked = -_RECHECK  # a moment of the monotonic clock
        self.warnings = tuple(lock.warnings)
        self._thread = threading.Thread(target=self._renew, args=(seconds / 3,), name="lock", daemon=True)
        self._thread.start()

    @property
    def firm(self) -> bool:
        """Whether two runs are mutually exclusive, as far as known."""
        return not self._lock.weakness

    def sure(self) -> None:
        """Renew now; raises an error if this run no longer holds the lock."""
        self._rest()
        self._lock.renew()

    def confirm(self) -> None:
        """LockedError if this run no longer holds the lock.

        The lock is read at most once in some seconds, and renewed if the last renewal is old. If the store does not
        answer, the lock counts as held until it expires.
        """
        if self._lost is not None:
            raise self._lost
        now = time.monotonic()
        try:
            if now - self._renewed >= self._seconds / 2:
                self._renew_now()
            elif now - self._looked >= _RECHECK:
                self._lock.check()
                self._looked = now
        except LockedError:
            raise
        except EngineError:
            if time.monotonic() - self._renewed >= self._seconds:
                raise

    def close(self) -> None:
        """Release the lock; if this fails, it expires."""
        self._rest()
        self._lock.give_back()

    def _rest(self) -> None:
        self._ended.set()
        self._thread.join()

    def _renew(self, pause: float) -> None:
        while not self._ended.wait(pause):
            try:
                self._renew_now()
            except LockedError as error:
                self._lost = error
                return
            except EngineError:
                continue  # the next attempt may succeed; ``sure`` decides

    def _renew_now(self) -> None:
        began = time.monotonic()
        self._lock.renew()
        self._renewed = self._looked = began


class NoKeeper:
    """Used if no lock is held: there is no repository, or its lock could not be written."""

    firm = False

    def __init__(self, *warnings: str) -> None:
        self.warnings = warnings

    def sure(self) -> None:
        """No lock to check."""

    def confirm(self) -> None:
        """No lock to check."""


@contextlib.contextmanager
def node_lock(
    store: Store | None, cluster: str, node: str, holder: str, mark: str, *, must: bool = True
) -> Iterator[Keeper | NoKeeper]:
    """Hold the repository's lock of a node. LockedError if another run holds it.

    holder: named in errors of other runs ("a backup"); mark: identifies this host, whose own lock is held, so that a
    lock with this mark belongs to a dead run; must: False to continue with a warning if the lock cannot be written;
    store: None if there is no repository.
    """
    if store is None:
        yield NoKeeper()
        return
    name = f"{holder} on {socket.gethostname()}, process {os.getpid()} {mark}".rstrip()
    try:
        keeper: Keeper | NoKeeper = Keeper(Lock(store, cluster, node, name, LOCK_SECONDS, dead_mark=mark), LOCK_SECONDS)
    except StoreError as error:
        if must:
            raise
        keeper = NoKeeper(
            f"The lock of node {node} was not written. Runs on other hosts cannot detect this one: {error.sentence()}"
        )
    try:
        yield keeper
    finally:
        if isinstance(keeper, Keeper):
            keeper.close()
