# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The child process of the embedded engine: its limits, its ends, and that it leaves nothing behind."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._engine import process
from ansible_collections.vectorops.qdrant.tests.support import engine_jobs

PLENTY = process.Limits(memory=512 << 20, seconds=60.0, file_bytes=1 << 20, files=64)


def run(job, folder, limits=PLENTY):
    return process.run(engine_jobs.__name__, {"job": job}, str(folder), limits)


def gone(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stream:
            return stream.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_the_answer_comes_back_and_the_child_has_limits_and_no_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    found = run("answers", tmp_path)
    assert found.end == process.DONE, found
    assert found.answer["limits"] == [64, 0] and found.answer["session"] and found.answer["nice"] >= 10
    assert "hidden" not in str(found.answer["environment"]) and found.answer["arguments"] == ["-c"]


@pytest.mark.parametrize(
    ("job", "end", "said"),
    [
        ("gives_up", process.FAILED, "it is wrong"),
        ("panics", process.PANIC, "index out of bounds"),
        ("takes_memory", process.MEMORY, ""),
        ("aborts_for_memory", process.MEMORY, "memory allocation"),
        ("hangs_for_memory", process.MEMORY, "memory allocation"),
        ("crashes", process.CRASH, "SIGSEGV"),
        ("is_ended_from_outside", process.HOST, "SIGTERM"),
        ("says_much", process.HOST, "could not be written"),
        ("writes_much", process.CRASH, "File too large"),
    ],
)
def test_each_end_is_an_outcome(tmp_path, job, end, said):
    found = run(job, tmp_path)
    assert found.end == end and said in found.said, found


def test_an_endless_loop_is_killed(tmp_path):
    found = run("loops", tmp_path, process.Limits(memory=512 << 20, seconds=10.0, file_bytes=1 << 20))
    assert found.end == process.TIME
    assert gone(int((tmp_path / "pid").read_text()))


def test_the_child_ends_with_its_parent(tmp_path):
    program = (
        f"import sys; sys.path[:] = {sys.path!r}\n"
        f"from {process.__name__} import Limits, run\n"
        f"run({engine_jobs.__name__!r}, {{'job': 'sleeps'}}, {str(tmp_path)!r}, Limits(1 << 29, 300.0, 1 << 20))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program])
    written = tmp_path / "pid"
    until = time.monotonic() + 60
    while not (written.exists() and written.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    child = int(pathlib.Path(written).read_text())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    while not gone(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert gone(child)
