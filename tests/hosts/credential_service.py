# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials for one test host without an instance role: those of a container, and those for a web identity.

    python credential_service.py --credentials FILE --token TOKEN [--bind A] [--port P]

GET /container answers whoever shows the token; POST / is AssumeRoleWithWebIdentity for whoever brings it.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ADDRESS = "169.254.170.2"
ANSWER = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>{AccessKeyId}</AccessKeyId>
<SecretAccessKey>{SecretAccessKey}</SecretAccessKey><SessionToken>{Token}</SessionToken>
<Expiration>{Expiration}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""


def command(credentials: pathlib.Path, token: str) -> list[str]:
    """How it is started."""
    return [sys.executable, __file__, "--credentials", str(credentials), "--token", token]


class Service(ThreadingHTTPServer):
    """Knows the file and the token."""

    def __init__(self, address: tuple[str, int], credentials: str, token: str) -> None:
        super().__init__(address, Handler)
        self.credentials, self.token = pathlib.Path(credentials), token


class Handler(BaseHTTPRequestHandler):
    """The two calls."""

    server: Service

    def answer(self, code: int, body: str = "") -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self) -> None:
        if self.path != "/container" or self.headers.get("Authorization") != self.server.token:
            return self.answer(403)
        return self.answer(200, self.server.credentials.read_text())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        given = dict(urllib.parse.parse_qsl(body))
        wanted = ("AssumeRoleWithWebIdentity", self.server.token)
        if (given.get("Action"), given.get("WebIdentityToken")) != wanted:
            return self.answer(403)
        return self.answer(200, ANSWER.format(**json.loads(self.server.credentials.read_text())))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--credentials", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--bind", default=ADDRESS)
    parser.add_argument("--port", type=int, default=80)
    given = parser.parse_args()
    Service((given.bind, given.port), given.credentials, given.token).serve_forever()


if __name__ == "__main__":
    main()
