# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces of their own for a run on test hosts: processes, mounts and network. Whatever way the run ends, the kernel
takes everything in them away; only folders are left for the parent to remove."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

from .images import CACHE

SUBNET = "10.231.0"
BRIDGE, BRIDGE_ADDRESS = "br0", f"{SUBNET}.1"
RUNS = CACHE / "runs"
_UNIFIED = pathlib.Path("/sys/fs/cgroup/unified")
CGROUPS = (_UNIFIED if _UNIFIED.is_dir() else pathlib.Path("/sys/fs/cgroup"), pathlib.Path("/sys/fs/cgroup/systemd"))

OUTER = (
    "setpriv",
    "--pdeathsig",
    "KILL",
    "unshare",
    "--mount",
    "--net",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
    "--",
)


def run_inside(command: list[str]) -> int:
    """Run a command in new surroundings with a folder of its own (HOSTS_RUN is its name, below RUNS); its exit code."""
    remove_stale()
    name = f"hosts-{os.getpid()}"
    (RUNS / name).mkdir(parents=True)
    inner = [sys.executable, "-m", __name__, *command]
    process = subprocess.Popen([*OUTER, *inner], env={**os.environ, "HOSTS_RUN": name}, start_new_session=True)

    def pass_on(number: int, frame: object) -> None:
        # To the tests alone; a second one ends everything.
        signal.signal(number, lambda *dummies: process.kill())
        subprocess.run(["pkill", f"-{number}", "-P", str(process.pid)], check=False, timeout=10)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return process.wait()
    finally:
        process.kill()
        process.wait()
        remove(name)
        for number, handler in before.items():
            signal.signal(number, handler)


def remove_stale() -> None:
    """Folders of runs whose process is gone."""
    for place in (RUNS, *CGROUPS):
        for folder in place.glob("hosts-*") if place.is_dir() else ():
            if not pathlib.Path("/proc", folder.name.partition("-")[2]).exists():
                remove(folder.name)


def remove(name: str) -> None:
    """The folders of one run."""
    end = time.monotonic() + 10
    for place in CGROUPS:
        while (place / name).is_dir():
            for folder, _folders, _files in os.walk(place / name, topdown=False):
                try:
                    os.rmdir(folder)
                except OSError:  # its last process is just ending
                    if time.monotonic() > end:
                        raise
                    time.sleep(0.05)
    shutil.rmtree(RUNS / name, ignore_errors=True)


def main(command: list[str]) -> int:
    """Inside: the first process. Makes the network, runs the command, buries the dead."""
    for words in (
        "mount -t tmpfs tmpfs /run/netns",
        "ip link set lo up",
        f"ip link add {BRIDGE} type bridge",
        f"ip addr add {BRIDGE_ADDRESS}/24 dev {BRIDGE}",
        f"ip link set {BRIDGE} up",
    ):
        pathlib.Path("/run/netns").mkdir(exist_ok=True)
        subprocess.run(words.split(), check=True, timeout=30)
    child = subprocess.Popen(command)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *dummies: child.send_signal(signal.SIGINT))
    while True:
        ended, status = os.wait()
        if ended == child.pid:
            return os.waitstatus_to_exitcode(status) & 0xFF


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
