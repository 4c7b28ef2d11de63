# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about the node whose snapshots are pushed, as far as they apply to the snapshots."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable

from .._base.clock import backup_id
from .._qdrant.client import Node
from .local import LocalArchive


@dataclasses.dataclass(frozen=True)
class NodeSeen:
    """The present state of the node."""

    version: str | None = None
    peer_id: int | None = None
    aliases: dict[str, str] = dataclasses.field(default_factory=dict)
    since: datetime.datetime | None = None  #: start of the server, None if unknown

    def version_of(self, archives: Iterable[LocalArchive]) -> str | None:
        """The version that made all these snapshots, None if an older server may have made one: restores use it."""
        if self.since is None:
            return None
        return self.version if all(archive.taken > backup_id(self.since) for archive in archives) else None

    def aliases_of(self, collections: Iterable[str]) -> dict[str, str]:
        """The aliases that now point to these collections."""
        held = set(collections)
        return {alias: name for alias, name in sorted(self.aliases.items()) if name in held}


NO_NODE = NodeSeen()


def look(node: Node) -> NodeSeen:
    """The facts, from the node."""
    return NodeSeen(node.version(), node.cluster().peer_id, node.aliases(), node.running_since())
