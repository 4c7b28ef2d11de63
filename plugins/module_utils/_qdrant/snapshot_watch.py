# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detects the end of a snapshot whose answer does not arrive.

An answer can get lost on a connection that stays open (a proxy dropped it): then only the node's list of snapshots and
its gauge of running ones show the end. A snapshot is in the list when it is complete.
"""

from __future__ import annotations

import time
from typing import Callable

from .errors import QdrantError
from .values import Snapshot

_LATE = 4.0  # an answer follows its snapshot immediately; after this time it is lost
_PATIENCE = 30.0  # no new snapshot, and none running for this time: none was created
_BLIND = 6 * 3600.0  # if running snapshots are unknown: longer than any snapshot, so that no run hangs forever


class SnapshotWatch:
    """Called repeatedly while the caller waits for the answer. Returns why to stop waiting.

    made: the new snapshot, if there is one; hopeless: none was created, and none will be.
    """

    def __init__(
        self, newest: Callable[[], Snapshot | None], running: Callable[[], int | None], kind: str = "collection"
    ) -> None:
        self._newest, self._running, self._kind = newest, running, kind
        self._begun = time.monotonic()
        self._idle_since: float | None = None
        self._there_since: float | None = None
        self.made: Snapshot | None = None
        self.hopeless = False

    def __call__(self) -> str:
        try:
            at_work, found = self._running(), self._newest()
        except QdrantError:
            return ""  # busy or restarting: the connection and other requests show that
        moment = time.monotonic()
        if at_work:
            self._idle_since = self._there_since = None
            return ""
        if found is not None:
            self._there_since = self._there_since or moment
            if moment - self._there_since >= _LATE:
                self.made = found
                return "the snapshot exists, but its answer did not arrive"
            return ""
        self._idle_since = self._idle_since or moment
        # The gauge does not count snapshots of shards, or the packing of a full one.
        known = at_work is not None and self._kind == "collection"
        if moment - (self._idle_since if known else self._begun) >= (_PATIENCE if known else _BLIND):
            self.hopeless = True
            return "no snapshot is running on the node, and no new one exists"
        return ""
