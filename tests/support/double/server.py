# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server: connections, fault rules, keys, routes."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import auth, door, routes_cluster, routes_collections, routes_points, routes_server, routes_snapshots
from .errors import ApiError
from .faults import Rule, Throttle
from .member import Member
from .node import Node, Settings
from .router import Router, answer
from .web import Answer, Request, Writer, error_answer

_IDLE_SECONDS, _SILENT_SECONDS = 5.0, 600.0
ROUTER = Router()
for _part in (routes_points, routes_snapshots, routes_collections, routes_cluster, routes_server):
    ROUTER.include(_part.router)


class Handler(BaseHTTPRequestHandler):
    """One connection; many requests."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    server: Server
    _rule: Rule | None = None

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged: a request may carry secrets."""

    def version_string(self) -> str:
        return "double"

    def handle_one_request(self) -> None:
        """Waits for the next request as long as the real server does, and then closes the connection."""
        self.connection.settimeout(_IDLE_SECONDS)
        super().handle_one_request()

    def _serve(self) -> None:
        self.connection.settimeout(_SILENT_SECONDS)
        request = Request(self)
        try:
            found = self._answer(request)
            if found is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            for dummy in iter(request.body.read, b""):
                pass
            self._send(request, found)
        except (ApiError, OSError):  # the client is gone, or a stream broke: all that is left is to cut it
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, request: Request, found: Answer) -> None:
        """Sends the answer; a rule may lose it, cut it or make it slow."""
        rule = self._rule or {}
        if rule.get("drop_after"):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if "cut_after" not in rule and "bytes_per_s" not in rule:
            Writer(self).send(request, found)
            return
        whole = self.wfile
        self.wfile = Throttle(whole, rule.get("cut_after"), rule.get("bytes_per_s"))
        try:
            Writer(self).send(request, found)
        finally:
            self.wfile = whole

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve

    def _answer(self, request: Request) -> Answer | None:
        """The answer; None to drop the connection."""
        self._rule = None
        node = self.server.node
        try:
            if request.path.startswith(door.PREFIX):
                node.faults.carry(False)
                return answer(door.router, node, request, True)
            rule = self._rule = node.faults.for_request(request.method, request.path)
            if rule is not None:
                time.sleep(rule.get("delay_s", 0))
                if rule.get("drop"):
                    return None
                if "status" in rule:
                    body = rule.get("body", {"status": {"error": "Service internal error: injected"}, "time": 0.0})
                    text = body if isinstance(body, str) else json.dumps(body)
                    return Answer(rule["status"], rule.get("content_type", "application/json"), text.encode())
            may_change = auth.check(node.settings, request)
        except ApiError as error:
            return error_answer(error, False, 0.0)
        if request.method == "HEAD":
            return Answer(404, None)
        return answer(ROUTER, node, request, may_change)


class Server(ThreadingHTTPServer):
    """Listens; a thread for each connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, settings: Settings) -> None:
        self.node: Node = Member(settings) if settings.cluster else Node(settings)
        super().__init__((settings.host, settings.port), Handler)
        if settings.tls_cert:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(settings.tls_cert, settings.tls_key)
            if settings.clients_ca:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(settings.clients_ca)
            # Each connection shakes hands in a thread of its own, with its first read.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.node.begin(self.server_port)

    def server_bind(self) -> None:
        """Binds without asking a name server who we are."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A broken connection is the client's affair."""
