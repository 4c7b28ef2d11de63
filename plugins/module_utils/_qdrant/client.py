# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one door to a Qdrant node.

    node = Node(NodeOptions(url="http://127.0.0.1:6333", api_key=key))
    snapshot = node.create_snapshot(Scope.collection("articles"))

Every method raises QdrantError for anything but success. A node is asked itself, never through a load balancer: every
snapshot call acts on the node that receives it.
"""

from __future__ import annotations

from types import TracebackType

from .errors import QdrantError
from .options import NodeOptions
from .points import PointsPart
from .scope import Scope
from .snapshots import SnapshotsPart
from .transport import Transport

__all__ = ["Node", "NodeOptions", "QdrantError", "Scope"]


class Node(PointsPart, SnapshotsPart):
    """One node over REST. MissingLibraryError without ``requests``; UsageError for options that cannot work."""

    def __init__(self, options: NodeOptions) -> None:
        self._http = Transport(options)
        self.options = options
        self.url = self._http.url

    def close(self) -> None:
        """Give the connections back; the node can still be used."""
        self._http.close()

    def __enter__(self) -> Node:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
