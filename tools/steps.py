# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run targets of the Makefile as steps, to the end even if some fail, and print the totals (totals.py).

    steps.py FOLDER --first STEP... --beside STEP... --alone STEP...

The steps of --first run one after the other, those of --beside in parallel (STEP_JOBS at a time, default 2; their
output
is printed when they end), those of --alone one after the other. FOLDER/steps.tsv gets a line for each step: name, exit
code, seconds.

STEP_LIMIT: time limit of a step in seconds; STEP_LIMITS: other limits, `name=seconds ...`; RUN_LIMIT: limit of all
steps. A step that takes longer is stopped, and a step that has not begun counts as failed. After a signal, running
steps are interrupted, so that tests can clean up, and killed after 30 s.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

import totals

GRACE = 30.0
TOO_LATE = 124  # as the program `timeout` ends
NOT_RUN = -1
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def descendants(process: int) -> list[int]:
    """A process and all its descendants, including those in other sessions."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            parents.setdefault(parent, []).append(int(entry.name))
    found = [process]
    for one in found:
        found += parents.get(one, [])
    return found


class Steps:
    """Runs the steps. After ``interrupt`` no further step begins."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._limit = float(os.environ.get("STEP_LIMIT") or 1200)
        limits = (pair.partition("=") for pair in os.environ.get("STEP_LIMITS", "").split())
        self._limits = {name: float(seconds) for name, dummy, seconds in limits}
        self._end = time.monotonic() + float(os.environ.get("RUN_LIMIT") or "inf")
        self._stopped = threading.Event()
        self._noted = threading.Lock()
        self.signal = 0

    def interrupt(self, signum: int, dummy_frame: object) -> None:
        """End the running steps; a second signal has no effect."""
        self.signal = self.signal or signum
        self._stopped.set()

    def alone(self, name: str) -> None:
        """Run one step and print its output immediately."""
        self._say(f"\n=== {name}\n")
        self._note(name, None)

    def beside(self, name: str) -> None:
        """Run one step in parallel to others, and print its output at its end."""
        log = self._folder / f"{name}.log"
        with log.open("wb") as out:
            self._note(name, out)
        with self._noted, log.open("rb") as written:
            self._say(f"\n=== {name}\n")
            shutil.copyfileobj(written, sys.stdout.buffer)
            sys.stdout.buffer.flush()

    def _note(self, name: str, out: IO[bytes] | None) -> None:
        began = time.monotonic()
        code = self._run(name, out)
        with self._noted, (self._folder / "steps.tsv").open("a") as steps:
            steps.write(f"{name}\t{code}\t{time.monotonic() - began:.0f}\n")

    def _run(self, name: str, out: IO[bytes] | None) -> int:
        limit = min(self._limits.get(name, self._limit), self._end - time.monotonic())
        if self._stopped.is_set() or limit <= 0:
            return NOT_RUN
        command = ["make", name]
        # A separate process group, so that Ctrl-C reaches it only once, from here.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT if out else None,
            start_new_session=True,
        )  # fmt: skip
        end = time.monotonic() + limit
        while process.poll() is None and time.monotonic() < end and not self._stopped.is_set():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
        if process.poll() is not None:
            return process.returncode
        self._end_tree(process)
        late = not self._stopped.is_set()
        words = f"did not end within {limit:.0f} s and was stopped" if late else "was interrupted"
        (out or sys.stdout.buffer).write(f"{name} {words}\n".encode())
        (out or sys.stdout.buffer).flush()
        return TOO_LATE if late else 128 + self.signal

    @staticmethod
    def _end_tree(process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        left = descendants(process.pid) if process.poll() is None else []
        for one in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):  # those that lost their parent
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    @staticmethod
    def _say(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    for group in ("first", "beside", "alone"):
        parser.add_argument(f"--{group}", nargs="*", default=[])
    given = parser.parse_args(arguments)
    began = time.monotonic()
    steps = Steps(given.folder)
    for signum in SIGNALS:
        if signal.getsignal(signum) != signal.SIG_IGN or signum == signal.SIGINT:  # nohup; a shell's `&`
            signal.signal(signum, steps.interrupt)
    for name in given.first:
        steps.alone(name)
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("STEP_JOBS") or 2)) as pool:
        for done in [pool.submit(steps.beside, name) for name in given.beside]:
            done.result()
    for name in given.alone:
        steps.alone(name)
    sys.stdout.write(f"\n=== totals after {time.monotonic() - began:.0f} s\n")
    failed = totals.main([str(given.folder)])
    return 128 + steps.signal if steps.signal else failed


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
