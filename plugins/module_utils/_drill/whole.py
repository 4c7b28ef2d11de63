# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup of all nodes of a cluster as one: its collections, the archives of their shards, and what it lacks."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .._fleet.archives import find
from .._fleet.values import Archived
from .._proof.by_engine import missing_shards
from .._repository.errors import StoreError
from .._repository.manifest import ArchiveEntry, CollectionEntry, PointsEntry, ShardsEntry
from .._repository.parts import SHARD
from .._restore.values import RestoreOptions

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue
    from .._repository.manifest import Manifest


@dataclasses.dataclass(frozen=True)
class Whole:
    """manifest: of all nodes together, with one entry for each collection; lacking: collections of which shards are in
    no archive, and which; archives: of each collection, as (node, part); parts: of each node, all that it stored;
    keyed: collections with shard keys."""

    manifest: Manifest
    lacking: tuple[tuple[str, str], ...] = ()
    archives: Mapping[str, tuple[tuple[str, str], ...]] = dataclasses.field(default_factory=dict)
    parts: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    keyed: frozenset[str] = frozenset()


def is_part(manifest: Manifest) -> bool:
    """Whether other nodes store shards of the collections."""
    own = any(item.kind == SHARD or missing_shards(item) for item in manifest.collections)
    return own or bool(manifest.shards_elsewhere)


def whole_backup(catalogue: Catalogue, backup_id: str) -> Whole:
    """Everything that all nodes stored under one id. StoreError if no manifest of it can be read."""
    found = find(catalogue, RestoreOptions(cluster=catalogue.cluster, backup_id=backup_id))
    read = [one for dummy, one in catalogue.manifests(catalogue.nodes_of(backup_id)) if not isinstance(one, StoreError)]
    failed = {one.name: one for manifest in read for one in manifest.failed}
    known = {item.name for manifest in read for item in manifest.collections}.union(
        *(manifest.shards_elsewhere for manifest in read)
    )
    lacking = [(one.whole.collection, _lacks(one)) for one in found.archived if one.lacking or one.differ]
    held = {one.whole.collection for one in found.archived}
    lacking += [(name, "it is in no archive") for name in sorted(known - held - set(failed))]
    first = min(read, key=lambda manifest: manifest.started_at)
    items = tuple(_entry(one) for one in found.archived if one.shards)
    return Whole(
        dataclasses.replace(first, collections=items, failed=tuple(failed.values())),
        tuple(lacking),
        {
            one.whole.collection: tuple(
                dict.fromkeys((archive.node, archive.part(one.whole.collection)) for archive in one.shards)
            )
            for one in found.archived
        },
        {manifest.node.name: tuple(item.part for item in manifest.collections) for manifest in read},
        frozenset(one.whole.collection for one in found.archived if one.whole.custom_sharding),
    )


def _lacks(one: Archived) -> str:
    shards = ", ".join(map(str, one.lacking))
    return f"shard {shards} is in no archive" if shards else one.differ


def _entry(one: Archived) -> CollectionEntry:
    """The collection as if one archive held it."""
    whole = one.whole
    return CollectionEntry(
        name=whole.collection,
        kind="collection",
        archive=ArchiveEntry(key=whole.location, bytes=whole.bytes, sha256=""),
        config=whole.config or {},
        payload_schema=whole.payload_schema or {},
        shards=ShardsEntry(tuple(sorted(whole.known_shards))),
        points=PointsEntry(whole.points, whole.points, whole.quiet),
        probe=whole.probe or {},
        suspect={"why": whole.suspect} if whole.suspect else None,
    )
