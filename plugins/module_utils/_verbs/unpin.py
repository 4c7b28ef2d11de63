# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpin: let a backup be pruned again."""

from __future__ import annotations

from typing import Any

from .._base.clock import check_backup_id
from .._base.progress import Progress
from .._options import BACKUP_ID, REPOSITORY
from .._repository.catalogue import LATEST, Catalogue
from .._retention.pins import unpin
from .common import EXCLUSIVE_REPOSITORY, cluster, repository

OPTIONS = (REPOSITORY, (BACKUP_ID,))
EXCLUSIVE = EXCLUSIVE_REPOSITORY
REQUIRED_ONE_OF = [("bucket", "path")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_retention.pins.unpin`` for the report."""
    catalogue = Catalogue(repository(params)(), cluster(params))
    backup_id = str(params.get("backup_id") or LATEST)
    if backup_id != LATEST:
        check_backup_id(backup_id)
    return unpin(catalogue, backup_id, node=params.get("node") or None, check=check)
