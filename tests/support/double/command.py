# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from . import several
from .dialect import VERSION
from .node import Settings
from .server import Server


def arguments(argv: list[str] | None) -> tuple[Settings, int]:
    """What a node is started with, and how many nodes there are to be."""
    parser = argparse.ArgumentParser(prog="double", description=f"A stand-in for a Qdrant {VERSION} node, for tests.")
    parser.add_argument("--port", type=int, default=6333, help="port to listen on; 0 for a free one (default 6333)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--dir", required=True, help="folder for `storage` and `snapshots`")
    parser.add_argument(
        "--api-key", default=None, help="key that may do everything (or DOUBLE_API_KEY in the environment)"
    )
    parser.add_argument(
        "--read-only-api-key", default=None, help="key that may only read (or DOUBLE_READ_ONLY_API_KEY)"
    )
    parser.add_argument("--url-recovery", choices=["on", "off"], default="on", help="restore from URLs (default on)")
    parser.add_argument("--jwt", choices=["on", "off"], default="off", help="take tokens signed with the API key")
    parser.add_argument("--tls-cert", default=None, help="certificate (PEM): speak TLS")
    parser.add_argument("--tls-key", default=None, help="its private key (PEM)")
    parser.add_argument("--clients-ca", default=None, help="answer only clients with a certificate that this CA signed")
    parser.add_argument("--cluster", default=None, help="folder that all nodes of a cluster share: be one of them")
    parser.add_argument("--nodes", type=int, default=1, help="start a cluster of so many nodes, on ports in a row")
    given = parser.parse_args(argv)
    settings = Settings(
        directory=given.dir,
        port=given.port,
        host=given.host,
        api_key=given.api_key or os.environ.get("DOUBLE_API_KEY") or None,
        read_only_api_key=given.read_only_api_key or os.environ.get("DOUBLE_READ_ONLY_API_KEY") or None,
        url_recovery=given.url_recovery == "on",
        jwt=given.jwt == "on",
        tls_cert=given.tls_cert,
        tls_key=given.tls_key,
        clients_ca=given.clients_ca,
        cluster=given.cluster,
    )
    return settings, given.nodes


def main(argv: list[str] | None = None) -> int:
    """Serves until SIGTERM or SIGINT; then closes the collections and returns 0."""
    settings, nodes = arguments(argv)
    if nodes > 1:
        return several.run(settings, nodes)
    server = Server(settings)
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: asked_to_stop.set())
    host, port = server.server_address[:2]
    folder = server.node.settings.directory
    sys.stderr.write(f"double of Qdrant {VERSION} on http://{host!s}:{port}, data in {folder}\n")
    sys.stderr.flush()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    while not asked_to_stop.wait(3600):
        pass
    server.shutdown()
    server.server_close()
    server.node.end()
    return 0
