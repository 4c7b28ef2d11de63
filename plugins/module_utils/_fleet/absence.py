# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that end while a cluster is restored.

A restarted node listens again within seconds; one with much data loads it first. Nothing runs on it while it does not,
and the same command goes on later, so it is not waited for as long as a node that works.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from .._base.errors import EngineError
from .._qdrant.client import Node
from .members import at_once

RESTART = 30.0  # seconds that a node may be unreachable


class Absence:
    """How long nodes have been unreachable, of those that are asked again and again."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes
        self._since: dict[str, float] = {}

    def check(self, attempted: str, on: str) -> None:
        """EngineError if a node has been unreachable for ``RESTART`` seconds."""
        found = unreachable(self._nodes, self._nodes)
        moment = time.monotonic()
        self._since = {name: self._since.get(name, moment) for name in found}
        late = {name: why for name, why in found.items() if moment - self._since[name] >= RESTART}
        if late:
            why = "; ".join(f"node {name}: {said} for {RESTART:g} seconds" for name, said in late.items())
            raise EngineError(attempted, on, why, advice(self._nodes, late))


def unreachable(nodes: Mapping[str, Node], names: Iterable[str]) -> dict[str, str]:
    """Node to why no connection can be made; only those."""
    return {name: why for name, why in at_once(lambda name: nodes[name].unreachable(), names).items() if why}


def advice(nodes: Mapping[str, Node], names: Iterable[str]) -> str:
    """What to do before the command is run again."""
    return " ".join(f"Start node {name}, and wait until GET {nodes[name].url}/readyz answers 200." for name in names)
