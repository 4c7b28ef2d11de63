# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds vector indexes in the background, as the real server's optimizers do, a moment after the last write."""

from __future__ import annotations

import threading
from typing import Any

from . import config as cfg
from .errors import ApiError
from .shard import Shard

_QUIET_SECONDS = 0.3
# Building holds the shard's writes back here, so what would take long is left unindexed.
_MOST_BYTES = 16 << 20


class Indexer:
    """Watches the shards of one collection."""

    def __init__(self, shards: dict[int, Shard]) -> None:
        self._shards = shards
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._building = 0

    @property
    def busy(self) -> bool:
        """Whether an index is being built, or about to be."""
        with self._lock:
            return self._building > 0

    def written(self, config: dict[str, Any]) -> None:
        """A write was made: look again in a moment, if the configuration asks for indexes at all."""
        threshold = config["optimizer_config"].get("indexing_threshold")
        width = sum(params["size"] * 4 for params in cfg.dense_vectors(config).values())
        if not threshold or not width:
            return
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(_QUIET_SECONDS, self._look, (threshold * 1024, width))
            self._timer.daemon = True
            self._timer.start()

    def _look(self, least: int, width: int) -> None:
        for shard in list(self._shards.values()):
            if not least < shard.unindexed() * width <= _MOST_BYTES:
                continue
            with self._lock:
                self._building += 1
            try:
                shard.optimize()
            except ApiError:
                pass  # replaced or dropped meanwhile
            finally:
                with self._lock:
                    self._building -= 1

    def stop(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
