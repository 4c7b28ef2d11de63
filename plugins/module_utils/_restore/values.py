# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a restore, and the facts that it gathers. Values only: no decision, no I/O."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from typing import Any

from .._base.counted import counted
from .._base.intent import RECOVER, Intent
from .._base.marks import Mark
from .._base.switched import Switch
from .._options import HOST, NODE, REPOSITORY, RESTORE, field
from .._qdrant.snapshot_storage import FILES, SnapshotStorage
from .._qdrant.values import ShardView
from .._repository.manifest import EarlierServer
from .match import differences, without_defaults

# A shard key (a text or an integer) and the ids of its shards.
ShardKey = tuple[Any, tuple[int, ...]]


def in_order(ids_by_key: Mapping[Any, Iterable[int]]) -> tuple[ShardKey, ...]:
    """Keys with their shard ids, in the order of creation: each key made its shards when it was created."""
    pairs = [(key, tuple(sorted(ids))) for key, ids in ids_by_key.items()]
    return tuple(sorted(pairs, key=lambda pair: min(pair[1])))


def shard_keys_of(view: ShardView) -> tuple[ShardKey, ...]:
    """The keys of a collection's shards, wherever they lie."""
    pairs = [(shard.shard_key, shard.shard_id) for shard in view.local]
    pairs += [(shard.shard_key, shard.shard_id) for shard in view.remote]
    found: dict[Any, set[int]] = {}
    for key, shard_id in pairs:
        if key is not None:
            found.setdefault(key, set()).add(shard_id)
    return in_order(found)


@dataclasses.dataclass(frozen=True)
class NodeRestoreOptions:
    """What every restore on a node needs, also that of a drill or of a comparison of points. Sizes in bytes, times in
    seconds. The options are described in the table of options; below is what it does not say."""

    cluster: str = field(REPOSITORY, "cluster")
    node_name: str | None = field(REPOSITORY, "node")
    delivery: str = field(RESTORE, "delivery")
    min_free: int = field(HOST, "min_free")
    snapshots_dir: str | None = field(NODE, "snapshots_dir")  #: as this host sees it
    #: As the node sees it: a container's view differs.
    server_snapshots_path: str | None = field(NODE, "server_snapshots_path")
    storage_dir: str | None = field(RESTORE, "storage_dir")
    state_dir: str = field(HOST, "state_dir")
    spool_dir: str | None = field(HOST, "spool_dir")
    ready_timeout: float = field(RESTORE, "ready_timeout")
    silence_timeout: float = field(RESTORE, "silence_timeout")

    @property
    def storage_folder(self) -> str | None:
        """The node's storage folder on this host; without storage_dir, the one beside the snapshots folder."""
        if self.storage_dir or not self.snapshots_dir:
            return self.storage_dir
        return os.path.join(os.path.dirname(os.path.abspath(self.snapshots_dir)), "storage")

    @property
    def spool_folder(self) -> str:
        """For copies of archives on this host."""
        return self.spool_dir or os.path.join(self.state_dir, "spool")

    def restoring(self, **chosen: Any) -> RestoreOptions:
        """The options of a restore on the same node. chosen: its other options, by name."""
        same = {one.name: getattr(self, one.name) for one in dataclasses.fields(NodeRestoreOptions)}
        return RestoreOptions(**{**same, **chosen})


