# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshot: single snapshots on the node, without a repository."""

from __future__ import annotations

from typing import Any

from .._base.progress import Progress
from .._options import NODE, SNAPSHOT_STATE, build
from .._snapshot.operation import manage
from .._snapshot.values import SnapshotOptions
from .common import open_node

OPTIONS = (NODE, SNAPSHOT_STATE)


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_snapshot.operation.manage`` for the report."""
    return manage(build(SnapshotOptions, params), open_node(params), check=check, progress=progress)
