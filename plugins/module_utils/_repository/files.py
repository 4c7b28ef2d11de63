# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durable files on this host, and their errors as StoreError."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from typing import IO

from .._base.ownership import hand_over
from .errors import StoreError


@contextlib.contextmanager
def local_file(attempted: str, on: str) -> Iterator[None]:
    """Turn file system errors inside into a StoreError."""
    try:
        yield
    except OSError as error:
        kind, next_step = _WORDS.get(error.errno or 0, ("other", ""))
        raise StoreError(attempted, on, error.strerror or str(error), next_step, kind=kind) from error


_WORDS = {
    errno.ENOENT: ("not_found", "Check the path, and that its file system is mounted."),
    errno.ENOTDIR: ("not_found", "Check the path: a part of it is a file."),
    errno.EACCES: ("forbidden", "Allow the user that runs this to read and write the folder."),
    errno.EPERM: ("forbidden", "Allow the user that runs this to read and write the folder."),
    errno.EROFS: ("forbidden", "The file system is mounted read-only."),
    errno.ENOSPC: ("full", "Free space on the file system of that path; nothing was committed."),
    errno.EDQUOT: ("full", "Raise the quota on the file system of that path; nothing was committed."),
    errno.ENAMETOOLONG: ("unsupported", "The file system does not support such long names."),
    errno.EIO: ("other", "The disk or the network file system reports an error: check it."),
    errno.ESTALE: ("unreachable", "Mount the network file system again."),
}


@contextlib.contextmanager
def removed_on_failure(path: str) -> Iterator[None]:
    """Delete an unfinished file on any error inside."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise


def make_folders(folder: str) -> None:
    """Create a folder and its parents, and fsync each parent."""
    if not os.path.isdir(folder):
        parent = os.path.dirname(folder)
        make_folders(parent)
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder, 0o750)
            hand_over(folder)
        fsync_folder(parent)


def fsync(handle: IO[bytes]) -> None:
    """Flush a file to the disk."""
    handle.flush()
    os.fsync(handle.fileno())


def fsync_folder(folder: str) -> None:
    """Flush the names in a folder to the disk."""
    descriptor = os.open(folder or ".", os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
