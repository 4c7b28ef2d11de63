# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unfinished snapshots of a killed Qdrant in its folder: the node does not list or delete them."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator

from .._base.plan import human_bytes
from .._qdrant.client import Node
from .._qdrant.names import parse_snapshot_name

# A file that is still written is seconds old; this is long enough for any clock and any disk.
STALE_SECONDS = 3600.0
_END = ".tmp"


def is_half(file_name: str, collection: str, kind: str = "collection") -> bool:
    """Whether this is the name of an unfinished snapshot of this collection, or of one of its shards (kind ``shard``):
    ``X.tmp`` or ``X.snapshot.tmp``."""
    if not file_name.endswith(_END):
        return False
    whole = file_name[: -len(_END)]
    parsed = parse_snapshot_name(whole if whole.endswith(".snapshot") else whole + ".snapshot")
    return parsed is not None and parsed.kind == kind and parsed.collection == collection


def stale_halves(snapshots_dir: str, collections: Iterable[str], moment: float) -> Iterator[tuple[str, int]]:
    """(path, bytes) of unfinished files that have not changed for an hour."""
    for collection in collections:
        folder = os.path.join(snapshots_dir, collection)
        shards = os.path.join(folder, "shards")
        places = [(folder, "collection")]
        with contextlib.suppress(OSError):
            places += [(os.path.join(shards, name), "shard") for name in os.listdir(shards) if name.isdigit()]
        for place, kind in places:
            yield from _stale_in(place, collection, kind, moment)


def _stale_in(folder: str, collection: str, kind: str, moment: float) -> Iterator[tuple[str, int]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if not is_half(entry.name, collection, kind) or not entry.is_file(follow_symlinks=False):
            continue
        about = entry.stat(follow_symlinks=False)
        if moment - about.st_mtime > STALE_SECONDS:
            yield entry.path, about.st_size


def remove_halves(node: Node, snapshots_dir: str | None, collections: Iterable[str]) -> list[str]:
    """Delete them if the folder can be read and the node creates no snapshot now. Returns messages."""
    found = list(stale_halves(snapshots_dir, collections, time.time())) if snapshots_dir else []
    if not found:
        return []
    running = node.snapshots_running()
    told = []
    for path, size in found:
        about = f"{path} ({human_bytes(size)}), an unfinished snapshot of a killed Qdrant,"
        if running != 0:
            told.append(f"{about} was kept, because the node may be creating a snapshot now.")
            continue
        try:
            os.unlink(path)
            told.append(f"{about} was deleted.")
        except OSError as error:
            told.append(f"{about} could not be deleted: {error.strerror}. Delete it by hand.")
    return told
