# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drill: restore a backup for proof, measure it, judge it, record it, clean up."""

from __future__ import annotations

from typing import Any

from .._base.errors import EngineError
from .._base.progress import Progress
from .._drill.operation import drill
from .._drill.options import DrillOptions
from .._drill.values import ENGINE, SCRATCH
from .._options import DRILL, HOST, NODE, REPOSITORY, build
from .._proof.by_engine import EngineOptions
from .._report.files import check_files, write_files
from .._report.of_drill import drill_page
from .._report.trend import trend_of
from .._repository.catalogue import Catalogue
from .common import EXCLUSIVE_REPOSITORY, cluster, names, open_node, repository

OPTIONS = (NODE, HOST, REPOSITORY, DRILL)
EXCLUSIVE = EXCLUSIVE_REPOSITORY
REQUIRED_ONE_OF = [("bucket", "path")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_drill.operation.Ended`` for the report; "reports" are the files that were written."""
    files = names(params, "report")
    check_files(files)
    options = build(DrillOptions, params, cluster=cluster(params), node_name=params.get("node") or None)
    catalogue = Catalogue(repository(params)(), cluster(params))
    node = None
    if options.target == SCRATCH and options.scratch_url:
        node = open_node({**params, "url": options.scratch_url, "api_key": params.get("scratch_api_key")})
    elif options.target not in (ENGINE, SCRATCH):
        node = open_node(params)
    engine = build(EngineOptions, params)
    ended = drill(options, engine, lambda: catalogue, str(params["url"]), node, check=check, progress=progress)
    out = {**ended.as_dict(), "reports": []}
    if ended.report is not None and files:
        past, warned = trend_of(catalogue, ended.report)
        out["warnings"] += warned
        try:
            out["reports"] = write_files(files, drill_page(ended.report, past), ended.report.as_dict())
        except EngineError as error:  # the drill was done: its result is reported all the same
            out["failed"].append({"name": "report", "message": error.sentence()})
            out["ok"] = False
    return out
