# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a step of a cluster's restore works with: the nodes beside what one node's restore has."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Iterable, Mapping

from .._qdrant.client import Node
from .._restore.scene import Scene
from .copies import Copies
from .members import ask_view
from .values import Member, View

_AGREEMENT = 15.0  # seconds for every node to apply a call that the cluster has agreed on


@dataclasses.dataclass(frozen=True)
class FleetScene(Scene):
    """node: the one that is asked for the whole cluster, with reads that every replica has to agree on; nodes: all, by
    name; turns: a node's lock, because a second recover at a time leaves a mixture; copies: archives on this host."""

    members: tuple[Member, ...] = ()
    nodes: Mapping[str, Node] = dataclasses.field(default_factory=dict)
    turns: Mapping[str, threading.Lock] = dataclasses.field(default_factory=dict)
    copies: Copies | None = None

    @property
    def every_node(self) -> Mapping[str, Node]:
        return self.nodes

    def not_pointing(self, aliases: Iterable[str], collection: str) -> list[str]:
        """As each node sees it; asked again for a while: a node applies the call a moment later than the one that was
        asked, and the old collection must stay until no node leads clients to it."""
        every, end = list(aliases), time.monotonic() + _AGREEMENT
        while True:
            held = [node.aliases() for node in self.nodes.values()]
            wrong = [alias for alias in every if any(found.get(alias) != collection for found in held)]
            if not wrong or time.monotonic() > end:
                return wrong
            time.sleep(0.05)

    def view(self, collection: str, *, count: bool = False) -> View:
        """The shards of a collection as all nodes see them now."""
        return ask_view(self.nodes, self.members, collection, count=count)


def fleet(scene: Scene) -> FleetScene:
    """The same, as steps of this room get it."""
    if not isinstance(scene, FleetScene):
        raise TypeError("a step of a cluster's restore was given the scene of one node")
    return scene
