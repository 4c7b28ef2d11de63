# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics: the state of one node's backups, as a file for Prometheus' textfile collector."""

from __future__ import annotations

from typing import Any

from .._base.host import Host
from .._base.progress import Progress
from .._base.redaction import redact
from .._options import HOST, METRICS, NODE, REPOSITORY
from .._status.facts import gather
from .._status.metrics import render
from .._status.write import write_whole
from .common import EXCLUSIVE_REPOSITORY, cluster, names, node_name, survey

OPTIONS = (NODE, HOST, REPOSITORY, METRICS)
EXCLUSIVE = EXCLUSIVE_REPOSITORY
REQUIRED_ONE_OF = [("bucket", "path")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """{"changed": False, "ok", "failed", "output": path or None, "metrics": text}. The file is always written:
    if the repository cannot be read, the metrics say so."""
    host = Host(str(params["state_dir"]), str(params["url"]))
    nodes = names(params, "expected_nodes")
    facts = gather(cluster(params), node_name(params), lambda: survey(params), host, nodes)
    text = redact(render(facts))
    output = params.get("output") or None
    if output:
        write_whole(str(output), text)
    failed = [{"name": "repository", "message": facts.unreachable}] if facts.unreachable else []
    warnings = [*(one.error.sentence() for one in facts.unreadable), *facts.not_checked]
    return {
        "changed": False,
        "ok": not failed,
        "failed": failed,
        "warnings": warnings,
        "output": output,
        "metrics": text,
    }
