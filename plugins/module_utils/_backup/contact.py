# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the node is still there: one that restarts is waited for, one that is gone or hangs is not asked again and
again for each of its collections."""

from __future__ import annotations

import time

from .._base.errors import EngineError
from .._qdrant.client import Node
from .errors import lost
from .watch import Watch

READY_SECONDS = 60.0  # for a restart; whoever needs longer is backed up at the next run
_POLL = 0.5
_PATIENCE = 3  # losses in a row, with the node back after each of them


class Contact:
    """Told of every outcome, asked (``back``) before the next collection. gone: there is no use in asking any more."""

    def __init__(self, node: Node, watch: Watch) -> None:
        self._node, self._watch = node, watch
        self._losses = 0
        self._away = False
        self.gone = False

    def heard(self) -> None:
        """The node answered."""
        self._losses = 0

    def failed(self, error: EngineError) -> None:
        """A collection failed with this."""
        if not lost(error):
            return
        self._losses += 1
        self._away = True
        self.gone = self._losses >= _PATIENCE

    def back(self) -> bool:
        """Whether the node is there, waiting for it for a while where it was lost."""
        if self.gone or not self._away:
            return not self.gone
        end = time.monotonic() + READY_SECONDS
        while not self._node.ready():
            self._watch.tell("wait", self._node.url)
            if time.monotonic() >= end:
                self.gone = True
                return False
            time.sleep(_POLL)
        self._away = False
        return True
