# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore: bring collections back from the repository, a snapshot on the node, a file or a URL, and prove them."""

from __future__ import annotations

from typing import Any

from .._base.progress import Progress
from .._options import HOST, NODE, REPOSITORY, RESTORE
from .._restore.operation import restore
from .._restore.values import RestoreOptions
from .common import EXCLUSIVE_REPOSITORY, cluster, has_repository, names, open_node, repository, size

OPTIONS = (NODE, HOST, REPOSITORY, RESTORE)
EXCLUSIVE = [*EXCLUSIVE_REPOSITORY, ("snapshot", "src", "snapshot_url"), ("backup_id", "before")]
REQUIRED_ONE_OF = [("bucket", "path", "snapshot", "src", "snapshot_url")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_restore.operation.restore`` for the report."""
    single = any(params.get(word) for word in ("snapshot", "src", "snapshot_url"))
    options = RestoreOptions(
        cluster=cluster(params),
        node_name=str(params.get("node") or ""),
        collections=names(params),
        backup_id=str(params.get("backup_id") or "latest"),
        before=str(params.get("before") or ""),
        name=str(params.get("name") or ""),
        mode=params["mode"],
        alias=str(params.get("alias") or ""),
        restore_aliases=params["restore_aliases"],
        delivery=params["delivery"],
        snapshot=str(params.get("snapshot") or ""),
        src=str(params.get("src") or ""),
        snapshot_url=str(params.get("snapshot_url") or ""),
        checksum=str(params.get("checksum") or ""),
        priority=params["priority"],
        accept_write_loss=params["accept_write_loss"],
        allow_incomplete=params["allow_incomplete"],
        min_free=size(params, "min_free"),
        snapshots_dir=str(params.get("snapshots_dir") or ""),
        server_snapshots_path=str(params.get("server_snapshots_path") or ""),
        storage_dir=str(params.get("storage_dir") or ""),
        state_dir=str(params["state_dir"]),
        spool_dir=str(params.get("spool_dir") or ""),
        ready_seconds=params["ready_timeout"],
        silence_seconds=params["silence_timeout"],
        record=params["record"],
    )
    store = repository(params)() if has_repository(params) and not single else None
    return restore(options, open_node(params), store, check=check, progress=progress)
