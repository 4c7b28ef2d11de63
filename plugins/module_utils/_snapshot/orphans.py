# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a full snapshot leaves behind: checksum files of the collection snapshots that it has removed."""

from __future__ import annotations

import os

_CHECKSUM = ".checksum"


def orphans(snapshots_dir: str) -> set[str]:
    """Paths of checksum files below the folder whose snapshot is missing. Empty if the folder cannot be read."""
    found = set()
    try:
        folders = [entry.path for entry in os.scandir(snapshots_dir) if entry.is_dir() and entry.name != "tmp"]
        for folder in folders:
            names = set(os.listdir(folder))
            found |= {
                os.path.join(folder, name)
                for name in names
                if name.endswith(".snapshot" + _CHECKSUM) and name[: -len(_CHECKSUM)] not in names
            }
    except OSError:
        return set()
    return found


def remove(paths: set[str]) -> list[str]:
    """Delete the files and return those that were deleted."""
    removed = []
    for path in sorted(paths):
        try:
            os.unlink(path)
            removed.append(path)
        except OSError:
            continue
    return removed
