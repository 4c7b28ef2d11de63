# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of a cluster, the shards of a collection and the archives that hold them. Values only."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Union

from .._qdrant.values import ACTIVE
from .._repository.parts import SHARD, part_name
from .._restore.values import RestoreFacts, Source

ShardKey = Union[str, int, None]


@dataclasses.dataclass(frozen=True)
class Member:
    """One node, as it answered.

    silent: why it did not answer, "" if it did; enabled: whether it is in cluster mode; peers: of the cluster as this
    node knows it, peer id to address; trouble: why it takes no part in the consensus; recoveries: that run on it;
    keyed: whether it is called with a key.
    """

    name: str
    url: str
    version: str = ""
    enabled: bool = False
    peer_id: int | None = None
    peers: Mapping[int, str] = dataclasses.field(default_factory=dict)
    trouble: str = ""
    recoveries: int = 0
    silent: str = ""
    keyed: bool = False


@dataclasses.dataclass(frozen=True)
class Replica:
    """A shard on one node. node: its name, "" for a peer that is no member; state: as the nodes see it, the first that
    is not Active; count: exact, None if it was not counted; why: why the node does not serve it, "" if it does."""

    shard: int
    peer: int
    node: str
    state: str
    key: ShardKey = None
    count: int | None = None
    why: str = ""

    @property
    def healthy(self) -> bool:
        """Whether the replica serves: Active for every node, and its own node answers for it."""
        return self.state == ACTIVE and bool(self.node) and not self.why


@dataclasses.dataclass(frozen=True)
class View:
    """The shards of one collection as all nodes see them. shards: id to key; hidden: how many more there are, which
    have no replica and are in no list; apart: what the nodes see differently, "" if nothing."""

    shards: Mapping[int, ShardKey]
    replicas: tuple[Replica, ...] = ()
    transfers: int = 0
    resharding: int = 0
    apart: str = ""
    hidden: int = 0

    def of(self, shard: int) -> tuple[Replica, ...]:
        """The replicas of one shard."""
        return tuple(one for one in self.replicas if one.shard == shard)

    def holders(self, shard: int) -> tuple[str, ...]:
        """Names of the nodes that hold one shard."""
        return tuple(sorted(one.node for one in self.of(shard) if one.node))


@dataclasses.dataclass(frozen=True)
class ShardArchive:
    """The archive that one shard of a backup is restored from.

    shard: its id in the backup; node: whose backup; cut: it is the archive of a node's whole collection, from which the
    shard is cut out; points: of the shard, as its node estimated them.
    """

    shard: int
    key: ShardKey
    node: str
    location: str
    bytes: int
    sha256: str
    cut: bool = False
    points: int | None = None
    peers: frozenset[int] = frozenset()

    def part(self, collection: str) -> str:
        """Its name in proofs."""
        return part_name(collection, "collection" if self.cut else SHARD, (self.shard,))

    def source(self, whole: Source) -> Source:
        """The same for the rooms of a restore, which know one archive. whole: of the collection."""
        return Source(
            kind="repository",
            collection=whole.collection,
            location=self.location,
            bytes=self.bytes,
            sha256=self.sha256,
            node=self.node,
            backup_id=whole.backup_id,
        )


@dataclasses.dataclass(frozen=True)
class Archived:
    """A collection in a backup of several nodes. whole: the collection; shards: one archive for each shard that the
    backup holds, by shard id; lacking: shards that are in no archive; differ: why the archives do not fit together."""

    whole: Source
    shards: tuple[ShardArchive, ...]
    lacking: tuple[int, ...] = ()
    differ: str = ""
    versions: tuple[str, ...] = ()

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes whose archives are used."""
        return tuple(sorted({archive.node for archive in self.shards}))

    @property
    def copies(self) -> int:
        """How many replicas each shard is to have."""
        return int(((self.whole.config or {}).get("params") or {}).get("replication_factor") or 1)


@dataclasses.dataclass(frozen=True)
class FleetFacts:
    """Everything that the plan needs. base: what is asked of the whole cluster, through one node; archived: in the
    order of ``base.pairs``; views: of collections that exist, by name; nodes_of_peers: backup's peer id to its node;
    newest_whole: the id of the newest backup that lacks nothing, "" if it was not looked for."""

    members: tuple[Member, ...]
    base: RestoreFacts
    archived: tuple[Archived, ...]
    views: Mapping[str, View] = dataclasses.field(default_factory=dict)
    nodes_of_peers: Mapping[int, str] = dataclasses.field(default_factory=dict)
    newest_whole: str = ""

    @property
    def clustered(self) -> bool:
        """Whether the nodes are in cluster mode; one node that is not is a cluster of one."""
        return any(member.enabled for member in self.members)
