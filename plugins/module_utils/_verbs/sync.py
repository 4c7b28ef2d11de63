# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain sync: push local snapshots to the repository, or pull a backup's archives to a folder."""

from __future__ import annotations

from typing import Any

from .._base.errors import UsageError
from .._base.progress import Progress
from .._options import HOST, NODE, REPOSITORY, SYNC, build
from .._repository.catalogue import LATEST, Catalogue
from .._sync.pull import PullOptions, pull
from .._sync.push import PushOptions, push
from .common import EXCLUSIVE_REPOSITORY, cluster, node_name, open_node, repository

OPTIONS = (NODE, HOST, REPOSITORY, SYNC)
EXCLUSIVE = [*EXCLUSIVE_REPOSITORY, ("backup_id", "before")]
REQUIRED_ONE_OF = [("bucket", "path")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_sync.push.push`` and ``_sync.pull.pull`` for the reports."""
    if params["direction"] not in ("push", "pull"):
        raise UsageError(f"direction {params['direction']!r} is unknown", "Choose push or pull.")
    if params["direction"] == "push":
        for word in ("backup_id", "before"):
            if params.get(word) not in (None, "", LATEST):
                raise UsageError(f"{word} needs direction: pull", "A push stores all that is not stored yet.")
    catalogue = Catalogue(repository(params)(), cluster(params))
    folder = params.get("folder") or params.get("snapshots_dir") or None
    if params["direction"] == "push":
        pushing = build(PushOptions, params, node_name=node_name(params), folder=folder)
        return push(pushing, catalogue, lambda: open_node(params), check=check, progress=progress)
    if not folder:
        raise UsageError("direction: pull needs a folder", "Set folder to the folder for the archives.")
    return pull(build(PullOptions, params, folder=folder), catalogue, check=check, progress=progress)
