# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes for the contract tests."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.support.cluster_rig import cluster, cluster_servers
from ansible_collections.vectorops.qdrant.tests.support.qdrant import (
    RunningQdrant,
    quick_folder,
    start_qdrant,
    uses_double,
)

__all__ = ["cluster", "cluster_servers"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for nodes, removed afterwards."""
    with quick_folder() as path:
        yield Path(path)


@pytest.fixture
def qdrant(folder: Path) -> Iterator[RunningQdrant]:
    """An empty node: the real one where QDRANT_BIN or QDRANT_URL says so, else the double."""
    node = start_qdrant(str(folder / "node"))
    yield node
    if node.given:
        node.wipe()
    else:
        node.stop()


@pytest.fixture
def ours(qdrant: RunningQdrant) -> RunningQdrant:
    """The same, where the test has to kill it or see its folders."""
    if qdrant.given:
        pytest.skip("needs a server of its own: QDRANT_URL names one that cannot be killed or looked into")
    return qdrant


@pytest.fixture
def double(qdrant: RunningQdrant) -> RunningQdrant:
    """The double, with its fault rules."""
    if not uses_double():
        pytest.skip("fault rules and named steps are the double's; a real server has none")
    return qdrant


@pytest.fixture
def archives() -> Path:
    """The folder of archives that a real server made."""
    return Path(__file__).parent.parent / "data" / "snapshots"


@pytest.fixture
def sees_folders(qdrant: RunningQdrant) -> RunningQdrant:
    """A node whose snapshots folder this test can write to."""
    os.makedirs(qdrant.snapshots_dir, exist_ok=True)
    return qdrant


@pytest.fixture
def refusing_store() -> Iterator[list[str]]:
    """A store that answers 503; the list holds its address, and then the paths that were asked for."""
    asked: list[str] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(503)
            self.send_header("Content-Length", "9")
            self.end_headers()
            self.wfile.write(b"slow down")

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    asked.append(f"http://127.0.0.1:{server.server_port}")
    yield asked
    server.shutdown()
    server.server_close()
