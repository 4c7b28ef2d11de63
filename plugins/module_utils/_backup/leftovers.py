# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Halves of snapshots that a killed Qdrant left in its folder: nothing lists them, nobody else ever removes them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator

from .._base.plan import human_bytes
from .._qdrant.client import Node
from .._qdrant.names import parse_snapshot_name

# A half that is still written to is seconds old; this is long enough for any clock and any disk.
STALE_SECONDS = 3600.0
_END = ".tmp"


def is_half(file_name: str, collection: str) -> bool:
    """Whether the server calls an unfinished snapshot of this collection so: ``X.tmp`` or ``X.snapshot.tmp``."""
    if not file_name.endswith(_END):
        return False
    whole = file_name[: -len(_END)]
    parsed = parse_snapshot_name(whole if whole.endswith(".snapshot") else whole + ".snapshot")
    return parsed is not None and parsed.kind == "collection" and parsed.collection == collection


def stale_halves(snapshots_dir: str, collections: Iterable[str], moment: float) -> Iterator[tuple[str, int]]:
    """(path, bytes) of halves that nobody has written to for an hour."""
    for collection in collections:
        try:
            entries = list(os.scandir(os.path.join(snapshots_dir, collection)))
        except OSError:
            continue
        for entry in entries:
            if not is_half(entry.name, collection) or not entry.is_file(follow_symlinks=False):
                continue
            about = entry.stat(follow_symlinks=False)
            if moment - about.st_mtime > STALE_SECONDS:
                yield entry.path, about.st_size


def remove_halves(node: Node, snapshots_dir: str | None, collections: Iterable[str]) -> list[str]:
    """Remove them, where the folder can be seen and the node says that it makes no snapshot now. Sentences."""
    found = list(stale_halves(snapshots_dir, collections, time.time())) if snapshots_dir else []
    if not found:
        return []
    running = node.snapshots_running()
    told = []
    for path, size in found:
        about = f"{path} ({human_bytes(size)}), half a snapshot that a killed Qdrant left,"
        if running != 0:
            told.append(f"{about} was kept: whether the node makes a snapshot now is not certain.")
            continue
        try:
            os.unlink(path)
            told.append(f"{about} was removed.")
        except OSError as error:
            told.append(f"{about} could not be removed: {error.strerror}. Remove it by hand.")
    return told
