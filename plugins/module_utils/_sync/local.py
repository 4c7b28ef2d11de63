# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in a snapshots folder, or what a node lists: the archives that a push may store. Facts only."""

from __future__ import annotations

import dataclasses
import datetime
import os
from collections.abc import Iterator

from .._base.clock import backup_id, parse_utc
from .._base.errors import EngineError
from .._qdrant.client import Node
from .._qdrant.names import parse_snapshot_name
from .._qdrant.scope import Scope

_WORKING_FOLDERS = ("tmp", "shards")  # the server's own work; archives of single shards


@dataclasses.dataclass(frozen=True)
class LocalArchive:
    """A collection's archive outside the repository. path: "" while it is only on the node; taken: a backup id, the
    second it was made; checksum: the server's own, where there is one."""

    collection: str
    file: str
    bytes: int
    taken: str
    path: str = ""
    checksum: str | None = None


def in_folder(folder: str) -> tuple[list[LocalArchive], list[str]]:
    """Archives below ``folder`` as Qdrant lays them out (``<collection>/<file>.snapshot``), and what was passed over.

    Left alone without a word: ``tmp/``, ``*.tmp``, checksums. Named: full snapshots, links, files of other kinds.
    """
    found: list[LocalArchive] = []
    passed: list[str] = []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise EngineError(
            "read the folder", folder, error.strerror or str(error), "Check the path and its rights."
        ) from None
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and entry.name != "tmp":
            found += _archives(entry.path, entry.name, passed)
        elif entry.name.endswith(".snapshot"):
            passed.append(
                f"{entry.name} is a full snapshot, which only a starting server can restore: it is not stored."
            )
    return found, passed


def _archives(folder: str, collection: str, passed: list[str]) -> Iterator[LocalArchive]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise EngineError(
            "read the folder", folder, error.strerror or str(error), "Run as root or as Qdrant's user."
        ) from None
    for entry in entries:
        if not entry.name.endswith(".snapshot"):
            continue
        if not entry.is_file(follow_symlinks=False):
            passed.append(f"{collection}/{entry.name} is no regular file: it is not stored.")
            continue
        stat = entry.stat(follow_symlinks=False)
        yield LocalArchive(
            collection, entry.name, stat.st_size, _taken(entry.name, stat.st_mtime), entry.path, _side_file(entry.path)
        )


def _side_file(path: str) -> str | None:
    """The checksum that the server left beside an archive, where it is one."""
    try:
        with open(path + ".checksum", encoding="ascii") as handle:
            text = handle.read(65).strip().lower()
    except (OSError, ValueError):
        return None
    return text if len(text) == 64 and all(char in "0123456789abcdef" for char in text) else None


def _taken(name: str, changed: float) -> str:
    parsed = parse_snapshot_name(name)
    if parsed is not None:
        try:
            return backup_id(datetime.datetime.strptime(parsed.time + "+0000", "%Y-%m-%d-%H-%M-%S%z"))
        except ValueError:
            pass  # the name only looks like the server's
    return backup_id(datetime.datetime.fromtimestamp(int(changed), datetime.timezone.utc))


def on_node(node: Node) -> list[LocalArchive]:
    """Every collection's snapshots, as the node lists them."""
    found = []
    for collection in sorted(node.collections()):
        for snapshot in node.list_snapshots(Scope.collection(collection)):
            taken = backup_id(parse_utc(snapshot.creation_time)) if snapshot.creation_time else _taken(snapshot.name, 0)
            found.append(LocalArchive(collection, snapshot.name, snapshot.size, taken, "", snapshot.checksum))
    return found
