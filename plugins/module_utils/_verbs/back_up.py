# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Back up: store a node's collections in the repository as one committed backup."""

from __future__ import annotations

from typing import Any

from .._backup.operation import back_up
from .._backup.options import BackupOptions
from .._base.clock import backup_id, now, seconds_of
from .._base.progress import Progress
from .._options import BACKUP, HOST, NODE, REPOSITORY, build
from .common import EXCLUSIVE_REPOSITORY, cluster, node_name, open_node, repository

OPTIONS = (NODE, HOST, REPOSITORY, BACKUP)
EXCLUSIVE = EXCLUSIVE_REPOSITORY
REQUIRED_ONE_OF = [("bucket", "path")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_backup.report`` for the report."""
    slot = int(seconds_of(params.get("slot") or 0))
    options = build(
        BackupOptions,
        params,
        cluster=cluster(params),
        node_name=node_name(params),
        backup_id=str(params.get("backup_id") or backup_id(now(), slot)),
        slot=slot,
        shared_id=bool(params.get("backup_id") or slot),
    )
    return back_up(options, open_node(params), repository(params), check=check, progress=progress)
