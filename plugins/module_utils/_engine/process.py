# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a job in a child process with limits of memory, time and files.

The engine is native code on bytes that may be damaged: it may panic, loop or take any amount of memory. The child has
no secret, ends with its parent, and returns one JSON document. Its end is an ``Outcome``, never an exception.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any, Callable

DONE, FAILED, PANIC, TIME, MEMORY, CRASH, HOST = "done", "failed", "panic", "time", "memory", "crash", "host"
NO_LIMITS = "the limits of its process cannot be set"  # for example because a unit of systemd forbids it
_MOST_ANSWER = 16 << 20
_MOST_WORDS = 400
_ANSWER, _WORDS = "answer.json", "stderr"
_POLL = 0.05
_NICE = 10  # the host may run a Qdrant server, which has precedence
_NO_ANSWER = 74  # exit code if the answer could not be written (EX_IOERR)
# Sent by an operator, a service manager or the kernel. SIGBUS: of a mapped file, for which the disk has no space.
_FROM_OUTSIDE = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGBUS)
_ON_PARENT_DEATH = 1  # PR_SET_PDEATHSIG
# Its own search path first, so that the child finds the engine in a clone, in Ansible's zip and in the one file.
_START = (
    "import json, sys; request = json.loads(sys.stdin.readline()); sys.path[:] = request.pop('path');"
    " __import__(request['module'], fromlist=['main']).main(request)"
)


@dataclasses.dataclass(frozen=True)
class Limits:
    """memory: bytes of private memory (mapped files do not count); seconds: of time; file_bytes: of the largest file
    that it may write; files: open at once."""

    memory: int
    seconds: float
    file_bytes: int
    files: int = 4096


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a job ended. end: ``done`` (answer: its document), ``failed`` (the job gave up, said: why), ``panic``,
    ``time``, ``memory``, ``crash``, ``host`` (ended from outside, or a full disk: nothing is known of the job)."""

    end: str
    said: str = ""
    answer: dict[str, Any] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0


class JobError(Exception):
    """A job gave up: the end of a sentence. details: for the caller."""

    def __init__(self, said: str, **details: Any) -> None:
        super().__init__(said)
        self.details = details


def run(module: str, request: Mapping[str, Any], folder: str, limits: Limits) -> Outcome:
    """Run ``main`` of a module in a child process; its files are in ``folder``. It is killed when the caller ends."""
    text = json.dumps(
        {
            **request,
            "module": module,
            "path": [os.path.abspath(entry) for entry in sys.path],
            "limits": dataclasses.asdict(limits),
            "parent": os.getpid(),
        }
    )
    started = time.monotonic()
    answer, words = os.path.join(folder, _ANSWER), os.path.join(folder, _WORDS)
    with open(answer, "wb") as out, open(words, "wb") as errors:
        # pylint: disable-next=ansible-bad-function  # the engine runs without Ansible
        child = subprocess.Popen(
            [sys.executable, "-I", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=errors,
            cwd=folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "TMPDIR": folder, "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
        try:
            with contextlib.suppress(BrokenPipeError), child.stdin:  # type: ignore[union-attr]
                child.stdin.write(text.encode("utf-8") + b"\n")  # type: ignore[union-attr]
            late = _wait(child, started + limits.seconds, words)
        finally:
            _kill(child)
    return _outcome(child.returncode, late, _read(answer, _MOST_ANSWER), _read(words, _MOST_ANSWER), started)


def _wait(child: subprocess.Popen[bytes], until: float, words: str) -> bool:
    """Wait for the end of the child; True if its time is over. A child without memory may hang instead of ending."""
    while child.poll() is None:
        if time.monotonic() >= until:
            return True
        if os.path.getsize(words) and _without_memory(_read(words, _MOST_ANSWER)):
            return False
        time.sleep(_POLL)
    return False


def _without_memory(words: bytes) -> bool:
    return b"memory allocation of" in words or b"MemoryError" in words


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End the child, and whatever it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _read(path: str, most: int) -> bytes:
    with open(path, "rb") as stream:
        return stream.read(most)


def _outcome(code: int, late: bool, answer: bytes, words: bytes, started: float) -> Outcome:
    seconds = time.monotonic() - started
    said = _last_words(words)
    if _without_memory(words):
        return Outcome(MEMORY, said, seconds=seconds)
    if late:
        return Outcome(TIME, said, seconds=seconds)
    with contextlib.suppress(ValueError, KeyError, TypeError):
        found = json.loads(answer)
        return Outcome(str(found["end"]), str(found.get("said", "")), dict(found.get("answer", {})), seconds)
    if code == -signal.SIGKILL:  # by the kernel, which ran out of memory
        return Outcome(MEMORY, said, seconds=seconds)
    if code == -signal.SIGXCPU:
        return Outcome(TIME, said, seconds=seconds)
    if code == _NO_ANSWER:
        return Outcome(HOST, "its answer could not be written to the scratch folder", seconds=seconds)
    if code < 0:
        ended = f"it was ended by signal {signal.Signals(-code).name}"
        if -code in _FROM_OUTSIDE:
            return Outcome(HOST, ended, seconds=seconds)
        said = said or ended
    return Outcome(CRASH, said or f"it ended with code {code}", seconds=seconds)


def _last_words(words: bytes) -> str:
    lines = [line.strip() for line in words.decode("utf-8", "replace").splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("note: run with")]
    return " ".join(lines[-2:])[-_MOST_WORDS:]


def serve(request: dict[str, Any], job: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """In the child: apply the limits, run the job, write its answer, and end without any clean-up by native code."""
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints is not part of the answer
    try:
        _limit(Limits(**request.pop("limits")), int(request.pop("parent")))
        found = {"end": DONE, "answer": job(request)}
    except JobError as error:
        found = {"end": FAILED, "said": str(error)[:_MOST_WORDS], "answer": error.details}
    except MemoryError:
        found = {"end": MEMORY}
    except BaseException as error:  # noqa: BLE001 (a panic of the engine is a BaseException)
        kind = PANIC if type(error).__name__ == "PanicException" else CRASH
        found = {"end": kind, "said": f"{type(error).__name__}: {error}"[:_MOST_WORDS]}
    try:
        with open(out, "wb") as answer:  # os.write may write less than all on a full disk
            answer.write(json.dumps(found).encode("utf-8"))
    except OSError:
        os._exit(_NO_ANSWER)
    os._exit(0)


def _limit(limits: Limits, parent: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_ON_PARENT_DEATH, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)  # the parent ended before this process could ask to end with it
    seconds = int(limits.seconds) + 1
    cores = os.cpu_count() or 1
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_DATA, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_CPU, seconds * cores),
    ):
        dummy, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (value, value))
        except (OSError, ValueError) as error:
            raise JobError(f"{NO_LIMITS}: {error}") from error
    with contextlib.suppress(OSError):
        os.nice(_NICE)
