# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report: a recorded drill, with the trend of the drills before it. Needs no Qdrant node."""

from __future__ import annotations

from typing import Any

from .._base.progress import Progress
from .._drill.recorded import recorded
from .._options import REPOSITORY, SHOW_DRILL
from .._report.files import check_files, write_files
from .._report.of_drill import drill_page
from .._report.trend import trend_of
from .._repository.catalogue import Catalogue
from .common import EXCLUSIVE_REPOSITORY, cluster, names, repository

OPTIONS = (REPOSITORY, SHOW_DRILL)
EXCLUSIVE = EXCLUSIVE_REPOSITORY
REQUIRED_ONE_OF = [("bucket", "path")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """{"changed": False, "drill": the record, "trend": [{"at", "passed", "rpo", "rto"}], "reports": files,
    "warnings"}."""
    files = names(params, "report")
    check_files(files)
    catalogue = Catalogue(repository(params)(), cluster(params))
    report = recorded(catalogue, params.get("node") or None, str(params.get("drill") or "latest"))
    past, warned = trend_of(catalogue, report)
    written = write_files(files, drill_page(report, past), report.as_dict())
    return {
        "changed": False,
        "drill": report.as_dict(),
        "trend": [one.as_dict() for one in past],
        "reports": written,
        "warnings": warned,
    }
