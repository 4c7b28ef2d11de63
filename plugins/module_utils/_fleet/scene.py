# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a step of a cluster's restore works with: the nodes beside what one node's restore has."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Mapping

from .._qdrant.client import Node
from .._restore.scene import Scene
from .copies import Copies
from .members import ask_view
from .values import Member, View


@dataclasses.dataclass(frozen=True)
class FleetScene(Scene):
    """node: the one that is asked for the whole cluster, with reads that every replica has to agree on; nodes: all, by
    name; turns: a node's lock, because a second recover at a time leaves a mixture; copies: archives on this host."""

    members: tuple[Member, ...] = ()
    nodes: Mapping[str, Node] = dataclasses.field(default_factory=dict)
    turns: Mapping[str, threading.Lock] = dataclasses.field(default_factory=dict)
    copies: Copies | None = None

    def view(self, collection: str, *, count: bool = False) -> View:
        """The shards of a collection as all nodes see them now."""
        return ask_view(self.nodes, self.members, collection, count=count)


def fleet(scene: Scene) -> FleetScene:
    """The same, as steps of this room get it."""
    if not isinstance(scene, FleetScene):
        raise TypeError("a step of a cluster's restore was given the scene of one node")
    return scene
