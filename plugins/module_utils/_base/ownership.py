# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What root makes in another user's folder belongs to that user.

A run by hand, or from a playbook, is root's; the scheduled one is the backup user's. Both work in the same folders, and
what the first made there must not lock the second out.
"""

from __future__ import annotations

import contextlib
import os
import stat


def make_private(path: str) -> None:
    """Make a folder, and those above it that are missing, for one user alone (makedirs does so for the last only)."""
    parent = os.path.dirname(path)
    if parent and not os.path.isdir(parent):
        make_private(parent)
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
        hand_over(path)
    if not os.path.isdir(path):
        raise NotADirectoryError(20, "Not a directory", path)


def hand_over(path: str) -> None:
    """Give what root has at ``path`` to the owner of the folder that it lies in; without effect for everybody else.

    That owner could replace it anyway, so nothing is given away. A link is never followed, nor a file with a second
    name: what lies behind is not of this folder.
    """
    if os.geteuid() != 0:
        return
    # A container, or a unit without that right, may forbid it. Then it stays root's, as it was.
    with contextlib.suppress(PermissionError):
        folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            owner = os.fstat(folder)
            if owner.st_uid != 0:
                _give(os.path.basename(path), folder, owner)
        finally:
            os.close(folder)


def _give(name: str, folder: int, owner: os.stat_result) -> None:
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:  # a link, or gone meanwhile
        return
    try:
        found = os.fstat(handle)
        alone = stat.S_ISDIR(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1)
        if found.st_uid == 0 and alone:
            os.fchown(handle, owner.st_uid, owner.st_gid)
    finally:
        os.close(handle)
