# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of a backup."""

from __future__ import annotations

import dataclasses
import socket

from .._base.clock import check_backup_id
from .._base.errors import UsageError
from .._options import BACKUP, HOST, NODE, REPOSITORY, check_choices, field
from .._qdrant.values import Cluster
from .._repository.parts import SHARD

AUTO, COLLECTION = "auto", "collection"  # beside SHARD, of cluster_capture


@dataclasses.dataclass(frozen=True)
class BackupOptions:
    """Sizes in bytes, times in seconds, shares between 0 and 1.

    cluster, node_name: where in the repository the backup belongs; backup_id: the id it is committed under; slot: the
    length of the schedule's slot (for the report only); collections: names or globs, none for all; keep_local: how many
    snapshots of a collection stay on the node (0: delete all committed ones); min_free: bytes that stay free on the
    file system of the snapshots; shrink_points, shrink_bytes: the fall since the last good backup that marks a
    collection suspect; accept_shrink: the fall is expected, do not mark it; accept_new_server: this server takes over
    the node's name although another one backed up under it; snapshots_dir: this host's view of the node's snapshots
    folder, None if it has none (then archives are downloaded to spool_dir); expected_nodes: the names of all nodes of
    the cluster; cluster_capture: whether a node of a cluster stores its part of each collection, or the shards that are
    assigned to it (``assign``); shared_id: the other nodes back up under the same id; probe: how much to record for
    later proofs; parallel: how many collections run at once (except large ones, see ``flow``); reuse_days: how long the
    archive of an unchanged collection is used again without a new snapshot, 0 for never."""

    backup_id: str
    slot: int = 0
    shared_id: bool = False
    cluster: str = field(REPOSITORY, "cluster")
    node_name: str | None = field(REPOSITORY, "node")
    collections: tuple[str, ...] = field(BACKUP, "collections")
    keep_local: int = field(BACKUP, "keep_local")
    min_free: int = field(HOST, "min_free")
    shrink_points: float = field(BACKUP, "shrink_points")
    shrink_bytes: float = field(BACKUP, "shrink_bytes")
    accept_shrink: bool = field(BACKUP, "accept_shrink")
    accept_new_server: bool = field(BACKUP, "accept_new_server")
    snapshots_dir: str | None = field(NODE, "snapshots_dir")
    spool_dir: str | None = field(HOST, "spool_dir")
    expected_nodes: tuple[str, ...] = field(BACKUP, "expected_nodes")
    cluster_capture: str = field(BACKUP, "cluster_capture")
    probe: str = field(BACKUP, "probe")
    probe_query_limit: int = field(BACKUP, "probe_query_limit")
    parallel: int = field(BACKUP, "parallel")
    reuse_days: int = field(BACKUP, "reuse_days")
    state_dir: str = field(HOST, "state_dir")

    @property
    def node(self) -> str:
        """The node's name in the repository: from the options, else this host's."""
        return self.node_name or socket.gethostname()

    def per_shard(self, cluster: Cluster) -> bool:
        """Whether each shard is stored once in the cluster. A node without cluster mode has whole collections.

        If it is not chosen, only where nothing can be missed: nodes without a backup, or with another id, would not
        store the shards that are assigned to them.
        """
        if not cluster.enabled or self.cluster_capture != AUTO:
            return cluster.enabled and self.cluster_capture == SHARD
        return self.shared_id and 1 < len(cluster.peers) <= len(set(self.expected_nodes))


def check_options(options: BackupOptions) -> None:
    """UsageError for the first invalid option."""
    if not options.cluster:
        raise UsageError(
            "cluster is empty", "Set cluster to the name of the node's cluster. A single node needs a name too."
        )
    check_backup_id(options.backup_id, or_latest=False)
    check_choices(options)
    for word in ("keep_local", "min_free", "probe_query_limit", "reuse_days"):
        if getattr(options, word) < 0:
            raise UsageError(f"{word} is {getattr(options, word)}", "Set a number of 0 or more.")
    if options.parallel < 1:
        raise UsageError(f"parallel is {options.parallel}", "Set a number of 1 or more.")
    for word in ("shrink_points", "shrink_bytes"):
        if not 0 <= getattr(options, word) <= 1:
            raise UsageError(f"{word} is {getattr(options, word)}", "Set a share between 0 and 1.")
