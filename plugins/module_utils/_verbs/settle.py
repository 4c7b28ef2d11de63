# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settle: close the note of an interrupted restore by hand. Needs no repository."""

from __future__ import annotations

from typing import Any

from .._base.host import Host
from .._base.progress import Progress
from .._options import HOST, NODE, SETTLE
from .._status.settle import settle
from .common import names, open_node

OPTIONS = (NODE, HOST, SETTLE)


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_status.settle.settle`` for the report."""
    node = open_node(params)
    return settle(Host(str(params["state_dir"]), node.url), node, names(params), check=check)
