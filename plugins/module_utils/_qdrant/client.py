# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of a Qdrant node.

    node = Node(NodeOptions(url="http://127.0.0.1:6333", api_key=key))
    snapshot = node.create_snapshot(Scope.collection("articles"))

Every method raises QdrantError unless it succeeds. Connect to the node itself, never to a load balancer: every snapshot
call acts on the node that receives it.
"""

from __future__ import annotations

import threading
from types import TracebackType

from .errors import QdrantError
from .options import NodeOptions
from .point_writes import PointWritesPart
from .points import PointsPart
from .scope import Scope
from .snapshots import SnapshotsPart
from .transport import Transport

__all__ = ["Node", "NodeOptions", "QdrantError", "Scope"]


class Node(PointsPart, PointWritesPart, SnapshotsPart):
    """One node over REST, for many threads at once. consistency: of all reads of points, "" for the server's own;
    ``all`` gives only what every replica has.

    UsageError for invalid options.
    """

    def __init__(self, options: NodeOptions, consistency: str = "") -> None:
        self._consistency = consistency
        self._http = Transport(options)
        self._read_once = threading.local()
        self.options = options
        self.url = self._http.url

    def close(self) -> None:
        """Close the connections; the node can still be used."""
        self._http.close()

    def __enter__(self) -> Node:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
