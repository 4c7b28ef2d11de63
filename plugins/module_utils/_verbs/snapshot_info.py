# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshot info: the snapshots of a node."""

from __future__ import annotations

import dataclasses
from typing import Any

from .._base.progress import Progress
from .._options import NODE, SNAPSHOT
from .._snapshot.operation import newest_first, scope_of
from .common import open_node

OPTIONS = (NODE, SNAPSHOT)


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """{"changed": False, "snapshots": [newest first, each with name, size, creation_time, checksum]}."""
    scope = scope_of(params["kind"], params.get("collection"), params.get("shard_id"))
    found = newest_first(open_node(params).list_snapshots(scope))
    return {"changed": False, "snapshots": [dataclasses.asdict(snapshot) for snapshot in found]}
