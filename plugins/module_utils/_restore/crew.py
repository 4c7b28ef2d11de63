# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several threads of one restore share, each call of it safe: progress, the lock, and connections to the node."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence

from .._base.progress import Event
from .._qdrant.client import Node
from .run import run
from .scene import Scene
from .state import State
from .steps.base import Step


class _StoppedError(Exception):
    """The run has ended in another thread."""


class Crew:
    """alone: there is one thread, and it works with the scene as it is."""

    def __init__(self, scene: Scene, alone: bool) -> None:
        self._scene, self._alone = scene, alone
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._idle: list[Node] = []

    def work(self, steps: Sequence[Step], state: State) -> State:
        """Do steps as ``run`` does them."""
        if self._alone:
            return run(steps, self._scene, state)
        node = self._take()
        try:
            scene = dataclasses.replace(self._scene, node=node, progress=self._tell, confirm=self._confirm, alone=False)
            return run(steps, scene, state)
        finally:
            self._idle.append(node)

    def stop(self) -> None:
        """End what other threads do at their next word."""
        self._ended.set()

    def close(self) -> None:
        """Give the connections back."""
        for node in self._idle:
            node.close()

    def _take(self) -> Node:
        """A node of this thread's own: a session is not for several."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return Node(self._scene.node.options)

    def _tell(self, event: Event) -> None:
        if self._ended.is_set():
            raise _StoppedError
        with self._lock:
            self._scene.progress(event)

    def _confirm(self) -> None:
        with self._lock:
            self._scene.confirm()
