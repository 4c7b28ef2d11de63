# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo as a user runs it: twice in a row, broken, and interrupted."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import pytest
from ansible_collections.vectorops.qdrant.tests.support.s3 import SECRET_KEY, start_s3

ROOT = pathlib.Path(__file__).resolve().parents[2]
LONGEST = 180
# What the article's way needs; the demo leaves it out where one is missing.
by_hand = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "awk", "sed", "sort", "aws"))),
    reason="the demo leaves the article's way out: curl or another program of it is not installed",
)


@pytest.fixture
def scratch() -> Iterator[pathlib.Path]:
    """The demo's temporary folder; its path, short enough for sockets, marks every process that belongs to it."""
    with tempfile.TemporaryDirectory(prefix="demo-", dir="/tmp") as folder:
        yield pathlib.Path(folder)


def begin(scratch: pathlib.Path, **more: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "TMPDIR": str(scratch), "COLUMNS": "100", **more}
    return subprocess.Popen(
        [sys.executable, str(ROOT / "demo" / "run.py")],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def left_over(scratch: pathlib.Path) -> list[str]:
    """Files and processes that the demo should have taken away with it."""
    found = [str(path) for path in scratch.iterdir()]
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if str(scratch).encode() in (process / "environ").read_bytes() + (process / "cmdline").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def read_until(process: subprocess.Popen[str], word: str) -> str:
    """What it writes up to the first line with a word."""
    assert process.stdout is not None
    out = ""
    for line in process.stdout:
        out += line
        if word in line:
            return out
    raise AssertionError(f"{word!r} never came:\n{out}")


def test_the_store_leaves_nothing_in_tmp(tmp_path: pathlib.Path) -> None:
    """Its parts' sockets carry their ports, its logs its number."""
    with start_s3(tmp_path) as store:
        command = pathlib.Path(f"/proc/{store.process.pid}/cmdline").read_text()
        marks = [f".{store.process.pid}", *(f"-{port}.sock" for port in re.findall(r"port\.grpc=(\d+)", command))]
        sockets = [path for path in pathlib.Path("/tmp").iterdir() if path.name.endswith(tuple(marks))]
        assert sockets, "the server puts its sockets elsewhere now: look there"
    assert [path for path in pathlib.Path("/tmp").iterdir() if path.name.endswith(tuple(marks))] == []
    assert not [path for path in store.leaves if path.exists()]


def test_twice_in_a_row(scratch: pathlib.Path) -> None:
    for dummy in range(2):
        process = begin(scratch)
        out = process.communicate(timeout=LONGEST)[0]
        assert process.returncode == 0, out
        table = out.partition("What was done, and what it proved")[2]
        for word in ("back up", "disaster", "restore", "ask again", "the article's way", "16 answers identical"):
            assert word in table, out
        assert "1,000 of 1,000 points, by url" in out
        assert "Gone: alias live" in out or "The article's way is left out" in out
        assert "Traceback" not in out
        assert SECRET_KEY not in out and "X-Amz-Signature" not in out
        assert "\033" not in out
        assert left_over(scratch) == []


@pytest.mark.parametrize(
    ("word", "signum"),
    [
        ("Qdrant", signal.SIGINT),
        ("ansible-playbook -i inventory.yml backup.yml", signal.SIGINT),
        ("PLAY [Bring", signal.SIGINT),
        ("PLAY [Bring", signal.SIGTERM),
        pytest.param("article/", signal.SIGINT, marks=by_hand),
    ],
)
def test_interrupted(scratch: pathlib.Path, word: str, signum: int) -> None:
    process = begin(scratch)
    out = read_until(process, word)
    time.sleep(0.4)
    process.send_signal(signum)
    out += process.communicate(timeout=60)[0]
    assert process.returncode == 128 + signum, out
    assert "Interrupted: cleaning up." in out and "Traceback" not in out
    assert left_over(scratch) == []


def test_says_what_failed(scratch: pathlib.Path) -> None:
    """A server that does not start is one sentence."""
    process = begin(scratch, QDRANT_BIN=str(scratch), QDRANT_URL="")
    out = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert out.strip().splitlines()[-1].startswith("Failed: QDRANT_BIN is ")
    process = begin(scratch, QDRANT_BIN="/bin/false", QDRANT_URL="")
    out = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert "Failed: A server did not start" in out and "Traceback" not in out
    assert left_over(scratch) == []


def test_a_step_that_fails(scratch: pathlib.Path) -> None:
    """The store is gone in the middle: Ansible says why, the demo ends with one sentence."""
    process = begin(scratch)
    out = read_until(process, "3  Lose everything")
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"weed") and str(scratch).encode() in b" ".join(words):
            os.kill(int(entry.name), signal.SIGKILL)
    out += process.communicate(timeout=LONGEST)[0]
    assert process.returncode == 1, out
    assert out.strip().splitlines()[-1].startswith("Failed: ansible-playbook ended with code"), out
    assert "Traceback" not in out
    assert left_over(scratch) == []