@dataclasses.dataclass(frozen=True)
class RestoreOptions(NodeRestoreOptions):
    """What to bring back, from where, to where.

    Exactly one source: the repository (cluster, node_name, backup_id or before), ``snapshot`` (a snapshot that the
    node still lists), ``src`` (an archive on this host), or ``snapshot_url``.
    """

    collections: tuple[str, ...] = field(RESTORE, "collections")
    exclude: tuple[str, ...] = field(RESTORE, "exclude")
    backup_id: str = field(RESTORE, "backup_id")
    before: str | None = field(RESTORE, "before")
    name: str | None = field(RESTORE, "name")  #: of the target; goes with one collection
    mode: str = field(RESTORE, "mode")
    alias: str | None = field(RESTORE, "alias")
    restore_aliases: bool = field(RESTORE, "restore_aliases")
    snapshot: str | None = field(RESTORE, "snapshot")
    src: str | None = field(RESTORE, "src")
    snapshot_url: str | None = field(RESTORE, "snapshot_url")
    checksum: str | None = field(RESTORE, "checksum")
    priority: str = field(RESTORE, "priority")
    accept_write_loss: bool = field(RESTORE, "accept_write_loss")
    allow_incomplete: bool = field(RESTORE, "allow_incomplete")
    keep_old: bool = field(RESTORE, "keep_old")
    accept_gap: bool = field(RESTORE, "accept_gap")
    roll_back: str | None = field(RESTORE, "roll_back")
    rpo: float | None = field(RESTORE, "rpo")
    record: bool = field(RESTORE, "record")
    restore_quotas: bool = field(RESTORE, "restore_quotas")
    wait_for: str = field(RESTORE, "wait_for")  #: data, or green: no optimizer works either
    parallel: int = field(RESTORE, "parallel")  #: small archives that are restored side by side
    watch_seconds: float = 2.0  #: that a collection is watched for writers; no option
    url_seconds: int = 900  #: that a presigned URL lives; no option
    #: Options of the command or the module as they were given, by name, for commands that do the same; no option.
    given: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Source:
    """One archive that a collection can be restored from, and what is known of it."""

    kind: str  #: repository, snapshot, file or url
    collection: str  #: its name in the archive
    location: str  #: the archive's key, snapshot name, path or URL
    bytes: int = 0
    sha256: str = ""
    config: dict[str, Any] | None = None
    payload_schema: dict[str, Any] | None = None
    points: int | None = None  #: the count to expect; exactly that if ``quiet``
    quiet: bool = False
    archive_count: int | None = None  #: counted by an earlier proof in an archive that was made during writes
    probe: dict[str, Any] | None = None
    qdrant_version: str = ""
    shards: frozenset[int] = frozenset()  #: ids in the archive
    known_shards: frozenset[int] = frozenset()  #: ids that the collection had
    shard_keys: tuple[ShardKey, ...] = ()  #: with their shard ids in the order of creation, for custom sharding
    aliases: tuple[str, ...] = ()
    siblings: frozenset[str] = frozenset()  #: names of all collections in its backup
    node: str = ""
    backup_id: str = ""
    largest_segment: int | None = None
    problems: tuple[str, ...] = ()  #: what is wrong with the archive
    suspect: str = ""
    unchecked: bool = False  #: no sha256 is known to compare its bytes with
    sized: bool = True  #: ``bytes`` is known; of an archive that only the node can read it is not
    peer_id: int | None = None  #: of the node when the backup was made
    storage_class: str = ""
    frozen: str = ""  #: why the store cannot give the archive now, "" if it can
    thaw: str = ""  #: the command that changes this
    grade: int | None = None  #: how far it was proven, None if this is not known
    made_at: str = ""  #: UTC, "" if it is in no backup
    shard_peers: dict[int, frozenset[int]] = dataclasses.field(default_factory=dict)  #: who held each shard then

    @property
    def elsewhere(self) -> frozenset[int]:
        """Ids of the shards that the collection had and the archive lacks: other nodes' archives have them."""
        return self.known_shards - self.shards

    @property
    def custom_sharding(self) -> bool:
        """Whether shards are addressed by keys, which a restore into a free name would lose."""
        return ((self.config or {}).get("params") or {}).get("sharding_method") == "custom"


@dataclasses.dataclass(frozen=True)
class Pulse:
    """What tells two looks at a collection apart when it was written to: its exact count, None if it cannot be counted,
    and the last operation of each shard on each node that is restored, as far as the server tells it."""

    count: int | None = None
    operations: tuple[tuple[int, int | None], ...] = ()


