# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts for the tables, made short."""

from __future__ import annotations

from typing import Any

from ansible_collections.vectorops.qdrant.plugins.module_utils._archive.facts import ArchiveFacts, ShardFacts
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.options import BackupOptions
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.select import select
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.values import (
    CollectionFacts,
    NodeFacts,
    Prior,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import (
    Cluster,
    Collection,
    LocalShard,
    RemoteShard,
    ShardView,
    Snapshot,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import (
    ArchiveEntry,
    CollectionEntry,
    PointsEntry,
)

BACKUP_ID = "20261122T190000Z"
BEFORE = "20261122T180000Z"
SINGLE = Cluster(False, None, {})
THREE = Cluster(True, 11, {11: "a", 22: "b", 33: "c"})


def options(**more: Any) -> BackupOptions:
    given: dict[str, Any] = {"cluster": "c", "backup_id": BACKUP_ID, "node_name": "node-a", "min_free": 0, **more}
    return BackupOptions(**given)


def about(name: str, **more: Any) -> Collection:
    given: dict[str, Any] = {
        "status": "green",
        "optimizer_status": "ok",
        "config": {"params": {"vectors": {"size": 4, "distance": "Cosine"}}},
        "payload_schema": {},
        "points_count": 100,
        "indexed_vectors_count": 0,
        "update_queue_length": 0,
        "warnings": [],
        **more,
    }
    return Collection(name=name, **given)


def view(
    local: dict[int, str] | None = None,
    remote: dict[int, tuple[int, str]] | None = None,
    *,
    peer: int = 11,
    transfers: int = 0,
    resharding: int = 0,
) -> ShardView:
    """local: shard -> state; remote: shard -> (peer, state)."""
    here = {0: "Active"} if local is None else local
    return ShardView(
        peer,
        len({*here, *(remote or {})}),
        tuple(LocalShard(shard, state, 50, None) for shard, state in here.items()),
        tuple(RemoteShard(shard, other, state, None) for shard, (other, state) in (remote or {}).items()),
        transfers,
        resharding,
    )


def snapshot(name: str = "a", size: int = 1000, hour: int = 18, checksum: str | None = "a" * 64) -> Snapshot:
    return Snapshot(f"{name}-11-2026-11-22-{hour:02}-00-00.snapshot", size, None, checksum)


def collection_facts(name: str, **more: Any) -> CollectionFacts:
    return CollectionFacts(**{"name": name, "info": about(name), "shards": view(), **more})


def node_facts(
    *names: str, patterns: tuple[str, ...] = (), aliases: dict[str, str] | None = None, **more: Any
) -> NodeFacts:
    facts = more.pop("collections", {})
    given: dict[str, Any] = {"recoveries": 0, "cluster": SINGLE, **more}
    selection = select(patterns, names, aliases or {})
    return NodeFacts(
        url="http://127.0.0.1:6333",
        version="1.18.3",
        names=tuple(sorted(names)),
        aliases=aliases or {},
        selection=selection,
        collections={name: facts.get(name) or collection_facts(name) for name in selection.names},
        **given,
    )


def entry(
    name: str = "a",
    points: int | None = 100,
    size: int = 1000,
    digest: str | None = "d" * 64,
    **more: Any,
) -> CollectionEntry:
    return CollectionEntry(
        name=name,
        kind="collection",
        archive=ArchiveEntry(f"c/archives/node-a/{BEFORE}/{name}/{name}.snapshot", size, "a" * 64, digest),
        points=PointsEntry(points, points, True),
        **more,
    )


def prior(name: str = "a", **more: Any) -> Prior:
    return Prior(BEFORE, entry(name, **more))


def archive(shards: dict[int, bool] | None = None, **more: Any) -> ArchiveFacts:
    """shards: id -> has data."""
    held = {0: True} if shards is None else shards
    given: dict[str, Any] = {
        "kind": "collection",
        "bytes": 1000,
        "sha256": "a" * 64,
        "content_digest": "d" * 64,
        "entries": 10,
        "config": {},
        "payload_schema": {},
        "shard_keys": {},
        "members": {},
        "aliases": {},
        "largest_segment": 10,
        "segments_bytes": 10,
        "problems": (),
        **more,
    }
    return ArchiveFacts(
        shards={shard: ShardFacts(shard, data, int(data), 10, "Active") for shard, data in held.items()}, **given
    )
