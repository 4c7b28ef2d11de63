# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doctor: find problems before a backup or a restore fails."""

from __future__ import annotations

from typing import Any

from .._base.progress import Progress
from .._doctor.operation import DoctorOptions, examine
from .._options import DOCTOR, HOST, NODE, REPOSITORY, TIMER, build
from .common import EXCLUSIVE_REPOSITORY, cluster, node_name, open_node, repository

OPTIONS = (NODE, HOST, REPOSITORY, DOCTOR, (TIMER,))
EXCLUSIVE = EXCLUSIVE_REPOSITORY
REQUIRED_ONE_OF = [("bucket", "path")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_doctor.operation.examine`` for the report."""
    options = build(DoctorOptions, params, cluster=cluster(params), node_name=node_name(params))
    return examine(options, open_node(params), repository(params), progress=progress)
