# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An unchanged collection is copied inside the store from the previous backup: no archive byte is sent.

Only the content digest says that nothing changed. A copy takes as long as a snapshot, so it may begin before the digest
is known, where the node's list of segments is the one noted with the previous archive; it is used only if the digest
agrees afterwards.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

from .._qdrant.client import Node
from .._qdrant.values import ShardView
from .._repository import layout
from .._repository.errors import StoreError
from .._repository.manifest import ArchiveEntry
from .._repository.store import ObjectInfo
from .opening import Repository
from .values import Prior
from .watch import Watch


@dataclasses.dataclass(frozen=True)
class Copied:
    """The outcome of one attempt. archive: for the manifest, None where the archive must be uploaded after all."""

    archive: ArchiveEntry | None
    warnings: tuple[str, ...] = ()


def fingerprint(node: Node, collection: str, shards: ShardView | None) -> str:
    """A digest over the segments of every shard of this node; "" where the node does not tell them.

    Equal twice: most likely nothing changed. Different: something was written, or only flushed or rearranged.
    """
    manifests: dict[str, Any] = {}
    for shard in shards.local if shards is not None else ():
        found = node.shard_manifest(collection, shard.shard_id)
        if not found:
            return ""
        manifests[str(shard.shard_id)] = found
    if not manifests:
        return ""
    text = json.dumps(manifests, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def seems_unchanged(name: str, print_now: str, repository: Repository) -> Prior | None:
    """The previous archive, if the node's segments are those that were noted with it."""
    prior = repository.prior(name)
    if repository.committed is not None or prior is None or not print_now:
        return None
    return prior if prior.entry.extra.get("fingerprint") == print_now else None


def copy_in_advance(name: str, print_now: str, repository: Repository, watch: Watch) -> Copied | None:
    """Copy the previous archive if nothing seems to have changed since; None where it does."""
    prior = seems_unchanged(name, print_now, repository)
    return copy_previous(name, prior, repository, watch) if prior is not None else None


def copy_previous(name: str, prior: Prior, repository: Repository, watch: Watch) -> Copied:
    """The previous archive once more, under this backup's id and its own file name. What goes wrong with it is no
    failure: then the archive is sent, and whatever is wrong with the store itself shows there."""
    try:
        return _copy_previous(name, prior, repository, watch)
    except StoreError as error:
        return Copied(None, (f"the archive of backup {prior.backup_id} was sent anew, not copied: {error.sentence()}",))


def _copy_previous(name: str, prior: Prior, repository: Repository, watch: Watch) -> Copied:
    source, options = prior.entry.archive, repository.options
    if failed_since(repository, prior, name):
        return Copied(None, (f"a proof of backup {prior.backup_id} failed: its archive was sent anew, not copied",))
    info = repository.store.head(source.key)
    if info is None or info.bytes != source.bytes:
        return Copied(None, (f"the archive of backup {prior.backup_id} is gone from the store, or has another size",))
    if source.extra.get("etag") not in (None, info.etag):
        return Copied(None, (f"the archive of backup {prior.backup_id} was overwritten since: sent anew, not copied",))
    if not info.readable:  # it is uploaded again
        return Copied(None)
    prefix = layout.archives_prefix(options.cluster, options.node, options.backup_id)
    key = prefix + layout.segment(name) + "/" + source.key.rsplit("/", 1)[-1]
    watch.tell("copy", name, 0, source.bytes)
    try:
        copied = repository.store.copy(source.key, key, source=info)
    except StoreError as error:
        if error.kind != "exists":
            raise
        copied = None
    # None also where a killed run of this id copied it already.
    copied = copied or same_object(repository, key, source.bytes, source.sha256)
    if copied is None or copied.bytes != source.bytes:
        return Copied(None)
    repository.stored.note(copied.key)
    extra = {"etag": copied.etag}
    return Copied(ArchiveEntry(copied.key, source.bytes, source.sha256, source.content_digest, source.key, extra))


def failed_since(repository: Repository, prior: Prior, name: str) -> bool:
    """Whether the last proof of the previous archive says that it is not good."""
    verdict = True
    for proof in repository.catalogue.proofs(repository.options.node, prior.backup_id):  # oldest first
        for about in proof.get("collections") or []:
            if isinstance(about, dict) and about.get("name") == name:
                verdict = about.get("ok") is True
    return not verdict


def same_object(repository: Repository, key: str, size: int, sha256: str) -> ObjectInfo | None:
    """The object at ``key``, if it holds exactly these bytes: an answer that got lost, or a killed run's work."""
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
