# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a backup is told."""

from __future__ import annotations

import dataclasses
import socket

from .._base.clock import check_backup_id
from .._base.errors import UsageError
from .._base.host import STATE_DIR

PROBES = ("sample", "full", "none")
QUERY_LIMIT = (
    50_000_000  # points x dimensions: above it an exact query is a long scan, and the probe leaves queries out
)


@dataclasses.dataclass(frozen=True)
class BackupOptions:
    """Sizes in bytes, times in seconds, shares between 0 and 1.

    cluster, node_name: where in the repository the backup belongs; backup_id: the id it is committed under; slot: the
    length of the schedule's slot the id was floored to (for the report only); collections: names or globs, none means
    all; keep_local: how many snapshots of a collection stay on the node (0: none that is committed); min_free: bytes
    that stay free on the file system of the snapshots; shrink_points, shrink_bytes: the fall against the last good
    backup that marks a collection suspect; accept_shrink: this fall is meant, do not mark it; snapshots_dir: this
    host's view of the node's snapshots folder, None where it has none (then archives are downloaded to spool_dir);
    expected_nodes: the names of all nodes of the cluster; probe: what is noted for later proofs.
    """

    cluster: str
    backup_id: str
    node_name: str = ""
    slot: int = 0
    collections: tuple[str, ...] = ()
    keep_local: int = 24
    min_free: int = 1 << 30
    shrink_points: float = 0.2
    shrink_bytes: float = 0.5
    accept_shrink: bool = False
    snapshots_dir: str | None = None
    spool_dir: str | None = None
    expected_nodes: tuple[str, ...] = ()
    probe: str = "sample"
    probe_query_limit: int = QUERY_LIMIT
    state_dir: str = STATE_DIR

    @property
    def node(self) -> str:
        """The node's name in the repository: the one given, else this host's."""
        return self.node_name or socket.gethostname()


def check_options(options: BackupOptions) -> None:
    """UsageError for the first option that makes no sense."""
    if not options.cluster:
        raise UsageError(
            "cluster is empty", "Name the cluster that the node belongs to (one node is a cluster of one)."
        )
    check_backup_id(options.backup_id)
    if options.probe not in PROBES:
        raise UsageError(f"probe {options.probe!r} is unknown", f"Choose one of {', '.join(PROBES)}.")
    for word in ("keep_local", "min_free", "probe_query_limit"):
        if getattr(options, word) < 0:
            raise UsageError(f"{word} is {getattr(options, word)}", "Give a number of 0 or more.")
    for word in ("shrink_points", "shrink_bytes"):
        if not 0 <= getattr(options, word) <= 1:
            raise UsageError(f"{word} is {getattr(options, word)}", "Give a share between 0 and 1.")
