# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two servers of the demo: S3 and a Qdrant node, in one temporary folder, on free ports of this machine."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant, start_qdrant
from ansible_collections.vectorops.qdrant.tests.support.s3 import NoServerError, RunningS3, start_s3
from command import DemoError

LONGEST_PARENT = 45  # sockets lie in the demo's folder, and a socket's path has about 104 characters at most


def _parent() -> str | None:
    """Where the folder is made: as TMPDIR says, unless that is too long."""
    return "/tmp" if len(tempfile.gettempdir()) > LONGEST_PARENT else None


class Servers:
    """Started side by side in threads, so that a signal never falls between a start and its note."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="qdrant-demo-", dir=_parent()))
        self._pool = concurrent.futures.ThreadPoolExecutor(2)
        self._starting: list[concurrent.futures.Future[Any]] = []

    def start(self) -> tuple[RunningQdrant, RunningS3]:
        """Both, ready. DemoError where one does not start."""
        node = self._begin(lambda: start_qdrant(str(self.folder / "node")))
        store = self._begin(lambda: start_s3(self.folder / "s3"))
        try:
            return node.result(), store.result()
        except (NoServerError, RuntimeError, OSError) as error:
            raise DemoError(f"A server did not start: {error}") from None

    def _begin(self, start: Callable[[], Any]) -> concurrent.futures.Future[Any]:
        self._starting.append(self._pool.submit(start))
        return self._starting[-1]

    def remove(self) -> None:
        """End both servers, whatever became of them, and remove the folder."""
        ending = []
        for starting in self._starting:
            with contextlib.suppress(Exception):
                ending.append(self._pool.submit(starting.result().stop))
        concurrent.futures.wait(ending)
        self._pool.shutdown()
        shutil.rmtree(self.folder, ignore_errors=True)


def choose_qdrant() -> str:
    """Decide which Qdrant it will be, and say so: QDRANT_BIN, a ``qdrant`` on PATH, else the double."""
    os.environ.pop("QDRANT_URL", None)  # the demo never touches a server that it did not start
    given = os.environ.get("QDRANT_BIN")
    if given:
        if not os.access(given, os.X_OK) or os.path.isdir(given):
            raise DemoError(f"QDRANT_BIN is {given}, and that is not a program. Unset it to use the stand-in.")
        return f"the server {given} (QDRANT_BIN)"
    found = shutil.which("qdrant")
    if found:
        os.environ["QDRANT_BIN"] = found
        return f"the server {found}, found on PATH"
    os.environ.pop("QDRANT_BIN", None)
    return "a stand-in for the server, on Qdrant's own engine (set QDRANT_BIN to use a real one)"
