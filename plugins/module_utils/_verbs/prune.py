# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prune: delete the backups that no rule keeps, with their snapshots on the node."""

from __future__ import annotations

from typing import Any

from .._base.progress import Progress
from .._options import NODE, PRUNE, REPOSITORY, STATE_DIR, build, words_of
from .._retention.operation import prune
from .._retention.options import PruneOptions
from .common import EXCLUSIVE_REPOSITORY, cluster, given, node_name, open_node, survey

OPTIONS = (NODE, REPOSITORY, PRUNE, (STATE_DIR,))
EXCLUSIVE = EXCLUSIVE_REPOSITORY
REQUIRED_ONE_OF = [("bucket", "path")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_retention.report`` for the report."""
    words = tuple(words_of(given(params, OPTIONS)))
    options = build(PruneOptions, params, cluster=cluster(params), node_name=node_name(params), given=words)
    node = open_node(params) if options.local_snapshots else None
    return prune(options, lambda: survey(params), node, check=check, progress=progress)
