# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pin: protect a backup from being pruned."""

from __future__ import annotations

from typing import Any

from .._base.progress import Progress
from .._options import PIN, REPOSITORY
from .._repository.catalogue import Catalogue
from .._retention.pins import pin
from .common import EXCLUSIVE_REPOSITORY, cluster, repository

OPTIONS = (REPOSITORY, PIN)
EXCLUSIVE = EXCLUSIVE_REPOSITORY
REQUIRED_ONE_OF = [("bucket", "path")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_retention.pins.pin`` for the report."""
    catalogue = Catalogue(repository(params)(), cluster(params))
    backup_id, reason = str(params.get("backup_id") or "latest"), str(params.get("reason") or "")
    return pin(catalogue, backup_id, reason, node=params.get("node") or None, check=check)
