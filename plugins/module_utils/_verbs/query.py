# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query: answer a query from a backup, without a server."""

from __future__ import annotations

import time
from typing import Any

from .._base.progress import Progress
from .._options import ENGINE, MIN_FREE, QUERY, REPOSITORY, build
from .._points.backup import opened, require_engine
from .._points.options import query_in
from .._points.source import find
from .._proof.by_engine import EngineOptions
from .common import EXCLUSIVE_REPOSITORY, points_of

OPTIONS = (REPOSITORY, QUERY, ENGINE, (MIN_FREE,))
EXCLUSIVE = [*EXCLUSIVE_REPOSITORY, ("backup_id", "before")]
REQUIRED_ONE_OF = [("bucket", "path")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """{"changed": False, "ok": True, "collection", "backup_id", "nodes", "result": as of ``POST points/query``,
    "lacking": shards in no archive, "seconds", "warnings"}."""
    started = time.monotonic()
    require_engine("query a backup")
    body = query_in(params.get("query"))
    options, catalogue = points_of(params, "query")
    source = find(catalogue, options)
    with opened(catalogue.store, source, build(EngineOptions, params), progress=progress) as backup:
        result = backup.query(body)
    return {
        "changed": False,
        "ok": True,
        "collection": options.collection,
        "backup_id": source.backup_id,
        "nodes": list(source.nodes),
        "result": result,
        "lacking": list(source.lacking),
        "seconds": round(time.monotonic() - started, 3),
        "warnings": list(source.warnings),
    }
