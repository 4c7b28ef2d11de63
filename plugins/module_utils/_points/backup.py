# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup of a collection, opened without a server: its archives in a scratch folder, read by jobs of the engine."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .._archive.facts import UNNAMED_SHARD
from .._base.errors import EngineError
from .._base.progress import Event, Progress, silent
from .._engine import library, scratch
from .._engine.copying import Copying
from .._proof.by_engine import EngineOptions, bytes_needed
from .._proof.grades import read_archive
from .._repository.parts import SHARD
from .jobs import Jobs, Origin, unpack
from .options import Selection
from .records import Record
from .source import Archive, ShardKey, Source

if TYPE_CHECKING:
    from .._repository.store import Store

_OTHERWISE = "Use a host with a later Python, or let the node open it: open_with node (--open-with node)."


def require_engine(needed_for: str) -> None:
    """UsageError or MissingLibraryError, which say what to do, if the embedded engine cannot be used here."""
    library.require(needed_for, _OTHERWISE)


class OpenedBackup:
    """The unpacked shards of a collection in a backup. Errors: see ``Jobs``."""

    def __init__(self, source: Source, jobs: Jobs) -> None:
        self._source, self._jobs = source, jobs

    def list(self, key: ShardKey, selection: Selection, *, digests: bool) -> Iterator[Record]:
        """The records of the chosen points of a shard key, in the order of their ids."""
        return self._of(key).list(selection, digests=digests)

    def extract(self, key: ShardKey, keys: Sequence[bytes], page: int) -> Iterator[tuple[dict[str, Any], int]]:
        """See ``Jobs.extract``."""
        return self._of(key).extract(keys, page)

    def query(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to ``POST points/query``."""
        return self._jobs.query(body)

    def _of(self, key: ShardKey) -> Jobs:
        return self._jobs.of(self._source.shards_of(key))


@contextlib.contextmanager
def opened(
    store: Store, source: Source, options: EngineOptions, *, progress: Progress = silent
) -> Iterator[OpenedBackup]:
    """The archives of a source, fetched, compared with their checksums, and unpacked; all is removed at the end.

    RefusedError if the scratch folder has too little space, EngineError if an archive is damaged or does not open.
    """
    needed = sum(bytes_needed(archive.entry) for archive in source.archives)
    scratch.check_space(options.folder, needed, options.min_free)
    with scratch.scratch(options.folder) as folder:
        shards: dict[int, str] = {}
        for number, archive in enumerate(source.archives):
            found = _unpacked(store, source, archive, os.path.join(folder, str(number)), options, progress)
            shards.update({shard: path for shard, path in found.items() if shard in archive.shards})
        entry, origin = source.entry, _origin(source, source.archives[0])
        yield OpenedBackup(source, Jobs(folder, shards, entry.config, entry.payload_schema, origin, options))


def _unpacked(
    store: Store, source: Source, archive: Archive, folder: str, options: EngineOptions, progress: Progress
) -> dict[int, str]:
    os.mkdir(folder)
    copy = os.path.join(folder, "archive")
    total = archive.entry.archive.bytes
    origin = _origin(source, archive)

    def told(event: Event) -> None:
        progress(Event("fetch", archive.entry.archive.key, event.done, total))

    with open(copy, "wb", buffering=0) as out:
        copying = Copying(out)
        result, dummy = read_archive(store, archive.entry, progress=told, through=copying.of)
    if not result.ok:
        check = f"Use another backup, and verify this one: qdrant-backup verify --backup-id {source.backup_id}"
        raise EngineError("open the backup of", origin.on, result.detail, check)
    if copying.failed:
        raise EngineError(
            "copy the archive of", origin.on, copying.failed, "Set scratch_dir to a folder with more space."
        )
    progress(Event("open", archive.entry.archive.key, 0, 0))
    found = unpack(copy, folder, total, origin, options)
    if archive.entry.kind == SHARD and UNNAMED_SHARD in found:  # such an archive does not say which shard it is of
        found = {archive.shards[0]: found[UNNAMED_SHARD]}
    lost = sorted(set(archive.shards) - set(found))
    if lost:
        said = f"its archive has no data of shard {', '.join(map(str, lost))}"
        raise EngineError("open the backup of", origin.on, said, "Use another backup (list them: qdrant-backup list).")
    return found


def _origin(source: Source, archive: Archive) -> Origin:
    on = f"collection {source.collection} in backup {source.backup_id} of {archive.node}"
    remedy = f"Use another backup, and verify this one: qdrant-backup verify --backup-id {source.backup_id} --grade 2"
    return Origin(on, archive.server, source.bytes, remedy)
