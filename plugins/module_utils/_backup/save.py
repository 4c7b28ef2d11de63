# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The repository's side of one collection: inspect its archive, then copy the previous one in the store, or upload."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import os
import threading

from .._archive.facts import ArchiveFacts
from .._base.progress import Event
from .._qdrant.values import Snapshot
from .._repository import layout
from .._repository.errors import StoreError
from .._repository.manifest import ArchiveEntry
from .._repository.store import ObjectInfo
from .errors import CollectionFailed
from .inspection import Inspection
from .opening import Repository
from .reuse import Copied, copy_previous, same_object
from .watch import Stages, Watch

_MOST_NAMES = 5


@dataclasses.dataclass(frozen=True)
class Job:
    """An archive on disk to be stored. inspection: its facts, already being found out beside the upload;
    copying: the previous archive, where it is copied in advance; given_up: set where nobody wants it any more."""

    name: str
    path: str
    snapshot: Snapshot
    inspection: Inspection
    stages: Stages
    copying: concurrent.futures.Future[Copied | None] | None = None
    given_up: threading.Event = dataclasses.field(default_factory=threading.Event)

    def needed(self) -> None:
        """CollectionFailed where the collection has failed meanwhile: what is not sent yet need not be sent."""
        if self.given_up.is_set():
            raise CollectionFailed(self.name, "it failed before its archive was stored")


@dataclasses.dataclass(frozen=True)
class Saved:
    """What was stored. sent: archive bytes that went over the wire."""

    archive: ArchiveEntry
    facts: ArchiveFacts
    sent: int
    warnings: tuple[str, ...] = ()


def save(job: Job, repository: Repository, watch: Watch) -> Saved:
    """Store one archive. CollectionFailed where the archive is not whole; StoreError where the store refuses."""
    size = _check_size(job)
    prior = repository.prior(job.name)
    copied = job.copying.result() if job.copying is not None else None
    if prior is not None and (copied is not None or prior.entry.archive.bytes == size):
        # Most likely nothing changed, and then nothing needs to be sent: look first. The size alone does not tell: the
        # same content takes more or less room in an archive as holes in its files come and go.
        facts = _facts(job, watch)
        if prior.entry.archive.content_digest == facts.content_digest:
            if copied is None:
                with job.stages("copy"):
                    copied = copy_previous(job.name, prior, repository, watch)
            if copied.archive is not None:
                return Saved(copied.archive, facts, 0, copied.warnings)
    job.inspection.hash_file()
    warnings = list(copied.warnings) if copied else []
    if copied is not None and copied.archive is not None:
        warnings.append(f"it was not the same after all: the copy {copied.archive.key} belongs to no backup")
    job.needed()
    with job.stages("upload"):
        info = _upload(job, repository, watch)
    repository.stored.note(info.key)
    facts = _facts(job, watch)
    if info.bytes != facts.bytes:
        raise CollectionFailed(
            job.name, f"{info.bytes} bytes were stored, the archive has {facts.bytes}: it changed while it was read"
        )
    archive = ArchiveEntry(info.key, facts.bytes, facts.sha256, facts.content_digest, extra={"etag": info.etag})
    return Saved(archive, facts, size, tuple(warnings))


def verify(name: str, snapshot: Snapshot, facts: ArchiveFacts) -> None:
    """CollectionFailed unless the bytes are those the node hashed (where they were hashed here too), and whole."""
    if facts.sha256 and snapshot.checksum is not None and snapshot.checksum != facts.sha256:
        raise CollectionFailed(
            name,
            f"the archive {snapshot.name} has sha256 {facts.sha256}, the node noted {snapshot.checksum}: "
            "it was changed or cut after it was made",
            "Check the disk of the node, and who else writes to its snapshots folder; then back up again.",
        )
    if facts.problems:
        more = f" (and {len(facts.problems) - 3} more)" if len(facts.problems) > 3 else ""
        raise CollectionFailed(name, f"the archive {snapshot.name} is not whole: {'; '.join(facts.problems[:3])}{more}")
    if facts.kind != "collection":
        raise CollectionFailed(name, f"the archive {snapshot.name} is not one of a collection but: {facts.kind}")


def _facts(job: Job, watch: Watch) -> ArchiveFacts:
    watch.tell("inspect", job.name)
    with job.stages("inspect"):
        facts = job.inspection.facts()
    verify(job.name, job.snapshot, facts)
    return facts


def _check_size(job: Job) -> int:
    try:
        size = os.stat(job.path).st_size
    except OSError as error:
        raise CollectionFailed(job.name, f"the archive {job.path} is gone: {error.strerror}") from None
    if size != job.snapshot.size:
        raise CollectionFailed(
            job.name,
            f"the archive {job.snapshot.name} has {size} bytes, the node said {job.snapshot.size}: "
            "it was cut or changed",
            "Check the disk of the node, and that snapshots_dir is the folder of this node.",
        )
    return size


def _upload(job: Job, repository: Repository, watch: Watch) -> ObjectInfo:
    """Store the file under its name; where that is taken by other bytes (a killed run's), under a numbered one."""

    def progress(event: Event) -> None:
        job.needed()
        facts = job.inspection.known()
        if facts is not None:
            verify(job.name, job.snapshot, facts)  # do not send the rest of what is broken
        watch.forward(event)

    for key in _keys(job, repository):
        watch.tell("upload", job.name, 0, job.snapshot.size)
        try:
            return repository.store.put_file(key, job.path, if_absent=True, progress=progress)
        except StoreError as error:
            if error.kind != "exists":
                raise
        sha256 = _facts(job, watch).sha256
        there = same_object(repository, key, job.snapshot.size, sha256)
        if there is not None:
            return there
    raise CollectionFailed(
        job.name, f"its archive's name is taken {_MOST_NAMES} times in backup {repository.options.backup_id}"
    )


def _keys(job: Job, repository: Repository) -> list[str]:
    """The key of the archive, and others for the case that a killed run of the same id left something there."""
    options = repository.options
    stem, dot, ending = job.snapshot.name.rpartition(".")
    names = [job.snapshot.name] + [
        f"{stem or ending}.{number}{dot}{ending if stem else ''}" for number in range(2, _MOST_NAMES + 1)
    ]
    return [layout.archive_key(options.cluster, options.node, options.backup_id, job.name, name) for name in names]
