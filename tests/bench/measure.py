# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One command as a fresh process: wall time, processor time of its whole tree, peak memory of its largest process.

    measure.py COMMAND...       writes {"seconds", "cpu_seconds", "peak_rss_mib", "code"} as the last line of its errors

The command is started by a small process of its own: Linux counts the memory of whoever starts a process as that
process's peak.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

# Linux counts kilobytes, macOS bytes.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclasses.dataclass(frozen=True)
class Sample:
    """seconds: wall; cpu_seconds: user and system, children included; peak_rss_mib: of the largest process."""

    seconds: float
    cpu_seconds: float
    peak_rss_mib: float
    output: str


def run(command: Sequence[str], environment: Mapping[str, str], folder: str) -> Sample:
    """Run it to its end; RuntimeError, with what it said, unless it ends well."""
    os.sync()  # what earlier runs left to be written must not slow this one
    done = subprocess.run(
        [sys.executable, "-S", os.path.abspath(__file__), *command],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    said, dummy, last = done.stderr.rstrip("\n").rpartition("\n")
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:3])} could not be measured: {done.stderr[-2000:]}")
    found = json.loads(last)
    code = found.pop("code")
    if code != 0:
        raise RuntimeError(f"{' '.join(command[:3])} ended with code {code}: {(said + done.stdout)[-2000:]}")
    return Sample(**found, output=done.stdout)


def main(command: list[str]) -> int:
    began = time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ)
    dummy_pid, status, usage = os.wait4(pid, 0)
    found = {
        "seconds": round(time.monotonic() - began, 3),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
        "peak_rss_mib": round(usage.ru_maxrss * _RSS_UNIT / (1 << 20), 1),
        "code": os.waitstatus_to_exitcode(status),
    }
    sys.stderr.write("\n" + json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
