# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of archives on this host while they are uploaded: each is fetched once, and removed after its last use."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import threading
from collections.abc import Iterator, Mapping

from .._archive.hashing import check_sha256
from .._base.errors import EngineError
from .._base.ownership import make_private
from .._base.progress import Progress
from .._repository.store import Store
from .._restore.deliver import remove_dead_files
from .._restore.errors import spool_error
from .cut import cut_shards
from .values import ShardArchive

Which = tuple[str, int]  # an archive's key, and the shard that is cut out of it (-1: the archive itself)


def which_of(archive: ShardArchive) -> Which:
    """The copy that an archive needs."""
    return archive.location, archive.shard if archive.cut else -1


@dataclasses.dataclass
class _Copy:
    path: str = ""
    sha256: str = ""
    left: int = 0
    users: int = 0  # tries that read it now: repeated ones count in ``left`` too


class Copies:
    """folder: for temporary files of this host; uses: how often each copy is uploaded. Several threads may ask."""

    def __init__(self, store: Store | None, folder: str, uses: Mapping[Which, int], progress: Progress) -> None:
        self._store, self._folder, self._progress = store, folder, progress
        self._copies = {which: _Copy(left=count) for which, count in uses.items()}
        self._locks: dict[str, threading.Lock] = {location: threading.Lock() for location, dummy in uses}
        self._one = threading.Lock()
        remove_dead_files(folder)

    @contextlib.contextmanager
    def of(self, archive: ShardArchive) -> Iterator[tuple[str, str]]:
        """(path, sha256) of a copy, which is removed after its last use. A copy with another hash is never given."""
        which = which_of(archive)
        copy = self._copies[which]
        with self._used(copy):
            with self._locks[archive.location]:
                if not copy.path:
                    self._fetch(archive)
            try:
                yield copy.path, copy.sha256
            finally:
                copy.left -= 1

    @contextlib.contextmanager
    def _used(self, copy: _Copy) -> Iterator[None]:
        """Inside, the copy is not removed."""
        with self._one:
            copy.users += 1
        try:
            yield
        finally:
            with self._one:
                copy.users -= 1
                if copy.left <= 0 and not copy.users:
                    _remove(copy)

    def close(self) -> None:
        """Remove what is left."""
        for copy in self._copies.values():
            _remove(copy)

    def _fetch(self, archive: ShardArchive) -> None:
        name = os.path.basename(archive.location)
        path = os.path.join(self._folder, f"{os.getpid()}-{archive.node}-{name}")
        if self._store is None:
            raise EngineError("fetch", archive.location, "there is no repository", "Name bucket or path.")
        try:
            make_private(self._folder)
            self._store.get_file(archive.location, path, progress=self._progress)
            os.chmod(path, 0o600)
            check_sha256(path, archive.sha256, archive.location)
            if not archive.cut:
                copy = self._copies[which_of(archive)]
                copy.path, copy.sha256 = path, archive.sha256
                return
            # One that is removed already has been used, unless it is asked for once more.
            wanted = [
                shard
                for (location, shard), copy in self._copies.items()
                if location == archive.location and not copy.path and (copy.left > 0 or shard == archive.shard)
            ]
            for shard, (cut, sha256) in cut_shards(path, wanted, archive.location).items():
                self._copies[archive.location, shard].path = cut
                self._copies[archive.location, shard].sha256 = sha256
            os.unlink(path)
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.unlink(path)
            if not isinstance(error, OSError):
                raise
            raise spool_error(self._folder, error) from None


def _remove(copy: _Copy) -> None:
    if copy.path:
        with contextlib.suppress(OSError):
            os.unlink(copy.path)
        copy.path = ""
