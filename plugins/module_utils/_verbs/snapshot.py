# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshot: single snapshots on the node, without a repository."""

from __future__ import annotations

from typing import Any

from .._base.clock import seconds_of
from .._base.progress import Progress
from .._options import NODE, SNAPSHOT_STATE
from .._snapshot.operation import manage
from .._snapshot.values import SnapshotOptions
from .common import open_node

OPTIONS = (NODE, SNAPSHOT_STATE)


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_snapshot.operation.manage`` for the report."""
    options = SnapshotOptions(
        kind=params["kind"],
        collection=str(params.get("collection") or ""),
        shard_id=params.get("shard_id"),
        state=params["state"],
        snapshot=str(params.get("snapshot") or ""),
        keep=params.get("keep"),
        max_age=seconds_of(params["max_age"]) if params.get("max_age") else None,
        snapshots_dir=str(params.get("snapshots_dir") or ""),
        state_dir=str(params["state_dir"]),
    )
    return manage(options, open_node(params), check=check, progress=progress)
