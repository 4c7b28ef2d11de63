# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of a few lines for answers and faults that no real node gives on demand. It is scripted call by call."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from typing import Any, Callable

RESULT = "application/json"


class Call:
    """One request as it arrived, and the means to answer it."""

    def __init__(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        self._handler = handler
        self.method = handler.command
        self.port = handler.client_address[1]  # of the connection
        self.path, _mark, self.query = handler.path.partition("?")
        self.headers = handler.headers
        length = int(handler.headers.get("content-length") or 0)
        self.body = handler.rfile.read(length) if length else b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def answer(self, status: int, body: bytes = b"", form: str | None = None, **headers: str) -> None:
        self._handler.send_response_only(status)
        self._handler.send_header("Content-Length", headers.pop("length", str(len(body))))
        if form:
            self._handler.send_header("Content-Type", form)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()
        self._handler.wfile.write(body)

    def result(self, result: Any) -> None:
        self.answer(200, json.dumps({"result": result, "status": "ok", "time": 0.001}).encode(), RESULT)

    def error(self, status: int, text: str) -> None:
        self.answer(status, json.dumps({"status": {"error": text}, "time": 0.001}).encode(), RESULT)

    def drop(self) -> None:
        """End the connection without a word."""
        self._handler.close_connection = True
        self._handler.connection.close()


class Stub:
    """``stub.on["GET /collections"] = lambda call: call.result(...)``; of a list the last stays."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.on: dict[str, Any] = {}
        self.calls: list[tuple[str, str]] = []
        self.seen: list[Call] = []
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _serve(self) -> None:
                call = Call(self)
                stub.seen.append(call)
                stub.calls.append((call.method, call.path))
                act: Any = stub.on.get(f"{call.method} {call.path}")
                if isinstance(act, list):
                    act = act.pop(0) if len(act) > 1 else act[0]
                if act is None:
                    call.answer(404)
                else:
                    act(call)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve

            def log_message(self, *_args: Any) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_args: Any) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True)
        self._thread.start()

    def count(self, method: str, path: str) -> int:
        return self.calls.count((method, path))

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def then(*acts: Callable[[Call], None]) -> list[Callable[[Call], None]]:
    """Answers one after another; the last one stays."""
    return list(acts)
