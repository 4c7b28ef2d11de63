# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a prune knows and decides. Values only."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

from .._base.clock import parse_utc
from .._base.plan import Plan
from .._qdrant.scope import Scope
from .._repository.catalogue import BackupEntry
from .._repository.store import Deletion
from .._repository.summary import Summary
from .._repository.unreadable import Unreadable

Which = tuple[str, str]  # a node's segment and a backup id


@dataclasses.dataclass(frozen=True)
class Part:
    """One node's part of a backup."""

    entry: BackupEntry
    summary: Summary

    @property
    def which(self) -> Which:
        """Its place in the repository."""
        return self.entry.segment, self.entry.backup_id

    @property
    def node(self) -> str:
        """The node's name."""
        return self.summary.node


@dataclasses.dataclass(frozen=True)
class Stored:
    """The stored objects of one node under one backup id: key to (bytes, storage class). newest: when the last one was
    written, None if the store does not tell."""

    archives: Mapping[str, tuple[int, str]] = dataclasses.field(default_factory=dict)
    proofs: Mapping[str, tuple[int, str]] = dataclasses.field(default_factory=dict)
    newest: datetime.datetime | None = None


@dataclasses.dataclass(frozen=True)
class LocalCopy:
    """A snapshot on the node that a backup was made from. shard: of this shard only, None for the collection."""

    collection: str
    name: str
    bytes: int
    shard: int | None = None

    @property
    def scope(self) -> Scope:
        """Where the node has it."""
        return Scope.collection(self.collection) if self.shard is None else Scope.shard(self.collection, self.shard)


@dataclasses.dataclass(frozen=True)
class Facts:
    """What a prune has found. Everything is of one cluster in the repository."""

    now: datetime.datetime
    nodes: frozenset[str]  # whose backups may be deleted
    parts: tuple[Part, ...] = ()  # of all nodes, newest first
    unreadable: tuple[Unreadable, ...] = ()  # of all nodes, newest first
    stored: Mapping[Which, Stored] = dataclasses.field(default_factory=dict)
    elsewhere: Mapping[str, int] = dataclasses.field(default_factory=dict)  # key to bytes, of archives asked one by one
    grades: Mapping[Which, Mapping[str, Mapping[str, Any]]] = dataclasses.field(default_factory=dict)
    pins: frozenset[str] = frozenset()
    locked: Mapping[str, str] = dataclasses.field(default_factory=dict)  # backup id to why (Object Lock)
    local_node: str | None = None  # the node whose snapshots are deleted with its backups; None: of no node
    local: Mapping[str, tuple[LocalCopy, ...]] = dataclasses.field(default_factory=dict)  # by backup id
    busy: Mapping[str, str] = dataclasses.field(default_factory=dict)  # node to who works on it
    deletion: Deletion = dataclasses.field(default_factory=Deletion)


@dataclasses.dataclass(frozen=True)
class Content:
    """One collection of a backup, over all nodes. why: why it does not count as good, "" if it does; grade: the lowest
    of its archives; suspect: whether a shrink guard marked it."""

    why: str = ""
    grade: int = 0
    suspect: bool = False

    @property
    def good(self) -> bool:
        """Whether rules count it, and whether it can be the last good one."""
        return not self.why


@dataclasses.dataclass(frozen=True)
class Backup:
    """One backup id of one timeline. contents: by collection; one whose archives are all lost
    is left out if another backup has an archive of it."""

    backup_id: str
    parts: tuple[Part, ...]
    contents: Mapping[str, Content]
    incomplete: str = ""  # which nodes are missing

    @property
    def time(self) -> datetime.datetime:
        """The moment that its id names."""
        return parse_utc(self.backup_id)


@dataclasses.dataclass(frozen=True)
class Kept:
    """A backup that stays, and why."""

    backup_id: str
    nodes: tuple[str, ...]
    reasons: tuple[str, ...]
    bytes: int


@dataclasses.dataclass(frozen=True)
class PartRemoval:
    """One node's part of a removal. manifest: its key, "" if there is none (leftovers); manifest_parts: keys of its
    later parts."""

    node: str
    manifest: str
    archives: tuple[str, ...]
    proofs: tuple[str, ...]
    bytes: int
    manifest_parts: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Removal:
    """A backup that goes as a whole, or what a killed run or prune left under an id without a manifest. unreadable:
    the manifests that cannot be read, if it goes because of that."""

    backup_id: str
    parts: tuple[PartRemoval, ...]
    why: str
    local: tuple[LocalCopy, ...] = ()
    orphan: bool = False
    unreadable: tuple[BackupEntry, ...] = ()

    @property
    def bytes(self) -> int:
        """Bytes in the repository that it frees."""
        return sum(part.bytes for part in self.parts)


Usage = Mapping[str, int]  # storage class to bytes


@dataclasses.dataclass(frozen=True)
class PrunePlan:
    """before, after: bytes by storage class, of the nodes that are pruned; busy: nodes that are left out, and why."""

    plan: Plan
    kept: tuple[Kept, ...] = ()
    removals: tuple[Removal, ...] = ()
    before: Usage = dataclasses.field(default_factory=dict)
    after: Usage = dataclasses.field(default_factory=dict)
