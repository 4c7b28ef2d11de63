# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stub server and a client of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant import transport
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import Node, NodeOptions
from ansible_collections.vectorops.qdrant.tests.unit.qdrant.stub import Stub


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_PAUSES", (0.01, 0.02))


@pytest.fixture
def stub() -> Iterator[Stub]:
    server = Stub()
    yield server
    server.stop()


@pytest.fixture
def node(stub: Stub) -> Iterator[Node]:
    with Node(NodeOptions(url=stub.url, api_key="made-up-key-0123456789abcdef", timeout=2.0)) as client:
        yield client
