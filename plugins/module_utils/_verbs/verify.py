# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify: read the archives in the repository again, check their checksums, and open them in the embedded engine. Needs
no Qdrant node."""

from __future__ import annotations

from typing import Any

from .._base.errors import UsageError
from .._base.progress import Progress
from .._options import REPOSITORY, STATE_DIR, VERIFY, build
from .._proof.by_engine import EngineOptions
from .._proof.turns import budget_of
from .._proof.verify import Depth, verify
from .._repository.catalogue import LATEST, Catalogue
from .common import EXCLUSIVE_REPOSITORY, cluster, names, repository, whose

OPTIONS = (REPOSITORY, VERIFY, (STATE_DIR,))
EXCLUSIVE = [*EXCLUSIVE_REPOSITORY, ("backup_id", "before")]
REQUIRED_ONE_OF = [("bucket", "path")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_proof.verify.verify`` for the report. Without ``node``, every node's archives are verified."""
    backup_id = str(params.get("backup_id") or LATEST)
    if params["all_backups"] and (backup_id != LATEST or params.get("before")):
        one = "before" if params.get("before") else "backup_id"
        raise UsageError(f"all_backups and {one} are mutually exclusive", "Set only one of them.")
    catalogue = Catalogue(repository(params)(), cluster(params))
    return verify(
        catalogue,
        node=whose(params, catalogue),
        backup_id=backup_id,
        before=params.get("before") or None,
        collections=names(params),
        every=params["all_backups"],
        record=params["record"],
        check=check,
        depth=Depth(int(params["grade"]), budget_of(params.get("verify_budget")), build(EngineOptions, params)),
        progress=progress,
    )
