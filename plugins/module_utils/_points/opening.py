# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What opens a backup: the embedded engine, or the node."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Union

from .._base.errors import MissingLibraryError, UsageError
from .._base.progress import Progress, silent
from .._proof.by_engine import EngineOptions
from .._qdrant.client import Node
from .backup import OpenedBackup, opened, require_engine
from .options import AUTO, ENGINE, NODE, PointsOptions
from .restored import RestoredBackup, check_changes, restored
from .source import Source

if TYPE_CHECKING:
    from .._repository.store import Store

Backup = Union[OpenedBackup, RestoredBackup]


def decide_way(options: PointsOptions, needed_for: str, *, check: bool) -> str:
    """``engine`` or ``node``. UsageError or MissingLibraryError if the engine is asked for and cannot be used here,
    RefusedError if the node would have to be changed in check mode."""
    if options.open_with not in (AUTO, ENGINE, NODE):
        raise UsageError(f"open_with is {options.open_with!r}", "Set auto, engine or node.")
    if options.open_with == ENGINE or options.live_snapshot:
        require_engine(needed_for)
        return ENGINE
    if options.open_with == AUTO:
        with contextlib.suppress(UsageError, MissingLibraryError):
            require_engine(needed_for)
            return ENGINE
    check_changes(check)
    return NODE


def open_backup(
    way: str,
    options: PointsOptions,
    engine: EngineOptions,
    store: Store,
    source: Source,
    node: Node,
    progress: Progress = silent,
) -> contextlib.AbstractContextManager[Backup]:
    """The backup, opened by ``decide_way``. Errors: see ``opened`` and ``restored``."""
    if way == ENGINE:
        return opened(store, source, engine, progress=progress)
    return restored(store, source, options, node, progress=progress)
