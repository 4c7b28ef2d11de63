# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that root creates in another user's folder get that user as their owner.

A run by hand or from a playbook runs as root, the scheduled run as the backup user. Both use the same folders, and the
scheduled run must be able to use the files of the first.
"""

from __future__ import annotations

import contextlib
import os
import stat


def make_private(path: str) -> None:
    """Create a folder and its missing parents with mode 0700 (makedirs sets the mode of the last one only)."""
    parent = os.path.dirname(path)
    if parent and not os.path.isdir(parent):
        make_private(parent)
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
        hand_over(path)
    if not os.path.isdir(path):
        raise NotADirectoryError(20, "Not a directory", path)


def hand_over(path: str) -> None:
    """Set the owner of root's file ``path`` to the owner of its folder; no effect if the caller is not root.

    That owner could replace the file anyway. Links, and files with several names, are not changed: they may belong to
    another folder.
    """
    if os.geteuid() != 0:
        return
    # A container or a hardened unit may forbid it. The file then stays root's.
    with contextlib.suppress(PermissionError):
        folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            owner = os.fstat(folder)
            if owner.st_uid != 0:
                _give(os.path.basename(path), folder, owner)
        finally:
            os.close(folder)


def own_like(folder: str, *paths: str) -> None:
    """Change the owner of files that root created to the owner of their folder, whose service must be able to read
    them. There is no call if the owner is right: a unit's filter may forbid it."""
    if os.geteuid() != 0:
        return
    owner = os.stat(folder)
    for path in paths:
        found = os.stat(path)
        if (found.st_uid, found.st_gid) != (owner.st_uid, owner.st_gid):
            os.chown(path, owner.st_uid, owner.st_gid)


def _give(name: str, folder: int, owner: os.stat_result) -> None:
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:  # a link, or removed by another process
        return
    try:
        found = os.fstat(handle)
        alone = stat.S_ISDIR(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1)
        if found.st_uid == 0 and alone:
            os.fchown(handle, owner.st_uid, owner.st_gid)
    finally:
        os.close(handle)
