# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that answers as AWS does about buckets and IAM (moto): for what SeaweedFS does not know."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .qdrant import free_port

_READY_SECONDS = 60.0


def find_moto() -> str | None:
    """The server's program: beside MOTO_PYTHON, or beside this interpreter."""
    for python in (os.environ.get("MOTO_PYTHON"), sys.executable):
        program = os.path.join(os.path.dirname(python), "moto_server") if python else ""
        if program and os.access(program, os.X_OK):
            return program
    return None


def client_of(url: str, access_key: str, secret_key: str) -> Any:
    """A client of its S3 side with these keys: moto takes any."""
    from botocore.session import Session

    session = Session()
    session.set_credentials(access_key, secret_key)
    return session.create_client("s3", region_name="us-east-1", endpoint_url=url)


@contextmanager
def start_moto(program: str) -> Iterator[str]:
    """Its URL; it keeps everything in memory."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [program, "-H", "127.0.0.1", "-p", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + _READY_SECONDS
        while True:
            try:
                urllib.request.urlopen(f"{url}/moto-api/", timeout=5).close()
                break
            except OSError as error:
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"moto did not start: {error}") from error
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(20)
