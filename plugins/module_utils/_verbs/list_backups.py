# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List and show: the backups in the repository. Needs no Qdrant node."""

from __future__ import annotations

from typing import Any

from .._base.choose import unmatched
from .._base.errors import UsageError
from .._base.progress import Progress
from .._options import INFO, REPOSITORY, STATE_DIR
from .._repository.inventory import inventory
from .common import EXCLUSIVE_REPOSITORY, names, survey, whose

OPTIONS = (REPOSITORY, INFO, (STATE_DIR,))
EXCLUSIVE = [*EXCLUSIVE_REPOSITORY, ("backup_id", "before")]
REQUIRED_ONE_OF = [("bucket", "path")]
_SCREENFUL = 50


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_repository.inventory.inventory`` for the report. Without ``node``, every node of the cluster is shown.
    Without ``limit``, modules return all backups, because tasks filter them, and the program shows a screenful."""
    limit = params.get("limit")
    if limit is None:
        limit = _SCREENFUL if params.get("own_first") else 0
    if limit < 0:
        raise UsageError(f"limit is {limit}", "Set limit to a number of backups, 0 for all.")
    opened = survey(params)
    if params["completeness"]:
        opened.catalogue.backups()  # of every node: completeness needs it, and it includes the node that is shown
    found = inventory(
        opened,
        node=whose(params, opened.catalogue),
        backup_id=params.get("backup_id") or None,
        before=params.get("before") or None,
        collections=names(params),
        limit=limit,
        check=params["completeness"],
        drills=params.get("drills", True),
    )
    warnings = [*(item["message"] for item in found["unreadable"]), *found.pop("not_checked")]
    there = [item["name"] for backup in found["backups"] for item in (*backup["collections"], *backup["failed"])]
    if found["backups"]:
        warnings += [
            f"No backup that is shown holds a collection that matches {name}."
            for name in unmatched(names(params), there)
        ]
    return {"changed": False, "warnings": warnings, **found}
