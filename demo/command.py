# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that the demo runs: their lines one by one, an end to all they started, and one sentence when they fail."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from interrupts import Interrupts

LONGEST = 120.0
_PATIENCE = 4.0


class DemoError(Exception):
    """A step failed; the text is the sentence to show."""


class Commands:
    """Runs one program at a time. ``end`` ends it and everything that it started."""

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts
        self.environment: Mapping[str, str] = os.environ
        self._running: subprocess.Popen[str] | None = None

    def run(
        self, arguments: Sequence[str], tell: Callable[[str], None], more: Mapping[str, str] | None = None
    ) -> list[str]:
        """Run a program to its end, each line of its output told; DemoError unless it ends well. more: environment."""
        lines: list[str] = []
        with self._interrupts.held():
            try:
                process = self._running = subprocess.Popen(
                    list(arguments),
                    env={**self.environment, **(more or {})},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    errors="replace",
                    start_new_session=True,
                )
            except OSError as error:
                raise DemoError(f"{arguments[0]} cannot be started: {error.strerror}.") from None
        late = threading.Timer(LONGEST, end_tree, [process])
        late.daemon = True
        late.start()
        try:
            for line in process.stdout or ():
                lines.append(line.rstrip())
                tell(lines[-1])
            code = process.wait()
        finally:
            late.cancel()
        self._running = None
        if code != 0:
            raise DemoError(_why(os.path.basename(arguments[0]), code, lines))
        return lines

    def end(self) -> None:
        """End what still runs."""
        process, self._running = self._running, None
        if process is not None:
            end_tree(process)
            if process.stdout:
                process.stdout.close()


def _why(program: str, code: int, lines: list[str]) -> str:
    if code == -signal.SIGTERM or code == -signal.SIGKILL:
        return f"{program} was stopped: it had not ended after {LONGEST:.0f} seconds."
    said = [line.strip() for line in lines if line.strip()]
    errors = [line for line in said if line.startswith(("[ERROR]", "fatal:", "curl:"))] or said
    return f"{program} ended with code {code}: {errors[0] if errors else 'it said nothing'}"


def end_tree(process: subprocess.Popen[str]) -> None:
    """Ask a program to end, then make an end of it and of everything that it started. Ansible's workers have sessions
    of their own, so they are found below it; what it starts while it ends loses its parent, and keeps the session."""
    found = started_by(process.pid)
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        gone = process.poll() is not None
        found |= started_by(process.pid)  # also once after its end: nothing is started any more then
        if gone and not any(map(_same, found)):
            break
        time.sleep(0.02)
    for one in found:
        if _same(one):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one[0], signal.SIGKILL)
    if process.poll() is None:
        process.kill()
    process.wait()
    # A killed process needs a moment to go, longer on a busy machine; only our own child can be waited for.
    deadline = time.monotonic() + _PATIENCE
    while any(map(_same, found)) and time.monotonic() < deadline:
        time.sleep(0.02)


def started_by(pid: int) -> set[tuple[int, str]]:
    """(process id, start time) of every process below one, and of every other one in its session."""
    children: dict[int, list[tuple[int, str]]] = {}
    out: set[tuple[int, str]] = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        found = _stat(int(entry.parent.name))
        if found is not None:
            parent, session, started = found
            one = (int(entry.parent.name), started)
            children.setdefault(parent, []).append(one)
            if session == pid and one[0] != pid:
                out.add(one)
    look = [pid, *(member for member, dummy in out)]
    while look:
        for child in children.get(look.pop(), []):
            if child not in out:
                out.add(child)
                look.append(child[0])
    return out


def _stat(pid: int) -> tuple[int, int, str] | None:
    """(parent, session, start time) of a living process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[1]), int(fields[3]), fields[19]) if fields[0] != "Z" else None


def _same(one: tuple[int, str]) -> bool:
    """Whether this process still is there, and not another one of its number."""
    found = _stat(one[0])
    return found is not None and found[2] == one[1]
