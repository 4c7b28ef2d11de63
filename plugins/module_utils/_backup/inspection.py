# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an archive on disk holds, found out in a thread beside the upload.

Of an archive that is most likely the previous one once more, only the content is hashed: if it agrees, nothing is sent,
and nobody needs the hash of the file. If it does not, the file is read a second time, beside its upload.
"""

from __future__ import annotations

import concurrent.futures
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._archive.facts import ArchiveFacts


class Inspection:
    """One archive's facts on their way. content_only: leave out the hash of the file, ``sha256`` is "" then."""

    def __init__(self, pool: concurrent.futures.Executor, path: str, *, content_only: bool = False) -> None:
        self._pool, self._path, self._content_only = pool, path, content_only
        self._future = self._begin()

    def _begin(self) -> concurrent.futures.Future[ArchiveFacts]:
        return self._pool.submit(_inspect, self._path, not self._content_only)

    def facts(self) -> ArchiveFacts:
        """Wait for them. ArchiveError where the file cannot be read."""
        return self._future.result()

    def known(self) -> ArchiveFacts | None:
        """The facts, if they are there already."""
        return self._future.result() if self._future.done() and self._future.exception() is None else None

    def hash_file(self) -> None:
        """From now on ``facts`` has the hash of the file: the archive must be sent after all."""
        if self._content_only:
            self._content_only = False
            self._future = self._begin()

    def wait(self) -> None:
        """Until the file is not read any more."""
        concurrent.futures.wait([self._future])


def _inspect(path: str, hash_file: bool) -> ArchiveFacts:
    # Imported when the first archive is there: the node's first answer should not wait for it.
    from .._archive.inspect import inspect_file

    return inspect_file(path, hash_file=hash_file)
