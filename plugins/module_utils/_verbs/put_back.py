# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put points of a backup back: ``restore`` with ``points``."""

from __future__ import annotations

from typing import Any

from .._base.errors import UsageError
from .._base.progress import Progress
from .._options import build
from .._points.put_back import put_back
from .._proof.by_engine import EngineOptions
from .common import has_repository, open_node, points_of

# Options of a restore that do not apply to points.
_OTHERS = (
    "snapshot",
    "src",
    "snapshot_url",
    "checksum",
    "alias",
    "restore_aliases",
    "restore_quotas",
    "rpo",
    "accept_gap",
)
# Options of a restore of collections that have a default, which must be left at it.
_DEFAULTS = {"mode": "new", "keep_old": True, "wait_for": "data"}


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_points.put_back`` for the report."""
    others = [name for name in _OTHERS if params.get(name)]
    others += [name for name, usual in _DEFAULTS.items() if params.get(name) not in (None, usual)]
    if others:
        raise UsageError(
            f"points and {others[0]} are mutually exclusive", "Points come out of a backup, into a live collection."
        )
    if not has_repository(params):
        raise UsageError("points needs a repository", "Set bucket or path.")
    node = open_node(params)
    options, catalogue = points_of(params, f"restore --points {params['points']}")
    return put_back(options, build(EngineOptions, params), node, catalogue, check=check, progress=progress)
