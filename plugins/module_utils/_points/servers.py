# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points of another server's backup, where several servers have backed up under the node's name: as for a restore,
only if its id is given."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Callable

from .._base.plan import Plan
from .._qdrant.client import Node
from .._restore import servers
from .options import PointsOptions
from .source import Source

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue


def require_own(
    operation: str,
    source: Source,
    options: PointsOptions,
    node: Node,
    catalogue: Catalogue,
    again: Callable[[str], str],
) -> Source:
    """The source, with a warning if it is another server's and was chosen by its id. RefusedError if it was not chosen.
    again: the same command with a backup id."""
    if source.manifest is None:
        return source
    found = servers.behind(catalogue, source.manifest, options)
    # The collection shows the peer too, also to a token that may use nothing else of the node.
    found = dataclasses.replace(found, here=servers.peer_of(node, None, [options.target], options))
    Plan(operation, options.target, (), tuple(servers.refusals(found, options, again))).refuse_or_go()
    return dataclasses.replace(source, warnings=(*source.warnings, *servers.warnings(found, options)))
