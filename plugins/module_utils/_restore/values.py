# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore is told and what it finds out. Values only: no decision, no I/O."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from .._base.host import STATE_DIR
from .._base.intent import RECOVER, Intent
from .._base.marks import Mark
from .._qdrant.values import ShardView
from .match import differences

MODES = ("new", "replace")
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


PRIORITIES = ("snapshot", "replica", "no_sync")
DELIVERIES = ("auto", "url", "file", "upload")


@dataclasses.dataclass(frozen=True)
class RestoreOptions:
    """What to bring back, from where, to where. Sizes in bytes, times in seconds.

    Exactly one source: the repository (cluster, node_name, backup_id or before), ``snapshot`` (a snapshot that the
    node still lists), ``src`` (an archive on this host), or ``snapshot_url``. ``name`` is the target's name and goes
    with one collection. snapshots_dir is this host's view of the node's snapshots folder, server_snapshots_path the
    node's own view (a container's differs).
    """

    cluster: str = ""
    node_name: str = ""
    collections: tuple[str, ...] = ()
    backup_id: str = "latest"
    before: str = ""
    name: str = ""
    mode: str = "new"
    alias: str = ""
    restore_aliases: bool = False
    delivery: str = "auto"
    snapshot: str = ""
    src: str = ""
    snapshot_url: str = ""
    checksum: str = ""
    priority: str = "snapshot"
    accept_write_loss: bool = False
    allow_incomplete: bool = False
    min_free: int = 1 << 30
    snapshots_dir: str = ""
    server_snapshots_path: str = ""
    storage_dir: str = ""
    state_dir: str = STATE_DIR
    spool_dir: str = ""
    watch_seconds: float = 2.0
    silence_seconds: float = 120.0
    ready_seconds: float = 600.0
    record: bool = True
    url_seconds: int = 900


@dataclasses.dataclass(frozen=True)
class Source:
    """One archive that a collection can be brought back from, and what is known of it.

    kind: repository, snapshot, file or url; location: the archive's key, snapshot name, path or URL; points: the
    count to expect, when ``quiet`` exactly that; archive_count: what an earlier proof counted in a busy one's archive;
    shards: ids in the archive, known_shards: ids the collection had; shard_keys: (key, its shard ids) in the order of
    creation, for custom sharding; problems: what is wrong with the archive; unchecked: nobody noted a sha256 that its
    bytes could be compared with; sized: ``bytes`` is known (of an archive that only the node can read it is
    not); peer_id: the node's, and shard_peers: who held each shard, when the backup was made.
    """

    kind: str
    collection: str
    location: str
    bytes: int = 0
    sha256: str = ""
    config: dict[str, Any] | None = None
    payload_schema: dict[str, Any] | None = None
    points: int | None = None
    quiet: bool = False
    archive_count: int | None = None
    probe: dict[str, Any] | None = None
    qdrant_version: str = ""
    shards: frozenset[int] = frozenset()
    known_shards: frozenset[int] = frozenset()
    shard_keys: tuple[ShardKey, ...] = ()
    aliases: tuple[str, ...] = ()
    node: str = ""
    backup_id: str = ""
    largest_segment: int | None = None
    problems: tuple[str, ...] = ()
    suspect: str = ""
    unchecked: bool = False
    sized: bool = True
    peer_id: int | None = None
    shard_peers: dict[int, frozenset[int]] = dataclasses.field(default_factory=dict)

    @property
    def elsewhere(self) -> frozenset[int]:
        """Ids of the shards that the collection had and the archive lacks: other nodes' archives have them."""
        return self.known_shards - self.shards

    @property
    def custom_sharding(self) -> bool:
        """Whether shards are addressed by keys, which a restore into a free name would lose."""
        return ((self.config or {}).get("params") or {}).get("sharding_method") == "custom"


@dataclasses.dataclass(frozen=True)
class Target:
    """The name a collection is to be restored to, as the node has it now.

    shard_keys: None where a damaged collection does not tell them;
    marks: parts that other nodes of the cluster brought back just now, old_marks: aliases of such restores that were
    left half done; agrees: in a cluster, whether the backup's probe agrees with what is there.
    """

    name: str
    exists: bool = False
    alias_of: str = ""
    config: dict[str, Any] | None = None
    payload_schema: dict[str, Any] | None = None
    count: int | None = None
    moving: bool = False
    aliases: tuple[str, ...] = ()
    intent: Intent | None = None
    shard_keys: tuple[ShardKey, ...] | None = None
    marks: tuple[Mark, ...] = ()
    old_marks: tuple[str, ...] = ()
    agrees: bool = False

    @property
    def begun(self) -> bool:
        """Whether a restore of ours was killed on its way into this name while it was free."""
        return self.exists and self.intent is not None and (self.intent.mode, self.intent.step) == ("new", RECOVER)

    def leftover(self, source: Source) -> bool:
        """Whether the collection can be nothing else than what that restore left behind. Its note may be weeks old:
        whoever made one of this name since, or uses what came back, has a collection."""
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
        if source.config is not None and self.config is not None and differences(source.config, self.config):
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
            return f"it holds {self.count} points, the archive {source.points}"
        return ""


@dataclasses.dataclass(frozen=True)
class RestoreFacts:
    """The node, the source and the targets, at one moment. free_bytes (of the snapshots folder's disk) and
    storage_free_bytes are None where that disk cannot be seen, one_disk: they are the same;
    incomplete: what the backup lacks for good; left_out: chosen collections of which this backup holds nothing."""

    node_url: str
    version: str
    cluster_enabled: bool
    aliases: dict[str, str]
    recoveries_running: int | None
    pairs: tuple[tuple[Source, Target], ...]
    collections: frozenset[str] = frozenset()
    free_bytes: int | None = None
    storage_free_bytes: int | None = None
    one_disk: bool = True
    can_presign: bool = False
    can_place_file: bool = False
    incomplete: str = ""
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
