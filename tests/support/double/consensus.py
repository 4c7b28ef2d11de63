# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the nodes of a cluster agree upon: one file in a folder that all of them see, changed under a lock.

Each node holds a lock on a file of its own for as long as its process lives, so the others know whether it is there.
"""

from __future__ import annotations

import copy
import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, TypeVar

from .errors import no_collection, service_error

Json = dict[str, Any]
T = TypeVar("T")

EMPTY: Json = {"commit": 0, "peers": {}, "collections": {}, "aliases": {}}
_SECONDS = float(os.environ.get("DOUBLE_CONSENSUS_SECONDS") or 10)


def _write(path: str, value: Json) -> None:
    with open(path + ".tmp", "w") as file:
        json.dump(value, file)
    os.replace(path + ".tmp", path)


class Consensus:
    """One node's way to the shared state."""

    def __init__(self, folder: str, peer_id: int) -> None:
        os.makedirs(folder, exist_ok=True)
        self.peer_id = peer_id
        self._folder = folder
        self._file = os.path.join(folder, "state.json")
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._state: Json = EMPTY
        self._life = open(self._life_of(peer_id), "w")  # noqa: SIM115 - open for as long as this process lives
        fcntl.flock(self._life, fcntl.LOCK_EX)

    def _life_of(self, peer: int) -> str:
        return os.path.join(self._folder, f"{peer}.alive")

    def alive(self, peer: int) -> bool:
        """Whether the node's process runs."""
        if peer == self.peer_id:
            return True
        try:
            with open(self._life_of(peer)) as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def read(self) -> Json:
        """The state as it is; not to be changed."""
        try:
            found = os.stat(self._file)
        except FileNotFoundError:
            return EMPTY
        seen = (found.st_ino, found.st_mtime_ns)
        with self._lock:
            if seen != self._seen:
                with open(self._file) as file:
                    self._state, self._seen = json.load(file), seen
            return self._state

    def living(self, state: Json) -> list[int]:
        """The peers of a state whose processes run, in order."""
        return sorted(int(peer) for peer in state["peers"] if self.alive(int(peer)))

    def leader(self, state: Json) -> int:
        """The peer that leads; 0 where there is no majority, or nothing is agreed upon any more."""
        if "stopped" in state:
            return 0
        living = self.living(state)
        return living[0] if 2 * len(living) > len(state["peers"]) else 0

    def change(self, work: Callable[[Json], T]) -> T:
        """Changes the state by `work`, which may refuse; needs a majority of the peers."""
        self._await_majority()
        return self._changed(work)

    def join(self, about: Json) -> None:
        """This node is a member from now on."""
        self._changed(lambda state: state["peers"].__setitem__(str(self.peer_id), about))

    def _await_majority(self) -> None:
        end = time.monotonic() + _SECONDS
        while True:
            state = self.read()
            if "stopped" in state:
                raise service_error("Channel closed: sending on a closed channel")
            if str(self.peer_id) in state["peers"] and self.leader(state):
                return
            if time.monotonic() > end:
                raise service_error(
                    f"Waiting for consensus operation commit failed. Timeout set at: {_SECONDS:g} seconds"
                )
            time.sleep(0.05)

    def _changed(self, work: Callable[[Json], T]) -> T:
        with self._locked():
            state = copy.deepcopy(self.read())
            result = work(state)
            state["commit"] += 1
            _write(self._file, state)
            return result

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with open(os.path.join(self._folder, "lock"), "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def entry_of(state: Json, name: str) -> Json:
    """A collection of the state."""
    found: Json | None = state["collections"].get(name)
    if found is None:
        raise no_collection(name)
    return found