@dataclasses.dataclass(frozen=True)
class Live:
    """What clients use now in place of the collection that is restored, for ``mode: switch``."""

    #: Collections that they may use: one, none if nothing exists, several if their aliases disagree.
    holders: tuple[str, ...] = ()
    exists: bool = False
    aliases: tuple[str, ...] = ()  #: of the one holder, without marks
    pulse: Pulse = Pulse()
    moving: bool = False  #: it was written to while it was watched
    switch: Switch | None = None  #: noted by an earlier run of a switch to the target that did not end
    #: the collection that the aliases of this one were moved to by a switch, and they; "" if there is none
    moved_to: tuple[str, tuple[str, ...]] = ("", ())
    left: tuple[Intent, ...] = ()  #: notes of earlier switches that did not end, and whose collections nothing uses

    @property
    def name(self) -> str:
        """The collection's name, "" if there is not exactly one."""
        return self.holders[0] if len(self.holders) == 1 else ""

    @property
    def count(self) -> int | None:
        """Its exact count, None if it cannot be counted."""
        return self.pulse.count


@dataclasses.dataclass(frozen=True)
class Target:
    """The name that a collection is restored to, as the node has it now."""

    name: str
    exists: bool = False
    alias_of: str = ""
    config: dict[str, Any] | None = None
    payload_schema: dict[str, Any] | None = None
    count: int | None = None
    limited: bool = False  #: a rate limit left no room to count it, which says nothing about its data
    moving: bool = False
    aliases: tuple[str, ...] = ()
    intent: Intent | None = None
    shard_keys: tuple[ShardKey, ...] | None = None  #: None if a damaged collection does not tell them
    marks: tuple[Mark, ...] = ()  #: parts that other nodes of the cluster restored just now
    old_marks: tuple[str, ...] = ()  #: aliases of such restores that did not end
    agrees: bool = False  #: in a cluster, whether the backup's probe agrees with the collection
    unfinished: Intent | None = None  #: of a restore that proved the collection, in a run that did not end
    live: Live | None = None  #: what clients use now, None except for ``mode: switch``

    @property
    def begun(self) -> bool:
        """Whether a restore was interrupted on its way into this name while it was free."""
        note = self.intent
        return self.exists and note is not None and note.mode in ("new", "switch") and note.step == RECOVER

    @property
    def may_hold_points(self) -> bool:
        """Whether it holds points, or may: they were not counted because of a rate limit."""
        return bool(self.count) or self.limited

    def proven_from(self, source: Source) -> bool:
        """Whether a run that did not end restored the collection from this source, and proved it."""
        note = self.unfinished
        return self.exists and note is not None and note.of(source.sha256, source.backup_id)

    def leftover(self, source: Source) -> bool:
        """Whether the collection can be nothing else than what that restore left behind. Its note may be weeks old:
        another client may have created one of this name since then, or use what was restored."""
        return self.begun and not self.strange(source)

    def strange(self, source: Source) -> str:
        """What about the collection a restore of this source did not leave there; "" where there is nothing.

        A server tells no identity of a collection, so everything that it does tell is compared.
        """
        if self.marks or self.old_marks:
            return "other nodes restored their parts of a backup into it"
        if self.moving:
            return "it is being written to"
        shape = self.strange_shape(source)
        if shape or self.count == 0:
            return shape
        if self.intent is not None and not self.intent.of(source.sha256, source.backup_id):
            begun_with = f"backup {self.intent.backup_id}" if self.intent.backup_id else "another archive"
            return f"that restore was from {begun_with}"
        return self._strange_count(source)

    def strange_shape(self, source: Source) -> str:
        """What about the collection itself is not as a restore of this source makes it; "" where all is."""
        if self.aliases:
            return f"it has the alias {', '.join(self.aliases)}"
        ours, theirs = source.config, self.config
        # A node makes the collection with its own defaults, before it compares it with the archive.
        if ours is not None and theirs is not None and differences(ours, without_defaults(ours, theirs)):
            return "its configuration is another one"
        if source.payload_schema is not None and set(self.payload_schema or {}) - set(source.payload_schema):
            return "it has payload indexes that the archive lacks"
        return ""

    def _strange_count(self, source: Source) -> str:
        """A shard is replaced whole, so one shard is empty or complete; of several, some may be there."""
        if self.count is None or source.points is None or not source.quiet:
            return ""
        parts = len(source.known_shards) > 1 or len(source.shards) > 1
        if self.count > source.points or (self.count < source.points and not parts):
            return f"it holds {counted(self.count, 'point')}, the archive {source.points}"
        return ""


