# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the contents of an archive on disk, in a thread in parallel with the upload.

If an archive probably equals the previous one, only its content is hashed: if it agrees, nothing is sent, and the hash
of the file is not needed. If it does not, the file is read a second time, in parallel with its upload.
"""

from __future__ import annotations

import concurrent.futures

# At the top, not in the function: threads that import a module of the one file for the first time at the same moment
# can see it half loaded (zipimport on Python 3.9).
from .._archive.facts import ArchiveFacts
from .._archive.inspect import inspect_file


class Inspection:
    """The facts of one archive, which are being read. content_only: without the hash of the file; ``sha256`` is ""
    then."""

    def __init__(self, pool: concurrent.futures.Executor, path: str, *, content_only: bool = False) -> None:
        self._pool, self._path, self._content_only = pool, path, content_only
        self._future = self._begin()

    def _begin(self) -> concurrent.futures.Future[ArchiveFacts]:
        return self._pool.submit(inspect_file, self._path, hash_file=not self._content_only)

    def facts(self) -> ArchiveFacts:
        """Wait for the facts. ArchiveError if the file cannot be read."""
        return self._future.result()

    def known(self) -> ArchiveFacts | None:
        """The facts if they are known, else None."""
        return self._future.result() if self._future.done() and self._future.exception() is None else None

    def hash_file(self) -> None:
        """Also read the hash of the file, because the archive must be sent."""
        if self._content_only:
            self._content_only = False
            self._future = self._begin()

    def wait(self) -> None:
        """Wait until the file is no longer read."""
        concurrent.futures.wait([self._future])
