# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo ends what it started, also what a program starts at the moment in which it is ended."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

DEMO = Path(__file__).resolve().parents[3] / "demo"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """demo/command.py, which is run from its folder."""
    monkeypatch.syspath_prepend(str(DEMO))
    spec = importlib.util.spec_from_file_location("demo_command", DEMO / "command.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "demo_command", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "_PATIENCE", 1.0)
    return module


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("echo ready; sleep 61.37; true", id="running already"),
        pytest.param(
            "trap 'sleep 61.37 & exit' TERM; echo ready; while :; do sleep 0.05; done", id="while it is ended"
        ),
    ],
)
def test_nothing_is_left_running(command: ModuleType, script: str) -> None:
    process = subprocess.Popen(["bash", "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    with process.stdout as lines:
        assert lines.readline() == "ready\n"
        command.end_tree(process)
    assert process.returncode is not None
    deadline = time.monotonic() + 5
    while in_session(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert in_session(process.pid) == []


def in_session(session: int) -> list[int]:
    """Every living process of it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            dead = (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            if not dead and os.getsid(int(entry.name)) == session:
                found.append(int(entry.name))
    return found