@dataclasses.dataclass(frozen=True)
class BackupServers:
    """The servers behind the backups of one node name, and the one at hand."""

    node: str
    backup_id: str
    chosen: int | None  #: peer id of the chosen backup, None if its manifest does not tell
    history: tuple[EarlierServer, ...] = ()  #: oldest first
    #: Peer id to the backups that may be chosen, newest first, if there is more than one server.
    ids: Mapping[int, list[str]] = dataclasses.field(default_factory=dict)
    here: int | None = None  #: peer id of the server at hand, None if it shows none


@dataclasses.dataclass(frozen=True)
class Measured:
    """What earlier restores from the repository took, from the first archive to the last proof."""

    restores: int
    bytes: int
    seconds: float

    def seconds_for(self, count: int) -> float:
        """The seconds that so many bytes are expected to take."""
        return self.seconds * count / self.bytes if self.bytes else 0.0


@dataclasses.dataclass(frozen=True)
class Lost:
    """Chosen collections that were gone when the newest backup was made. holder: the newest backup that holds the first
    of them, "" if none does."""

    backup_id: str
    collections: tuple[str, ...]
    holder: str = ""


@dataclasses.dataclass(frozen=True)
class RestoreFacts:
    """The node, the source and the targets, at one moment."""

    node_url: str
    version: str
    cluster_enabled: bool
    aliases: dict[str, str]
    recoveries_running: int | None
    pairs: tuple[tuple[Source, Target], ...]
    keyed: bool = False  #: whether the node is called with a key
    collections: frozenset[str] = frozenset()
    free_bytes: int | None = None  #: of the snapshots folder's disk, None if that disk cannot be seen
    storage_free_bytes: int | None = None  #: of the storage folder's
    one_disk: bool = True  #: both folders are on one disk
    can_presign: bool = False
    can_place_file: bool = False
    incomplete: str = ""  #: what the backup lacks for good
    incomplete_of: tuple[str, ...] = ()  #: collections that lack it
    left_out: tuple[str, ...] = ()  #: chosen collections of which this backup holds nothing
    excluded: tuple[str, ...] = ()  #: collections that are not restored on request
    warnings: tuple[str, ...] = ()
    servers: BackupServers | None = None  #: of the backups under the node's name, None outside a repository
    storage: SnapshotStorage = FILES  #: where the node keeps its own snapshots
    quotas: Mapping[str, Any] = dataclasses.field(default_factory=dict)  #: of the backup
    quotas_now: Mapping[str, Any] | None = None  #: of the node
    has_quotas: bool = False  #: whether the node's version has any
    #: Settings that the node gives to vectors of new collections, as far as this host shows.
    vector_defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    measured: Measured | None = None  #: earlier restores, None if none is known
    lost: Lost | None = None  #: what the newest backup was made too late for
    now: str = ""  #: UTC, "" if no plan looks at the age of a backup

    @property
    def quotas_differ(self) -> bool:
        """Whether the node could have the backup's quotas, and has others."""
        return self.has_quotas and self.quotas != (self.quotas_now or {})
