# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster by one command: a process for each node, ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from .node import Settings

_HERE = os.path.dirname(os.path.abspath(__file__))


def _command(settings: Settings, number: int) -> list[str]:
    folder = settings.directory
    return [
        sys.executable,
        _HERE,
        *("--host", settings.host),
        *("--port", str(settings.port + number)),
        *("--dir", os.path.join(folder, f"node-{number}")),
        *("--cluster", os.path.join(folder, "agreed")),
        *("--url-recovery", "on" if settings.url_recovery else "off"),
    ]


def run(settings: Settings, nodes: int) -> int:
    """Serves until SIGTERM or SIGINT, or until a node ends. Keys go through the environment, not through arguments."""
    keys = {
        "DOUBLE_API_KEY": settings.api_key or "",
        "DOUBLE_READ_ONLY_API_KEY": settings.read_only_api_key or "",
    }
    processes = [subprocess.Popen(_command(settings, number), env={**os.environ, **keys}) for number in range(nodes)]

    def stop(_number: int, _frame: object) -> None:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        while all(process.poll() is None for process in processes):
            time.sleep(0.2)
        return 1
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)
