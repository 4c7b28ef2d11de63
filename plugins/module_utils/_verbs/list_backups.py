# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List and show: what the repository holds. Needs no Qdrant node."""

from __future__ import annotations

from typing import Any

from .._base.errors import UsageError
from .._base.progress import Progress
from .._options import INFO, REPOSITORY
from .._repository.catalogue import Catalogue
from .._repository.inventory import inventory
from .common import EXCLUSIVE_REPOSITORY, cluster, names, repository, whose

OPTIONS = (REPOSITORY, INFO)
EXCLUSIVE = [*EXCLUSIVE_REPOSITORY, ("backup_id", "before")]
REQUIRED_ONE_OF = [("bucket", "path")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_repository.inventory.inventory`` for the report. Without ``node``, every node of the cluster is shown."""
    if params["limit"] < 0:
        raise UsageError(f"limit is {params['limit']}", "Give a number of backups, 0 for all.")
    catalogue = Catalogue(repository(params)(), cluster(params))
    found = inventory(
        catalogue,
        node=whose(params, catalogue),
        backup_id=params.get("backup_id") or None,
        before=params.get("before") or None,
        collections=names(params),
        limit=params["limit"],
        check=params["completeness"],
    )
    warnings = [item["message"] for item in found["unreadable"]]
    return {"changed": False, "warnings": warnings, **found}
