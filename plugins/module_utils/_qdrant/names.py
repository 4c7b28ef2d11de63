# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names: of collections in paths, of the server's snapshots, and of files for the server."""

from __future__ import annotations

import re
import urllib.parse
from typing import NamedTuple

from .._base.errors import UsageError

_FORBIDDEN = '<>:"/\\|?*\0\x1f'
_LONGEST_NAME = 255
# The server's file names add a peer id (up to 20 digits), a time, ``.snapshot`` and, at first, ``.tmp`` to the
# collection's name; file systems end at 255 bytes. Measured with a peer id of 16 digits: 197 bytes work, 198 do not.
LONGEST_SNAPSHOT_NAME = 197
_TIME = r"(?P<time>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)\.snapshot"
_FULL = re.compile(r"full-snapshot-" + _TIME)
_SHARD = re.compile(r"(?P<name>.+)-shard-(?P<number>\d{1,10})-" + _TIME, re.DOTALL)
_COLLECTION = re.compile(r"(?P<name>.+)-(?P<number>\d{1,20})-" + _TIME, re.DOTALL)

# A collection's name, then the backup (or the sha256 of the archive) that a switch restored it from.
_SWITCHED = re.compile(r"(.+)__(?:\d{8}t\d{6}z|[0-9a-f]{12})", re.DOTALL)


class SnapshotName(NamedTuple):
    """The parts of a snapshot's file name from the server.

    kind: "collection", "shard" or "full"; collection: None for full; number: peer id or shard id, None for full; time:
    ``YYYY-MM-DD-HH-MM-SS``, UTC.
    """

    kind: str
    collection: str | None
    number: int | None
    time: str


def quote(segment: str) -> str:
    """One segment of a path, percent-encoded whole (UTF-8); UsageError if a path cannot contain it."""
    if segment in ("", ".", ".."):
        raise UsageError(f"{segment!r} cannot be part of an address", "Qdrant has no request for such a name.")
    return urllib.parse.quote(segment, safe="")


def collection_name_problem(name: str) -> str | None:
    """Why Qdrant would not create a collection of this name (create and upload use this rule), None if it would."""
    size = len(name.encode("utf-8", "replace"))
    if not 1 <= size <= _LONGEST_NAME:
        return f"a collection's name has 1 to {_LONGEST_NAME} bytes, this one has {size}"
    if name in (".", ".."):
        return f"a collection cannot be called {name!r}"
    found = sorted({char for char in name if char in _FORBIDDEN})
    if found:
        return "a collection's name cannot contain " + " ".join(repr(char) for char in found)
    return None


def can_be_snapshotted(name: str) -> bool:
    """Whether the server's file names for this collection fit a file system (with a typical peer id)."""
    return len(name.encode("utf-8", "replace")) <= LONGEST_SNAPSHOT_NAME


def shortened(name: str, end: str) -> str:
    """The name with ``end``, cut so that the collection can be snapshotted."""
    room = LONGEST_SNAPSHOT_NAME - len(end.encode("utf-8", "replace"))
    return name.encode("utf-8", "replace")[:room].decode("utf-8", "ignore") + end


def parse_snapshot_name(file_name: str) -> SnapshotName | None:
    """Parse a file name of the server, from the right (collections may be called ``a-1-b``).

    None if the name is not from the server: uploaded files may have any name. A collection called ``x-shard`` with a
    peer id of up to ten digits cannot be told from a shard of ``x``; real peer ids are longer.
    """
    match = _FULL.fullmatch(file_name)
    if match:
        return SnapshotName("full", None, None, match["time"])
    for kind, pattern in (("shard", _SHARD), ("collection", _COLLECTION)):
        match = pattern.fullmatch(file_name)
        if match:
            return SnapshotName(kind, match["name"], int(match["number"]), match["time"])
    return None


def is_of_another(file_name: str, peer_id: int | None) -> bool:
    """Whether a collection's snapshot was made by another server than ``peer_id``; False if the name does not show
    this."""
    parsed = parse_snapshot_name(file_name)
    return parsed is not None and parsed.kind == "collection" and peer_id is not None and parsed.number != peer_id


def file_location(path: str) -> str:
    """``file:///...`` of an absolute path as the *server* sees it, percent-encoded (the server decodes it)."""
    if not path.startswith("/"):
        raise UsageError(f"{path!r} is not an absolute path", "Use the absolute path as the Qdrant server sees it.")
    return "file://" + urllib.parse.quote(path, safe="/")


def before_switch(collection: str) -> str:
    """The name of a collection before it was restored beside itself; unchanged if it was not."""
    match = _SWITCHED.fullmatch(collection)
    return match[1] if match else collection
