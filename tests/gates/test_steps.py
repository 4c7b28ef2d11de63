# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner of steps: it goes on, ends what hangs, obeys signals, and always says the totals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.vectorops.qdrant.tests.gates import source

# `hang` starts a program in a session of its own, as servers of tests are, and takes it down when it is interrupted;
# `deaf` does not listen.
MAKEFILE = """
good bad hang deaf:
\t@$(PYTHON) step.py $@
"""
STEP = """
import signal, subprocess, sys, time
print("says", sys.argv[1], flush=True)
if sys.argv[1] == "bad":
    sys.exit(3)
if sys.argv[1] in ("hang", "deaf"):
    if sys.argv[1] == "deaf":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    with open("server.pid", "w") as note:
        note.write(str(server.pid))
    try:
        time.sleep(600)
    finally:
        server.kill()
        server.wait()
"""
RUN = "import sys; sys.path.insert(0, sys.argv[1]); import steps; steps.GRACE = 3; sys.exit(steps.main(sys.argv[2:]))"


def begin(folder: Path, *arguments: str, **limits: str) -> subprocess.Popen[str]:
    (folder / "Makefile").write_text(MAKEFILE)
    (folder / "step.py").write_text(STEP)
    (folder / "reports").mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(source.ROOT / "tools"), "reports", *arguments],
        cwd=folder,
        env={**environment, "PYTHON": sys.executable, "RUN_LIMIT": "", "STEP_LIMIT": "", "STEP_LIMITS": "", **limits},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def noted(folder: Path) -> dict[str, int]:
    lines = (folder / "reports" / "steps.tsv").read_text().splitlines()
    return {name: int(code) for name, code, dummy in (line.split("\t") for line in lines)}


def server(folder: Path) -> int:
    """The program that a step started."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        note = folder / "server.pid"
        if note.exists() and note.read_text():
            return int(note.read_text())
        time.sleep(0.02)
    raise AssertionError("the step never began")


def is_gone(process: int) -> bool:
    """Within a moment: who is sent a signal has not ended yet."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_it_goes_on_and_adds_up(tmp_path: Path) -> None:
    process = begin(tmp_path, "--first", "bad", "--beside", "good", "bad", "--alone", "good")
    out = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert out.count("says good") == out.count("says bad") == 2
    assert out.strip().splitlines()[-1] == "2 passed, 2 failed, 0 skipped"


def test_all_is_well(tmp_path: Path) -> None:
    process = begin(tmp_path, "--beside", "good")
    out = process.communicate(timeout=60)[0]
    assert process.returncode == 0, out
    assert out.strip().splitlines()[-1] == "1 passed, 0 failed, 0 skipped"


@pytest.mark.parametrize("step", ["hang", "deaf"])
@pytest.mark.parametrize("group", ["--beside", "--alone"])
def test_what_takes_too_long_is_ended_with_what_it_started(tmp_path: Path, step: str, group: str) -> None:
    process = begin(tmp_path, group, step, "good", STEP_LIMITS=f"{step}=2")
    out = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert f"{step} did not end within 2 s and was stopped" in out
    assert noted(tmp_path) == {step: 124, "good": 0}
    assert is_gone(server(tmp_path))


def test_a_deadline_for_all_fails_what_is_left(tmp_path: Path) -> None:
    process = begin(tmp_path, "--first", "good", "--alone", "hang", "bad", RUN_LIMIT="3")
    out = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert "says bad" not in out
    assert noted(tmp_path) == {"good": 0, "hang": 124, "bad": -1}
    assert "NOT RUN" in out
    assert out.strip().splitlines()[-1] == "1 passed, 2 failed, 0 skipped"


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("group", ["--beside", "--alone"])
def test_a_signal_ends_it_with_totals(tmp_path: Path, signum: signal.Signals, group: str) -> None:
    process = begin(tmp_path, "--first", "good", group, "hang", "good")
    started = server(tmp_path)
    process.send_signal(signum)
    out = process.communicate(timeout=60)[0]
    assert process.returncode == 128 + signum
    assert "hang was interrupted" in out
    assert out.strip().splitlines()[-1].endswith(" failed, 0 skipped")
    assert is_gone(started)
