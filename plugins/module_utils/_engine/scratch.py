# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scratch folder of an opened archive: its space is planned, and folders of killed runs are removed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator

from .._base.errors import EngineError, RefusedError
from .._base.plan import human_bytes

PREFIX = "qdrant-backup-engine-"
WAL_FILES = 4  # that the engine creates in advance for each shard, at the size of the collection's WAL segments
WAL_BYTES = 32 << 20  # the server's default size of a WAL segment
_LOCK = "lock"


def needed(archive_bytes: int, shards: int, wal_bytes: int = WAL_BYTES) -> int:
    """Bytes that an opened archive needs: its copy, the unpacked files, and the engine's own write-ahead logs."""
    return 2 * archive_bytes + max(1, shards) * WAL_FILES * wal_bytes


def free_bytes(folder: str) -> int:
    """Free space for this user in a folder. EngineError if it cannot be read."""
    try:
        facts = os.statvfs(folder)
    except OSError as error:
        raise _unusable(folder, error) from error
    return facts.f_bavail * facts.f_frsize


def check_space(folder: str, wanted: int, keep: int) -> None:
    """RefusedError if less than ``keep`` bytes would stay free."""
    free = free_bytes(folder)
    if free - wanted < keep:
        raise RefusedError(
            "open an archive",
            f"in {folder}",
            f"{human_bytes(free)} are free there; the archive needs about {human_bytes(wanted)} while it is open, and "
            f"{human_bytes(keep)} must stay free",
            "Set scratch_dir to a folder with more space, or lower min_free.",
            kind="no_space",
        )


@contextlib.contextmanager
def scratch(parent: str) -> Iterator[str]:
    """A new folder, removed at the end. It is locked while it is used: the next run removes folders of killed runs."""
    try:
        _sweep(parent)
        folder = tempfile.mkdtemp(prefix=PREFIX, dir=parent)
    except OSError as error:
        raise _unusable(parent, error) from error
    try:
        handle = os.open(os.path.join(folder, _LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield folder
        finally:
            os.close(handle)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(parent: str) -> None:
    """Remove folders of runs that were killed: their locks ended with them."""
    for name in os.listdir(parent):
        folder = os.path.join(parent, name)
        if not name.startswith(PREFIX) or os.path.islink(folder):
            continue
        with contextlib.suppress(OSError):
            handle = os.open(os.path.join(folder, _LOCK), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)


def _unusable(folder: str, error: OSError) -> EngineError:
    return EngineError(
        "use the scratch folder", folder, error.strerror or str(error), "Set scratch_dir to a folder that is writable."
    )
