# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a backup finds out before it starts. Values only: no decision, no I/O."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from .._base.intent import Intent
from .._base.plan import Plan
from .._qdrant.values import Cluster, Collection, ShardView, Snapshot
from .._repository.manifest import CollectionEntry
from .._retention.local import CommittedSnapshot
from .select import Selection


@dataclasses.dataclass(frozen=True)
class CollectionFacts:
    """One collection as the node shows it. local: its snapshots on the node; warnings: what the node did not tell;
    error: why there is no use in a snapshot."""

    name: str
    info: Collection | None = None
    shards: ShardView | None = None
    local: tuple[Snapshot, ...] = ()
    warnings: tuple[str, ...] = ()
    error: str = ""


@dataclasses.dataclass(frozen=True)
class NodeFacts:
    """The node at one moment. recoveries: how many recovers run, None where metrics cannot be read; free: bytes free on
    the file system of the snapshots, None where it cannot be seen from here."""

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

    @property
    def peer_id(self) -> int | None:
        """Tells servers apart: made once for a storage folder; a node without cluster mode shows it beside shards."""
        if self.cluster.peer_id is not None:
            return self.cluster.peer_id
        views = (facts.shards for facts in self.collections.values())
        return next((view.peer_id for view in views if view is not None), None)


@dataclasses.dataclass(frozen=True)
class Prior:
    """The newest committed entry of a collection on this node, and the backup it stands in."""

    backup_id: str
    entry: CollectionEntry


@dataclasses.dataclass(frozen=True)
class Previous:
    """What the newest backup of this node says beside its entries. collections: names that it, or one before it, holds;
    gone: those it already missed itself ({"collections": [...], "aliases": [...]}); peer_id: of the server it is of."""

    backup_id: str
    collections: tuple[str, ...] = ()
    aliases: Mapping[str, str] = dataclasses.field(default_factory=dict)
    gone: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    peer_id: int | None = None


@dataclasses.dataclass(frozen=True)
class RepositoryFacts:
    """What the repository knows of this node. committed: this backup id is there already; held: the collections that it
    holds then; failed: (name, sentence) of those that it does not hold; local: collection to snapshots of it that
    manifests name, None where nobody looked (it takes many manifests, and matters only where space is short)."""

    committed: bool = False
    held: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    previous: Previous | None = None
    priors: Mapping[str, Prior] = dataclasses.field(default_factory=dict)
    local: Mapping[str, Sequence[CommittedSnapshot]] | None = None


@dataclasses.dataclass(frozen=True)
class Item:
    """A collection to back up. expected: bytes its archive will have about, None where nothing tells; suspect: reasons
    known before the start; newest_local: the newest snapshot of it on the node, ""."""

    name: str
    expected: int | None = None
    suspect: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    newest_local: str = ""


@dataclasses.dataclass(frozen=True)
class Spare:
    """A local snapshot that may be deleted to make room."""

    collection: str
    snapshot: str
    bytes: int


@dataclasses.dataclass(frozen=True)
class BackupPlan:
    """The printable plan, and the values the work needs. failed: (name, sentence) known before the start; gone: what
    the last good backup had and the node has no more; suspect: reasons that concern the backup as a whole; short: bytes
    that are missing on the node's disk; spares: local snapshots that are deleted first, to make room for them;
    previous: the newest backup of the node, which it was compared with; elsewhere: collections of which this node holds
    no shard."""

    plan: Plan
    items: tuple[Item, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    gone: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    suspect: tuple[str, ...] = ()
    short: int = 0
    spares: tuple[Spare, ...] = ()
    previous: Previous | None = None
    elsewhere: tuple[str, ...] = ()
