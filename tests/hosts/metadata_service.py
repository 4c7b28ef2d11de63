# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance metadata service (IMDSv2) for one test host: hands out the credentials that lie in a file.

    python metadata_service.py --credentials FILE [--bind A] [--port P] [--role NAME]

The file is read for each answer; while it is missing, no role is attached. Only tokens of version 2 are taken.
"""

from __future__ import annotations

import argparse
import json
import secrets
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PLACE = "/latest/meta-data/iam/security-credentials/"


class Service(ThreadingHTTPServer):
    """Knows the tokens it gave, and until when each is good."""

    def __init__(self, address: tuple[str, int], credentials: str, role: str) -> None:
        super().__init__(address, Handler)
        self.credentials, self.role = credentials, role
        self.tokens: dict[str, float] = {}

    def document(self) -> bytes | None:
        try:
            with open(self.credentials, encoding="utf-8") as handle:
                found = json.load(handle)
        except FileNotFoundError:
            return None
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return json.dumps({"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": moment, **found}).encode()


class Handler(BaseHTTPRequestHandler):
    """The few paths that botocore asks for."""

    server: Service

    def answer(self, code: int, body: bytes = b"") -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        seconds = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
        if self.path != "/latest/api/token":
            return self.answer(404)
        if self.headers.get("X-Forwarded-For"):
            return self.answer(403)
        if not seconds.isdigit() or not 1 <= int(seconds) <= 21600:
            return self.answer(400)
        token = secrets.token_urlsafe(32)
        self.server.tokens[token] = time.monotonic() + int(seconds)
        return self.answer(200, token.encode())

    def do_GET(self) -> None:
        if self.server.tokens.get(self.headers.get("X-aws-ec2-metadata-token", ""), 0) < time.monotonic():
            return self.answer(401)
        document = self.server.document()
        if self.path == "/latest/meta-data/placement/region":
            return self.answer(200, b"us-east-1")
        if document is not None and self.path == PLACE:
            return self.answer(200, self.server.role.encode())
        if document is not None and self.path == PLACE + self.server.role:
            return self.answer(200, document)
        return self.answer(404)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--credentials", required=True)
    parser.add_argument("--bind", default="169.254.169.254")
    parser.add_argument("--port", type=int, default=80)
    parser.add_argument("--role", default="Backup")
    given = parser.parse_args()
    Service((given.bind, given.port), given.credentials, given.role).serve_forever()


if __name__ == "__main__":
    main()
