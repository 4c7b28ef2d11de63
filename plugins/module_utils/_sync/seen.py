# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node that was asked for its snapshots says of itself, as far as it is true of the snapshots."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable

from .._base.clock import backup_id
from .._qdrant.client import Node
from .local import LocalArchive


@dataclasses.dataclass(frozen=True)
class NodeSeen:
    """The node now. since: when its server was started, None where it does not tell."""

    version: str | None = None
    peer_id: int | None = None
    aliases: dict[str, str] = dataclasses.field(default_factory=dict)
    since: datetime.datetime | None = None

    def version_of(self, archives: Iterable[LocalArchive]) -> str | None:
        """The version that made all of these, None where an older server may have: restores go by it."""
        if self.since is None:
            return None
        return self.version if all(archive.taken > backup_id(self.since) for archive in archives) else None

    def aliases_of(self, collections: Iterable[str]) -> dict[str, str]:
        """The aliases that lead to these collections now."""
        held = set(collections)
        return {alias: name for alias, name in sorted(self.aliases.items()) if name in held}


NOBODY = NodeSeen()


def look(node: Node) -> NodeSeen:
    """Ask the node."""
    return NodeSeen(node.version(), node.cluster().peer_id, node.aliases(), node.running_since())
