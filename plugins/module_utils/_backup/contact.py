# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the node still answers. A run waits for a node that restarts, and stops asking a node that is gone or
hangs."""

from __future__ import annotations

import threading
import time

from .._base.errors import EngineError
from .._qdrant.client import Node
from .errors import lost
from .watch import Watch

READY_SECONDS = 60.0  # for a restart; a slower node is backed up by the next run
_POLL = 0.5
_PATIENCE = 3  # losses in a row, with an answer after each of them


class Contact:
    """Receives every result; call ``back`` before the next collection. gone: do not ask the node again.

    Several collections that run at the same time are lost together: that counts as one loss. ``back`` returns the
    number of this contact, for ``failed``.
    """

    def __init__(self, node: Node, watch: Watch) -> None:
        self._node, self._watch = node, watch
        self._one = threading.RLock()
        self._losses = 0
        self._times = 1
        self._away = False
        self.gone = False

    def heard(self) -> None:
        """The node answered."""
        with self._one:
            self._losses = 0

    def failed(self, error: EngineError, time_of_it: int) -> None:
        """A collection failed with this error. time_of_it: the number from ``back``."""
        if not lost(error):
            return
        with self._one:
            if time_of_it != self._times:
                return
            self._losses += 1
            self._times += 1
            self._away = True
            self.gone = self._losses >= _PATIENCE

    def back(self) -> int:
        """The number of this contact, from 1, if the node answers; waits if it was lost. 0: it is gone."""
        with self._one:
            if self._away and not self.gone:
                self._wait()
            return 0 if self.gone else self._times

    def _wait(self) -> None:
        end = time.monotonic() + READY_SECONDS
        while not self._node.ready():
            self._watch.tell("wait", self._node.url)
            if time.monotonic() >= end:
                self.gone = True
                return
            time.sleep(_POLL)
        self._away = False
