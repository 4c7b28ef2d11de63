# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archives that a push may store: in a snapshots folder, or listed by a node. Facts only."""

from __future__ import annotations

import dataclasses
import datetime
import os
from collections.abc import Iterator

from .._archive.hashing import side_checksum
from .._base.clock import backup_id, parse_utc
from .._base.errors import EngineError
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.names import parse_snapshot_name
from .._qdrant.scope import Scope


@dataclasses.dataclass(frozen=True)
class LocalArchive:
    """A collection's archive outside the repository."""

    collection: str
    file: str
    bytes: int
    taken: str  #: when it was made, as a backup id
    path: str = ""  #: "" if it is only on the node
    checksum: str | None = None  #: the server's, if there is one


def in_folder(folder: str) -> tuple[list[LocalArchive], list[str]]:
    """Archives below ``folder`` in Qdrant's layout (``<collection>/<file>.snapshot``), and messages about skipped
    files.

    Skipped without a message: ``tmp/``, ``*.tmp``, checksums. With a message: full snapshots, snapshots outside of a
    collection's folder, links.
    """
    found: list[LocalArchive] = []
    passed: list[str] = []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise EngineError(
            "read the folder", folder, error.strerror or str(error), "Check the path and its permissions."
        ) from None
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and entry.name != "tmp":
            found += _archives(entry.path, entry.name, passed)
        elif entry.name.endswith(".snapshot"):
            passed.append(f"{entry.name} was not stored: {_why_outside(folder, entry.name)}")
        elif entry.is_symlink() and entry.is_dir():
            passed.append(f"{entry.name} was not stored: it is a link to a folder, which a push does not follow.")
    return found, passed


def _why_outside(folder: str, name: str) -> str:
    """Why a snapshot that is not in a collection's folder is skipped, as a sentence."""
    parsed = parse_snapshot_name(name)
    if parsed is not None and parsed.kind == "full":
        return "it is a full snapshot, which only a starting server can restore."
    above, own = os.path.split(os.path.abspath(folder))
    hint = f" Set folder to {above}." if parsed is not None and parsed.collection == own else ""
    return f"it is not in the folder of a collection.{hint}"


def _archives(folder: str, collection: str, passed: list[str]) -> Iterator[LocalArchive]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:  # its collection was deleted since the listing
        return
    except OSError as error:
        raise EngineError(
            "read the folder", folder, error.strerror or str(error), "Run the command with sudo or as Qdrant's user."
        ) from None
    for entry in entries:
        if not entry.name.endswith(".snapshot"):
            continue
        if not entry.is_file(follow_symlinks=False):
            passed.append(f"{collection}/{entry.name} was not stored: it is not a regular file.")
            continue
        try:
            stat = entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # deleted since the listing, by a rotation
            continue
        yield LocalArchive(
            collection,
            entry.name,
            stat.st_size,
            _taken(entry.name, stat.st_mtime),
            entry.path,
            side_checksum(entry.path),
        )


def _taken(name: str, changed: float) -> str:
    parsed = parse_snapshot_name(name)
    if parsed is not None:
        try:
            return backup_id(datetime.datetime.strptime(parsed.time + "+0000", "%Y-%m-%d-%H-%M-%S%z"))
        except ValueError:
            pass  # the name only resembles the server's names
    return backup_id(datetime.datetime.fromtimestamp(int(changed), datetime.timezone.utc))


def on_node(node: Node) -> list[LocalArchive]:
    """The snapshots of every collection, as the node lists them."""
    found = []
    for collection in sorted(node.collections()):
        try:
            snapshots = node.list_snapshots(Scope.collection(collection))
        except QdrantError as error:
            if error.kind != "not_found":  # deleted since the collections were listed
                raise
            continue
        for snapshot in snapshots:
            taken = backup_id(parse_utc(snapshot.creation_time)) if snapshot.creation_time else _taken(snapshot.name, 0)
            found.append(LocalArchive(collection, snapshot.name, snapshot.size, taken, "", snapshot.checksum))
    return found
