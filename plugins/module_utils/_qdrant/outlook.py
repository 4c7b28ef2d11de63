# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a snapshot that is being created has ended, although its answer does not come.

An answer can get lost on a connection that stays open (a proxy that dropped it): then only the node's list of snapshots
and its gauge of those at work tell the end. A snapshot gets its name in the list when it is whole.
"""

from __future__ import annotations

import time
from typing import Callable

from .errors import QdrantError
from .values import Snapshot

_LATE = 4.0  # an answer follows its snapshot at once; after so long it is not coming
_PATIENCE = 30.0  # nothing new, and nothing at work for so long: nothing was made
_BLIND = 6 * 3600.0  # where nothing tells what is at work: longer than any snapshot, so that no run hangs for ever


class Outlook:
    """Called again and again while the answer is waited for. Says why it is not worth waiting any more, once it is not.

    made: the snapshot, where there is a new one; hopeless: nothing was made, and nothing will be.
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
            return ""  # busy, or restarting: the connection and the signs of life tell that
        moment = time.monotonic()
        if at_work:
            self._idle_since = self._there_since = None
            return ""
        if found is not None:
            self._there_since = self._there_since or moment
            if moment - self._there_since >= _LATE:
                self.made = found
                return "the snapshot is there, and its answer did not come"
            return ""
        self._idle_since = self._idle_since or moment
        # The gauge counts no snapshots of shards, and not the packing of a full one.
        known = at_work is not None and self._kind == "collection"
        if moment - (self._idle_since if known else self._begun) >= (_PATIENCE if known else _BLIND):
            self.hopeless = True
            return "the node works on no snapshot any more, and none is there"
        return ""
