# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies an unchanged collection or shard inside the store from the previous backup, without an upload.

Only the content digest proves that nothing changed (``unchanged`` decides where no snapshot is taken). A copy takes as
long as a snapshot, so it starts before the digest is known if the node's list of segments is the one recorded with the
previous archive. It is used only if the digest agrees.
"""

from __future__ import annotations

import dataclasses
import hashlib

from .._repository import layout
from .._repository.errors import StoreError
from .._repository.manifest import ArchiveEntry
from .._repository.store import ObjectInfo
from .flow import Sending
from .opening import Repository
from .options import BackupOptions
from .unchanged import same_probe
from .values import CollectionFacts, Prior
from .watch import Watch


@dataclasses.dataclass(frozen=True)
class Copied:
    """The outcome of one attempt. archive: for the manifest, None if the archive must be uploaded."""

    archive: ArchiveEntry | None
    warnings: tuple[str, ...] = ()


def seems_unchanged(name: str, print_now: str, repository: Repository) -> Prior | None:
    """The previous archive, if the node's segments are those recorded with it."""
    prior = repository.prior(name)
    if repository.committed is not None or prior is None or not print_now:
        return None
    return prior if prior.entry.extra.get("fingerprint") == print_now else None


def carried_probe(
    facts: CollectionFacts, print_now: str, options: BackupOptions, repository: Repository
) -> Prior | None:
    """The previous backup of the collection, if nothing seems to have changed since and its probe is complete. The
    probe is reused only if the content of the archive is the same."""
    prior = seems_unchanged(facts.name, print_now, repository)
    if prior is None or not same_probe(prior.entry, facts, options.probe):
        return None
    try:
        return None if failed_since(repository, prior, facts.name) else prior
    except StoreError:  # errors of the store are reported by the upload
        return None


def copy_in_advance(
    name: str, print_now: str, repository: Repository, watch: Watch, sending: Sending | None = None
) -> Copied | None:
    """Copy the previous archive if nothing seems to have changed since, else None."""
    prior = seems_unchanged(name, print_now, repository)
    if prior is None:
        return None
    with (sending or Sending())(prior.entry.archive.bytes):
        return copy_previous(name, prior, repository, watch)


def copy_previous(name: str, prior: Prior, repository: Repository, watch: Watch) -> Copied:
    """The previous archive, copied under this backup's id and its own file name. An error here is not a failure: then
    the archive is uploaded, and the upload reports errors of the store."""
    try:
        return _copy_previous(name, prior, repository, watch)
    except StoreError as error:
        return Copied(
            None, (f"the archive of backup {prior.backup_id} was uploaded again, not copied: {error.sentence()}",)
        )


def _copy_previous(name: str, prior: Prior, repository: Repository, watch: Watch) -> Copied:
    source, options = prior.entry.archive, repository.options
    if failed_since(repository, prior, name):
        return Copied(
            None, (f"a proof of backup {prior.backup_id} failed: its archive was uploaded again, not copied",)
        )
    info = repository.stored_before(prior, source)
    if info is None or info.bytes != source.bytes:
        return Copied(None, (f"the archive of backup {prior.backup_id} is missing in the store, or has another size",))
    if source.extra.get("etag") not in (None, info.etag):
        return Copied(
            None, (f"the archive of backup {prior.backup_id} was overwritten since: uploaded again, not copied",)
        )
    if not info.readable:  # it is uploaded again
        return Copied(None)
    prefix = layout.archives_prefix(options.cluster, options.node, options.backup_id)
    key = prefix + layout.segment(prior.entry.name) + "/" + source.key.rsplit("/", 1)[-1]
    watch.tell("copy", name, 0, source.bytes)
    try:
        copied = repository.store.copy(source.key, key, source=info)
    except StoreError as error:
        if error.kind != "exists":
            raise
        copied = None
    # Also None if a killed run of this id copied it.
    copied = copied or same_object(repository, key, source.bytes, source.sha256)
    if copied is None or copied.bytes != source.bytes:
        return Copied(None)
    repository.stored.note(copied.key)
    extra = {"etag": copied.etag}
    return Copied(ArchiveEntry(copied.key, source.bytes, source.sha256, source.content_digest, source.key, extra))


def failed_since(repository: Repository, prior: Prior, name: str) -> bool:
    """Whether a proof of the previous archive failed, and no later one clears it."""
    return repository.verdicts(prior.backup_id).get(name) is False


def same_object(repository: Repository, key: str, size: int, sha256: str) -> ObjectInfo | None:
    """The object at ``key``, if it has exactly these bytes: after a lost answer, or from a killed run."""
    info = repository.store.head(key)
    if info is None or info.bytes != size:
        return None
    digest = hashlib.sha256()
    with repository.store.open(key) as stream:
        while True:
            chunk = stream.read(1 << 20)
            if not chunk:
                break
            digest.update(chunk)
    return info if digest.hexdigest() == sha256 else None
