# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points of another server's backup, where several servers have backed up under the node's name: as for a restore,
only if its id is given."""

from __future__ import annotations

import dataclasses
from typing import Callable

from .._base.plan import Plan
from .._qdrant.client import Node
from .._restore import servers
from .options import PointsOptions
from .source import Source


def require_own(
    operation: str, source: Source, options: PointsOptions, node: Node, again: Callable[[str], str]
) -> Source:
    """The source, with a warning if it is another server's and was chosen by its id. RefusedError if it was not chosen.
    again: the same command with a backup id."""
    found = source.servers
    if found is None:
        return source
    found = dataclasses.replace(found, here=servers.peer_of(node, node.cluster().peer_id, [options.target], options))
    Plan(operation, options.target, (), tuple(servers.refusals(found, options, again))).refuse_or_go()
    return dataclasses.replace(source, warnings=(*source.warnings, *servers.warnings(found, options)))
