# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs for the child process of the embedded engine: what native code does on bytes that are damaged."""

from __future__ import annotations

import os
import pathlib
import resource
import signal
import sys
import time
from typing import Any

from ...plugins.module_utils._engine.process import JobError, serve
from ...plugins.module_utils._proof import engine_job


class PanicException(BaseException):
    """As PyO3 raises it."""


def main(request: dict[str, Any]) -> None:
    serve(request, JOBS[request["job"]])


def answers(request: dict[str, Any]) -> dict[str, Any]:
    print("noise of a library")
    return {
        "limits": [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)],
        "environment": dict(os.environ),
        "arguments": sys.argv,
        "session": os.getsid(0) == os.getpid(),
        "nice": os.nice(0),
    }


def gives_up(request: dict[str, Any]) -> dict[str, Any]:
    raise JobError("it is wrong", why="load")


def panics(request: dict[str, Any]) -> dict[str, Any]:
    raise PanicException("index out of bounds")


def loops(request: dict[str, Any]) -> dict[str, Any]:
    pathlib.Path("pid").write_text(str(os.getpid()))
    while True:
        pass


def is_ended_from_outside(request: dict[str, Any]) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(600)
    return {}


def says_much(request: dict[str, Any]) -> dict[str, Any]:
    """More than the largest file that it may write: like a full disk, which takes a part of it."""
    return {"words": "x" * (2 << 20)}


def sleeps(request: dict[str, Any]) -> dict[str, Any]:
    pathlib.Path("pid").write_text(str(os.getpid()))
    time.sleep(600)
    return {}


def takes_memory(request: dict[str, Any]) -> dict[str, Any]:
    return {"taken": len(bytearray(1 << 30))}


def aborts_for_memory(request: dict[str, Any]) -> dict[str, Any]:
    os.write(2, b"memory allocation of 123 bytes failed\n")
    os.abort()


def hangs_for_memory(request: dict[str, Any]) -> dict[str, Any]:
    os.write(2, b"memory allocation of 123 bytes failed\n")
    time.sleep(600)
    return {}


def crashes(request: dict[str, Any]) -> dict[str, Any]:
    os.kill(os.getpid(), 11)
    return {}


def writes_much(request: dict[str, Any]) -> dict[str, Any]:
    with open("large", "wb") as out:
        out.write(bytes(2 << 20))
    return {}


def damaged(request: dict[str, Any]) -> dict[str, Any]:
    """``engine_job.prove`` with one file damaged between unpacking and loading: its hash is left out."""
    found = engine_job.unpacked(request)
    damage(pathlib.Path(request["folder"]), request["file"], request["damage"], request.get("other"))
    return engine_job.compared(found, request)


def damage(folder: pathlib.Path, name: str, how: str, other: str | None = None) -> None:
    """flipped: one byte in the middle; truncated: half; deleted; swapped: exchanged with another file."""
    path = folder / name
    if how == "deleted":
        path.unlink()
    elif how == "truncated":
        os.truncate(path, path.stat().st_size // 2)
    elif how == "swapped":
        assert other is not None
        middle = path.with_name("exchanged")
        path.rename(middle)
        (folder / other).rename(path)
        middle.rename(folder / other)
    else:
        with open(path, "r+b") as stream:
            place = _filled(path)
            stream.seek(place)
            byte = stream.read(1)[0]
            stream.seek(place)
            stream.write(bytes([byte ^ 0xFF]))


def _filled(path: pathlib.Path) -> int:
    """A place in the middle of the data: of its first MiB with anything in it, files are often zeros to their end."""
    data = path.read_bytes()[: 1 << 20].rstrip(b"\0")
    return len(data) // 2


JOBS = {
    job.__name__: job
    for job in (
        answers,
        gives_up,
        panics,
        loops,
        sleeps,
        takes_memory,
        aborts_for_memory,
        hangs_for_memory,
        crashes,
        is_ended_from_outside,
        says_much,
        writes_much,
        damaged,
    )
}
