# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One shard: an engine behind locks, with the states that a restore leads it through."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

from .engine import edge, shard_config
from .errors import ApiError, bad_input, not_found, service_error
from .faults import Faults

DIRTY = "Dirty shard - shard is not fully initialized"
FAILED = "Failed to restore local replica"
DATA = ("segments", "wal", "edge_config.json", "newest_clocks.json", "applied_seq.json")


def engine_error(error: BaseException) -> ApiError:
    """The engine's complaint as the real server words it."""
    text = str(error)
    if text.startswith("No point with id"):
        return not_found(text if text.endswith("found") else f"{text} found")
    for mark in ("Vector dimension error", "Not existing vector name", "No range index", "No appropriate index"):
        if mark in text:
            return bad_input(text)
    return service_error(text)


@contextmanager
def _worded() -> Iterator[None]:
    """Engine errors and panics inside become errors of the interface."""
    try:
        yield
    except (ApiError, OSError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise engine_error(error) from error


class Shard:
    """A shard's data in `path`. Reads go in parallel; writes, snapshots and swaps one at a time."""

    def __init__(self, path: str, shard_id: int, faults: Faults) -> None:
        self.path = path
        self.shard_id = shard_id
        self._faults = faults
        self._edge: Any = None
        self._broken: str | None = None
        self._swapping = False
        self._readers = 0
        self._state = threading.Condition()
        self.writing = threading.RLock()

    @property
    def flag(self) -> str:
        """The file that says: this shard is being replaced."""
        return os.path.join(os.path.dirname(self.path), f"shard_{self.shard_id}.initializing")

    @property
    def broken(self) -> bool:
        """Whether the shard is dirty: there, but without data that can be read."""
        return self._broken is not None

    @property
    def on_disk(self) -> bool:
        """Whether there are data to load, or the mark of a replacement that was cut short."""
        return os.path.exists(self.flag) or os.path.exists(os.path.join(self.path, "segments"))

    def create(self, config: dict[str, Any]) -> None:
        os.makedirs(self.path, exist_ok=True)
        with _worded():
            self._edge = edge.EdgeShard.create(self.path, shard_config(config))

    def load(self) -> None:
        """Opens what lies on disk; a shard whose replacement was cut short is dirty."""
        if os.path.exists(self.flag):
            self._broken = DIRTY
            return
        with _worded():
            self._edge = edge.EdgeShard.load(self.path)

    @contextmanager
    def reading(self, doing: str) -> Iterator[Any]:
        """The engine, for a read; fails while the shard is replaced and when it is dirty.

        `doing` is the real server's word for the operation, as its refusal shows it.
        """
        with self._state:
            self._need_there()
            if self._broken:
                raise service_error(f"Failed to {doing},  {self._broken}")
            self._readers += 1
        with self._counted() as engine:
            yield engine

    def _need_there(self) -> None:
        if self._swapping:
            raise service_error(f"Local shard {self.shard_id} not found")

    @contextmanager
    def _changing(self, doing: str) -> Iterator[Any]:
        """The engine, for a write or a snapshot, when no other is under way."""
        with self.writing:
            with self._state:
                self._need_there()
                if self._broken:
                    raise service_error(f"Failed to {doing},  {self._broken}")
                self._readers += 1
            with self._counted() as engine:
                yield engine

    @contextmanager
    def _counted(self) -> Iterator[Any]:
        try:
            with _worded():
                yield self._edge
        finally:
            with self._state:
                self._readers -= 1
                self._state.notify_all()

    def update(self, operation: Any) -> None:
        """Applies a write; waits while the shard is replaced or archived."""
        self._faults.need_space("write")
        with self._changing("Update Points") as engine:
            engine.update(operation)

    @contextmanager
    def still(self) -> Iterator[None]:
        """The shard's files, flushed and at rest, for an archive."""
        self._need_there()
        with self.writing:
            with self._changing("get_snapshot_creator") as engine:
                engine.flush()
            yield

    def check_still(self) -> None:
        """Fails now if an archive could not be made."""
        self._need_there()
        with self._changing("get_snapshot_creator"):
            pass

    def optimize(self) -> None:
        """Builds the vector indexes that the configuration asks for; writes wait meanwhile."""
        with self._changing("optimize") as engine:
            engine.optimize()

    def unindexed(self) -> int:
        """How many vectors no index holds; 0 where there is nothing to read."""
        with self._state:
            if self._swapping or self._broken:
                return 0
            self._readers += 1
        with self._counted() as engine:
            said = engine.info()
            return max(0, int(said.points_count) - int(said.indexed_vectors_count))

    def replace(self, source: str, prepare: Callable[[Any], None], doing: str = "recover") -> None:
        """Puts the data below `source` in this shard's place; not atomic, as in the real server.

        A flag file is there from before the old data go until the new ones are loaded.
        """
        step = f"{doing}:swap-shard-{self.shard_id}"
        with self.writing:
            self._faults.step(f"{step}:before")
            with open(self.flag, "w") as file:
                os.fsync(file.fileno())
            self._close()
            try:
                self._clear()
                self._faults.step(f"{step}:inside")
                for name in DATA:
                    if os.path.exists(os.path.join(source, name)):
                        shutil.move(os.path.join(source, name), os.path.join(self.path, name))
                self._faults.step(f"{step}:moved")
                with _worded():
                    engine = edge.EdgeShard.load(self.path)
                    prepare(engine)
            except BaseException:
                self._clear()
                self._open(None, FAILED)
                raise
            self._open(engine, None)
            os.remove(self.flag)
            self._faults.step(f"{step}:after")

    def _close(self) -> None:
        with self._state:
            self._swapping = True
            deadline = time.monotonic() + 30
            while self._readers and time.monotonic() < deadline:
                self._state.wait(1)
        if self._edge is not None:
            self._edge.close()
            self._edge = None

    def _open(self, engine: Any, broken: str | None) -> None:
        with self._state:
            self._edge, self._broken, self._swapping = engine, broken, False

    def _clear(self) -> None:
        for name in DATA:
            path = os.path.join(self.path, name)
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.remove(path)

    def spoil(self) -> None:
        """Makes the shard dirty, as a kill in the middle of a replacement does."""
        with self.writing:
            with open(self.flag, "w"):
                pass
            self._close()
            self._open(None, DIRTY)

    def drop(self) -> None:
        """Closes the shard for good."""
        with self.writing:
            self._close()
