# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores for tests of faults: in a process that is killed, or held in the middle of what the node reads.

A restore by URL is held by the proxy before the store: the node answers, its recover runs, and nothing was touched yet.
That works on a real server as on the double.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

from ...plugins.module_utils._base.host import Host
from ...plugins.module_utils._base.intent import Intent
from .proxy import FaultProxy
from .qdrant import RunningQdrant
from .rig import Rig

# As a program: one restore, which sends itself SIGKILL at a step, the first time or a later one.
_CHILD = """
import json, os, signal, sys
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import restore
options, step, left = json.loads(sys.argv[1]), sys.argv[2], [int(sys.argv[3])]
def progress(event):
    left[0] -= event.step == step and event.done is None
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
restore.run(options, False, progress)
"""
_ARCHIVE = r"^GET .*/archives/"
OUR_LOOK = "(?i)range: bytes=0-"  # at the first bytes of a presigned URL, before the node gets it
_SECONDS = 60.0


def intents(rig: Rig, url: str = "") -> list[Intent]:
    """What this host notes as begun and not ended."""
    return Host(str(rig.directory / "state"), url or rig.node.url).intents()


def begin_with(options: dict[str, Any], step: str = "", times: int = 1) -> subprocess.Popen[bytes]:
    """A restore in a process of its own, which kills itself at a step. options: all that the verb takes."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", _CHILD, json.dumps(options), step, str(times)]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)


def begin(rig: Rig, step: str = "", times: int = 1, **changes: Any) -> subprocess.Popen[bytes]:
    """The same with the options of a rig."""
    return begin_with(rig.params("restore", **changes), step, times)


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Its exit code (-9 where it killed itself), and what it said."""
    said = process.communicate(timeout=120)[1].decode()
    return process.returncode, said[-2000:]


def killed_at(rig: Rig, step: str, times: int = 1, **changes: Any) -> tuple[int, str]:
    """See ``ended``."""
    return ended(begin(rig, step, times, **changes))


def recovers_running(node: RunningQdrant) -> int:
    """How many recovers the node says that it is at."""
    headers = {"api-key": node.api_key} if node.api_key else {}
    with urllib.request.urlopen(urllib.request.Request(f"{node.url}/metrics", headers=headers), timeout=30) as answer:
        found = re.findall(r"^snapshot_recovery_running\{[^}]*\} (\d+)", answer.read().decode(), flags=re.M)
    return sum(map(int, found))


def wait_for_recovers(node: RunningQdrant, count: int) -> None:
    """Until it says this many."""
    end = time.monotonic() + _SECONDS
    while (seen := recovers_running(node)) != count:
        assert time.monotonic() < end, f"{seen} recovers run, and not {count}"
        time.sleep(0.02)


class Held(threading.Thread):
    """Something that makes the node recover from a URL, in a thread; ``result`` or ``error`` is there at the end."""

    def __init__(self, work: Any) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.result: Any = None
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self.result = self._work()
        except Exception as error:
            self.error = error

    def ended(self) -> Any:
        """What came of it."""
        self.join(_SECONDS)
        assert not self.is_alive(), "it was let go and did not end"
        if self.error is not None:
            raise self.error
        return self.result


@contextlib.contextmanager
def held_archives(port: int) -> Iterator[tuple[FaultProxy, threading.Event]]:
    """A proxy before the store that stops every archive after its first bytes, until the event is set."""
    with FaultProxy(port) as proxy:
        fault = proxy.hold(after=8192, match=_ARCHIVE)
        fault.spare, let_go = OUR_LOOK, fault.let_go
        try:
            yield proxy, let_go
        finally:
            let_go.set()


def presigned(rig: Rig, endpoint: str, collection: str = "articles") -> str:
    """A URL of a collection's newest archive, through another endpoint."""
    from botocore.config import Config
    from botocore.session import Session

    (*dummy, key) = [key for key in rig.keys(f"/{collection}/") if key.endswith(".snapshot")]
    client = Session().create_client(
        "s3",
        endpoint_url=endpoint,
        region_name=rig.s3.region,
        aws_access_key_id=rig.s3.access_key,
        aws_secret_access_key=rig.s3.secret_key,
        config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"),
    )
    where = {"Bucket": rig.s3.bucket, "Key": f"{rig.prefix}/{key}"}
    return str(client.generate_presigned_url("get_object", Params=where, ExpiresIn=900))


def recover(rig: Rig, url: str, collection: str = "articles") -> Any:
    """The node's own recover, as anybody may ask for it."""
    body = {"location": url, "priority": "snapshot"}
    return rig.node.call("PUT", f"/collections/{collection}/snapshots/recover?wait=true", body, timeout=120)
