# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what a real server answers into scenarios: `python -m ...tests.contract.record cluster/01-three-nodes.json`.

QDRANT_BIN names the server's program. A scenario that is there already is recorded again: look at the difference.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ansible_collections.vectorops.qdrant.tests.contract.replay import Replay
from ansible_collections.vectorops.qdrant.tests.support.clusters import Cluster, start_cluster
from ansible_collections.vectorops.qdrant.tests.support.qdrant import quick_folder


def names_of(cluster: Cluster) -> dict[str, Any]:
    """The variables of a scenario with several nodes."""
    found: dict[str, Any] = {}
    for number, node in enumerate(cluster.nodes):
        mark = str(number + 1) if number else ""
        found.update({f"URL{mark}": node.url, f"SNAPSHOTS{mark}": node.snapshots_dir})
        found[f"PEER{number + 1}"] = cluster.peer_id(number)
    return found


def record(path: Path) -> None:
    """Plays a scenario on three nodes, and notes their answers in it."""
    with ExitStack() as stack:
        cluster = stack.enter_context(start_cluster(stack.enter_context(quick_folder()), 3))
        replay = Replay(path, names_of(cluster))
        for step, found in replay.answers():
            step["answer"] = found
        replay.scenario["qdrant"] = cluster.nodes[0].version
    path.write_text(json.dumps(replay.scenario, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    if not os.environ.get("QDRANT_BIN"):
        sys.exit("record: set QDRANT_BIN: only a real server's answers are worth recording")
    for given in sys.argv[1:]:
        record(Path(given))
