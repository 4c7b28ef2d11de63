# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Diff: compare a collection with a backup of it, point by point."""

from __future__ import annotations

from typing import Any

from .._base.progress import Progress
from .._options import DIFF, ENGINE, MIN_FREE, NODE, REPOSITORY, STATE_DIR, build
from .._points.diff import diff
from .._proof.by_engine import EngineOptions
from .common import EXCLUSIVE_REPOSITORY, open_node, points_of

OPTIONS = (NODE, REPOSITORY, DIFF, ENGINE, (STATE_DIR, MIN_FREE))
EXCLUSIVE = [*EXCLUSIVE_REPOSITORY, ("backup_id", "before")]
REQUIRED_ONE_OF = [("bucket", "path")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_points.diff.diff`` for the report. It changes no point. With ``open_with: node`` it makes and deletes a
    throw-away collection, so not with ``check``."""
    node = open_node(params)
    options, catalogue = points_of(params, "diff")
    return diff(options, build(EngineOptions, params), node, catalogue, check=check, progress=progress)
