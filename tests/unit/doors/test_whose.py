# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose backups a verb looks at where several nodes share a cluster."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs.common import whose

OWN = socket.gethostname().split(".")[0]


class Backups:
    """A catalogue of these nodes, which notes whose backups it was asked for."""

    def __init__(self, *nodes: str) -> None:
        self.nodes, self.asked = nodes, []

    def backups(self, node: str | None = None) -> list[str]:
        self.asked.append(node)
        return [one for one in self.nodes if node in (None, one)]


@pytest.mark.parametrize(
    ("params", "nodes", "expected"),
    [
        pytest.param({}, (OWN, "node-b"), None, id="a module means every node"),
        pytest.param({"node": "node-b"}, (OWN, "node-b"), "node-b", id="the one that is named"),
        pytest.param({"node": "node-b", "own_first": True}, (OWN, "node-b"), "node-b", id="named, by the program"),
        pytest.param({"own_first": True}, (OWN, "node-b"), OWN, id="the program means its host"),
        pytest.param({"node": None, "own_first": True}, ("node-b",), None, id="a host without any looks at all"),
        pytest.param({"node": "", "own_first": True}, (OWN, "node-b"), None, id="--all-nodes"),
    ],
)
def test_whose_backups_are_meant(params: dict[str, Any], nodes: tuple[str, ...], expected: str | None) -> None:
    catalogue = Backups(*nodes)
    assert whose(params, catalogue) == expected
    assert None not in catalogue.asked, "a host may list its own keys alone"
