# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts of a backup. Values only: no decisions, no I/O."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._base.intent import Intent
from .._base.plan import Plan
from .._qdrant.scope import Scope
from .._qdrant.snapshot_storage import FILES, SnapshotStorage
from .._qdrant.values import Cluster, Collection, ShardView, Snapshot
from .._repository.manifest import CollectionEntry, EarlierServer, ServersEntry
from .._retention.local import CommittedSnapshot
from .select import Selection


@dataclasses.dataclass(frozen=True)
class CollectionFacts:
    """One collection as the node shows it. local: its snapshots on the node (listed False: unknown); of_shards: those
    of its shards here, empty if whole collections are stored; warnings: facts that are missing; error: why a snapshot
    is impossible; fingerprint: of its segments here, "" if unknown; counted: its exact count, None if unknown. Both are
    read only if an archive may be used again."""

    name: str
    info: Collection | None = None
    shards: ShardView | None = None
    local: tuple[Snapshot, ...] = ()
    warnings: tuple[str, ...] = ()
    error: str = ""
    listed: bool = True
    of_shards: Mapping[int, tuple[Snapshot, ...]] = dataclasses.field(default_factory=dict)
    fingerprint: str = ""
    counted: int | None = None

    def snapshots(self) -> Iterator[tuple[Scope, tuple[Snapshot, ...]]]:
        """Its snapshots on the node, by their place."""
        yield Scope.collection(self.name), self.local
        for shard, found in self.of_shards.items():
            yield Scope.shard(self.name, shard), found


@dataclasses.dataclass(frozen=True)
class NodeFacts:
    """The node at one moment. recoveries: how many recovers run, None if metrics cannot be read; free: free bytes on
    the file system of the snapshots, None if this host cannot read it; noted_server: the peer id that the server
    showed to an earlier run on this host; storage: where it keeps its snapshots; quotas: its limits, None where it has
    none; silent: peers that do not answer this node, None if it does not tell; moment: when this host looked."""

    url: str
    version: str
    cluster: Cluster
    names: tuple[str, ...]
    aliases: Mapping[str, str]
    selection: Selection
    collections: Mapping[str, CollectionFacts]
    recoveries: int | None = None
    intents: tuple[Intent, ...] = ()
    free: int | None = None
    noted_server: int | None = None
    storage: SnapshotStorage = FILES
    quotas: Mapping[str, Any] | None = None
    silent: frozenset[int] | None = None
    moment: datetime.datetime | None = None

    @property
    def peer_id(self) -> int | None:
        """Identifies the server: created once for a storage folder; a node without cluster mode shows it with its
        shards."""
        if self.cluster.peer_id is not None:
            return self.cluster.peer_id
        views = (facts.shards for facts in self.collections.values())
        return next((view.peer_id for view in views if view is not None), None)

    def intents_of(self, collection: str) -> tuple[Intent, ...]:
        """The restores that did not end and leave the contents of this collection in doubt."""
        return tuple(intent for intent in self.intents if intent.concerns(collection))


@dataclasses.dataclass(frozen=True)
class Prior:
    """The newest committed entry of a collection, or of one shard, on this node, and its backup."""

    backup_id: str
    entry: CollectionEntry


@dataclasses.dataclass(frozen=True)
class Previous:
    """Facts of the newest backup of this node besides its entries. collections: names in it or in an earlier one; gone:
    those that were already missing in it ({"collections": [...], "aliases": [...]})."""

    backup_id: str
    collections: tuple[str, ...] = ()
    aliases: Mapping[str, str] = dataclasses.field(default_factory=dict)
    gone: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class ClusterBackup:
    """What all nodes have stored under a committed backup id. captured: collection to its shards that are in an
    archive; peers: of the nodes that have a manifest; at_work: expected nodes without one on which a run works now;
    age: seconds since the time of the id."""

    captured: Mapping[str, frozenset[int]]
    peers: frozenset[int]
    at_work: tuple[str, ...] = ()
    age: float = 0.0


@dataclasses.dataclass(frozen=True)
class RepositoryFacts:
    """The repository's facts about this node. committed: this backup id exists; held: its collections then; failed:
    (name, error) of its missing collections; priors: by the name of the archive (``part_name``); local: place on the
    node to its snapshots that manifests name, None if not read (it takes many manifests, and is needed only if space is
    short); servers: of this node's backups, oldest first; if this id exists, of its backups; of_cluster: of a committed
    backup that stores each shard once, None if it is not one or if the other nodes' manifests cannot be read."""

    committed: bool = False
    held: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    previous: Previous | None = None
    priors: Mapping[str, Prior] = dataclasses.field(default_factory=dict)
    local: Mapping[Scope, Sequence[CommittedSnapshot]] | None = None
    servers: tuple[EarlierServer, ...] = ()
    of_cluster: ClusterBackup | None = None


@dataclasses.dataclass(frozen=True)
class Item:
    """A collection to back up. expected: estimated bytes of its archives, None if unknown; in_doubt: why its contents
    may be mixed, from notes of restores; newest_local: its newest snapshot on the node, or ""; shards: the shards that
    this node stores, each in an archive of its own, None for one archive of the collection; reused: the previous
    backup, whose archive is used again without a snapshot, None if there will be one."""

    name: str
    expected: int | None = None
    in_doubt: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    newest_local: str = ""
    shards: tuple[int, ...] | None = None
    reused: Prior | None = None


@dataclasses.dataclass(frozen=True)
class Spare:
    """A local snapshot that may be deleted to free space. scope: its place on the node."""

    scope: Scope
    snapshot: str
    bytes: int

    @property
    def collection(self) -> str:
        """The collection's name."""
        return str(self.scope.name)


@dataclasses.dataclass(frozen=True)
class BackupPlan:
    """The printable plan, and the values for the work. failed: (name, error) known before the start; gone: parts of the
    last good backup that the node no longer has; suspect: reasons that concern the whole backup; short: bytes that are
    missing on the node's disk; spares: local snapshots that are deleted first, to free space; previous: the newest
    backup of the node, for comparison; elsewhere: collections without a shard on this node; shards_elsewhere:
    collections of which other nodes store every shard, with the known shards; servers: the servers of the node's name,
    for the manifest; fills: it adds shards to a committed backup; of_the_run: warnings that say nothing about the
    backup's contents, so they are not in the manifest."""

    plan: Plan
    items: tuple[Item, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    gone: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    suspect: tuple[str, ...] = ()
    short: int = 0
    spares: tuple[Spare, ...] = ()
    previous: Previous | None = None
    elsewhere: tuple[str, ...] = ()
    shards_elsewhere: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    servers: ServersEntry | None = None
    of_the_run: tuple[str, ...] = ()
    fills: bool = False
