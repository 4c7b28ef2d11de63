# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Status: the state of one node's backups. Needs no Qdrant node, so it works if the node is down."""

from __future__ import annotations

from typing import Any

from .._base.clock import seconds_of
from .._base.host import Host
from .._base.progress import Progress
from .._options import HOST, NODE, REPOSITORY, STATUS
from .._status.facts import gather
from .._status.judge import judge
from .common import EXCLUSIVE_REPOSITORY, cluster, names, node_name, survey

OPTIONS = (NODE, HOST, REPOSITORY, STATUS)
EXCLUSIVE = EXCLUSIVE_REPOSITORY
REQUIRED_ONE_OF = [("bucket", "path")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_status.judge.judge`` for the report."""
    limit = seconds_of(params["max_age"]) if params.get("max_age") else None
    drill_limit = seconds_of(params["max_drill_age"]) if params.get("max_drill_age") else None
    host = Host(str(params["state_dir"]), str(params["url"]))
    nodes = names(params, "expected_nodes")
    return judge(
        gather(cluster(params), node_name(params), lambda: survey(params), host, nodes, str(params["timer"])),
        limit,
        drill_limit,
        names(params),
    )
