# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be seen of an archive that the node fetches itself: it unpacks it below its storage while it comes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence


def temporary_folders(snapshots_dir: str) -> list[str]:
    """Where a node whose snapshots are stored unpacks, in Qdrant's own layout; elsewhere nothing is seen."""
    if not snapshots_dir:
        return []
    parent = os.path.dirname(os.path.abspath(snapshots_dir))
    return [os.path.join(parent, "storage", "tmp"), os.path.join(snapshots_dir, "tmp")]


class Arrivals:
    """Calling it gives the bytes of what has appeared in the folders since it was made; None while there is nothing, or
    it cannot be read. beginning: of the names that count, "" for all. The server names what it unpacks after the
    archive, and others may be unpacked beside it."""

    def __init__(self, folders: Sequence[str], beginning: str = "") -> None:
        self._folders, self._beginning = folders, beginning
        self._before = set(self._entries())

    def __call__(self) -> int | None:
        new = [path for path in self._entries() if path not in self._before]
        try:
            return sum(_bytes_below(path) for path in new) if new else None
        except PermissionError:  # the server makes its folders for itself alone
            return None

    def _entries(self) -> Iterator[str]:
        for folder in self._folders:
            with contextlib.suppress(OSError):
                names = (name for name in os.listdir(folder) if name.startswith(self._beginning))
                yield from (os.path.join(folder, name) for name in names)


def _bytes_below(path: str) -> int:
    """PermissionError if it cannot be read: this is not the same as an empty folder."""
    total = 0
    for folder, dummy, names in os.walk(path, onerror=_unless_gone):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(os.path.join(folder, name)).st_size
    return total


def _unless_gone(error: OSError) -> None:
    """Files are moved to their place while we look; this is not an error."""
    if isinstance(error, PermissionError):
        raise error
