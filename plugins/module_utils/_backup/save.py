# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores one collection: inspects its archive, then copies the previous one in the store, or uploads."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import os
import threading

from .._archive.facts import ArchiveFacts
from .._base.errors import EngineError
from .._base.progress import Event
from .._base.stages import Stages
from .._qdrant.scope import Scope
from .._qdrant.values import Snapshot
from .._repository import layout
from .._repository.errors import StoreError
from .._repository.manifest import ArchiveEntry
from .._repository.store import ObjectInfo
from .errors import CollectionFailed
from .flow import Sending
from .inspection import Inspection
from .opening import Repository
from .reuse import Copied, copy_previous, same_object
from .watch import Watch

_MOST_NAMES = 5


@dataclasses.dataclass(frozen=True)
class Job:
    """An archive on disk to be stored. name: ``part_name`` of the archive; scope: what it is of; inspection: its facts,
    which are read in parallel with the upload; copying: the previous archive, if it is copied in advance; expected: the
    required digest of its content, if the previous probe is reused; sending: shared by all jobs; given_up: set if the
    archive is no longer needed."""

    name: str
    scope: Scope
    path: str
    snapshot: Snapshot
    inspection: Inspection
    stages: Stages
    copying: concurrent.futures.Future[Copied | None] | None = None
    expected: str = ""
    sending: Sending = dataclasses.field(default_factory=Sending)
    given_up: threading.Event = dataclasses.field(default_factory=threading.Event)

    def needed(self) -> None:
        """CollectionFailed if the collection has failed: do not upload its archive."""
        if self.given_up.is_set():
            raise CollectionFailed(self.name, "it failed before its archive was stored")


@dataclasses.dataclass(frozen=True)
class Saved:
    """The stored archive. sent: uploaded bytes."""

    archive: ArchiveEntry
    facts: ArchiveFacts
    sent: int
    warnings: tuple[str, ...] = ()


class Outdated(EngineError):
    """The content is not as expected, so the collection must be backed up again."""


def save(job: Job, repository: Repository, watch: Watch) -> Saved:
    """Store one archive. CollectionFailed if the archive is incomplete; StoreError if the store refuses."""
    size = _check_size(job)
    prior = repository.prior(job.name)
    copied = job.copying.result() if job.copying is not None else None
    if prior is not None and (copied is not None or prior.entry.archive.bytes == size):
        # Probably nothing changed, so check before the upload. The size alone is not enough: the
        # same content has another archive size if the holes in its files differ.
        facts = _facts(job, watch)
        if job.expected and job.expected != facts.content_digest:
            raise Outdated("go on with", f"collection {job.name}", "it changed while its snapshot was made")
        if prior.entry.archive.content_digest == facts.content_digest:
            if copied is None:
                with job.stages("copy"), job.sending(prior.entry.archive.bytes):
                    copied = copy_previous(job.name, prior, repository, watch)
            if copied.archive is not None:
                return Saved(copied.archive, facts, 0, copied.warnings)
    job.inspection.hash_file()
    warnings = list(copied.warnings) if copied else []
    if copied is not None and copied.archive is not None:
        warnings.append(f"the content differs: the copy {copied.archive.key} belongs to no backup")
    with job.stages("upload"), job.sending(size):
        job.needed()
        info = _upload(job, repository, watch)
    repository.stored.note(info.key)
    facts = _facts(job, watch)
    if info.bytes != facts.bytes:
        raise CollectionFailed(
            job.name, f"{info.bytes} bytes were stored, the archive has {facts.bytes}: it changed while it was read"
        )
    archive = ArchiveEntry(info.key, facts.bytes, facts.sha256, facts.content_digest, extra={"etag": info.etag})
    return Saved(archive, facts, size, tuple(warnings))


def verify(name: str, kind: str, snapshot: Snapshot, facts: ArchiveFacts) -> None:
    """CollectionFailed unless the bytes match the node's hash (if they were hashed here too) and are complete. kind:
    what the archive must be of."""
    if facts.sha256 and snapshot.checksum is not None and snapshot.checksum != facts.sha256:
        raise CollectionFailed(
            name,
            f"the archive {snapshot.name} has sha256 {facts.sha256}, the node recorded {snapshot.checksum}: "
            "it was changed or truncated after its creation",
            "Check the disk of the node, and other programs that write to its snapshots folder. Then back up again.",
        )
    if facts.problems:
        more = f" (and {len(facts.problems) - 3} more)" if len(facts.problems) > 3 else ""
        raise CollectionFailed(
            name, f"the archive {snapshot.name} is incomplete: {'; '.join(facts.problems[:3])}{more}"
        )
    if facts.kind != kind:
        raise CollectionFailed(name, f"the archive {snapshot.name} is not of a {kind}, but: {facts.kind}")


def _facts(job: Job, watch: Watch) -> ArchiveFacts:
    watch.tell("inspect", job.name)
    with job.stages("inspect"):
        facts = job.inspection.facts()
    verify(job.name, job.scope.kind, job.snapshot, facts)
    return facts


def _check_size(job: Job) -> int:
    try:
        size = os.stat(job.path).st_size
    except OSError as error:
        raise CollectionFailed(job.name, f"the archive {job.path} cannot be read: {error.strerror}") from None
    if size != job.snapshot.size:
        raise CollectionFailed(
            job.name,
            f"the archive {job.snapshot.name} has {size} bytes, the node reported {job.snapshot.size}: "
            "it was truncated or changed",
            "Check the disk of the node, and that snapshots_dir is the folder of this node.",
        )
    return size


def _upload(job: Job, repository: Repository, watch: Watch) -> ObjectInfo:
    """Store the file under its name, or under a numbered one if a killed run stored other bytes there."""

    def progress(event: Event) -> None:
        job.needed()
        facts = job.inspection.known()
        if facts is not None:
            verify(job.name, job.scope.kind, job.snapshot, facts)  # do not send the rest of a damaged archive
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
        job.name, f"{_MOST_NAMES} archives with its name exist in backup {repository.options.backup_id}"
    )


def _keys(job: Job, repository: Repository) -> list[str]:
    """The key of the archive, and others if a killed run of the same id stored another archive there."""
    options = repository.options
    stem, dot, ending = job.snapshot.name.rpartition(".")
    names = [job.snapshot.name] + [
        f"{stem or ending}.{number}{dot}{ending if stem else ''}" for number in range(2, _MOST_NAMES + 1)
    ]
    collection = str(job.scope.name)
    return [layout.archive_key(options.cluster, options.node, options.backup_id, collection, name) for name in names]
