# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Booted test hosts: an image with a layer of its own, systemd as its first process, a network of its own.

Works only inside the surroundings that run.py makes; what is left there ends with them.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from . import metadata_service
from .surroundings import BRIDGE, CGROUPS, SUBNET

METADATA = "169.254.169.254"
_BOOT_SECONDS = 60.0


def ip(*words: str, space: str = "") -> None:
    """iproute2, in a network namespace or in the tests' own."""
    subprocess.run(["ip", *(["-n", space] if space else []), *words], check=True, timeout=30)


class Machine:
    """One host. ``up``, ``power_cut``, ``up`` again keeps its disk; ``gone`` takes everything away."""

    def __init__(
        self,
        name: str,
        number: int,
        image: pathlib.Path,
        folder: pathlib.Path,
        key: pathlib.Path,
        like: pathlib.Path | None = None,
    ) -> None:
        self.name, self.address, self.key = name, f"{SUBNET}.{number}", key
        self.folder = folder / name
        self.root = self.folder / "root"
        self.credentials = self.folder / "credentials.json"
        self._cgroup = CGROUPS[0] / os.environ["HOSTS_RUN"] / name
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._metadata: subprocess.Popen[bytes] | None = None
        for part in ("upper", "work", "root"):
            (self.folder / part).mkdir(parents=True)
        if like is not None:
            subprocess.run(["cp", "-a", f"{like}/.", str(self.folder / "upper")], check=True, timeout=60)
        layers = f"lowerdir={image},upperdir={self.folder / 'upper'},workdir={self.folder / 'work'}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(self.root)], check=True, timeout=30)
        self._connect()
        (self.root / "etc/hostname").write_text(f"{name}\n")
        ssh = self.root / "root/.ssh"
        ssh.mkdir(mode=0o700, exist_ok=True)
        (ssh / "authorized_keys").write_text(key.with_suffix(".pub").read_text())

    def _connect(self) -> None:
        ip("netns", "add", self.name)
        ip("link", "add", f"v-{self.name}", "type", "veth", "peer", "name", "eth0", "netns", self.name)
        ip("link", "set", f"v-{self.name}", "master", BRIDGE, "up")
        ip("addr", "add", f"{self.address}/24", "dev", "eth0", space=self.name)
        ip("addr", "add", f"{METADATA}/32", "dev", "lo", space=self.name)
        for device in ("eth0", "lo"):
            ip("link", "set", device, "up", space=self.name)
        service = [sys.executable, metadata_service.__file__, "--credentials", str(self.credentials)]
        with open(self.folder / "metadata.log", "ab") as log:
            self._metadata = subprocess.Popen(
                ["ip", "netns", "exec", self.name, *service], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def up(self, *arguments: str) -> Machine:
        """Boot; returns when its ssh server answers."""
        self._cgroup.mkdir(parents=True, exist_ok=True)
        command = ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", f"--directory={self.root}"]
        command += [f"--machine={self.name}", f"--network-namespace-path=/run/netns/{self.name}", "--console=pipe"]
        command += ["--kill-signal=SIGRTMIN+3", "--link-journal=no", "--resolv-conf=off", "--timezone=off"]
        command += ["--system-call-filter=bpf", *arguments]  # or the host's own address filters do nothing
        environment = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "SYSTEMD_NSPAWN_LOCK": "0"}
        inside = ["sh", "-c", f'echo $$ >{self._cgroup}/cgroup.procs && exec "$@"', "sh", *command]
        with open(self.folder / "console.log", "ab") as log:
            self._nspawn = subprocess.Popen(
                inside, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        end = time.monotonic() + _BOOT_SECONDS
        while time.monotonic() < end and self._nspawn.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection((self.address, 22), 1) as connection:
                connection.settimeout(2)
                if connection.recv(7) == b"SSH-2.0":
                    return self
            time.sleep(0.05)
        tail = (self.folder / "console.log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{self.name} did not come up:\n{tail}")

    def down(self) -> None:
        """An orderly end."""
        if self._nspawn and self._nspawn.poll() is None:
            self._nspawn.send_signal(signal.SIGTERM)
            try:
                self._nspawn.wait(20)
            except subprocess.TimeoutExpired:
                self.power_cut()

    def power_cut(self) -> None:
        """Every process ends at once. The disk stays as it is."""
        (self._cgroup / "cgroup.kill").write_text("1")
        if self._nspawn:
            self._nspawn.wait(20)

    def gone(self) -> None:
        """End it and take away its network and disk."""
        self.down()
        if self._metadata:
            self._metadata.terminate()
            self._metadata.wait(20)
        subprocess.run(["umount", "--lazy", str(self.root)], check=False, timeout=30)
        ip("netns", "del", self.name)

    def keep(self, folder: pathlib.Path, stopped: str) -> pathlib.Path:
        """A copy of the disk as it is now, that another host can begin with. stopped: a unit that rests meanwhile."""
        shutil.rmtree(folder, ignore_errors=True)  # or the copy would lie in the one that is there
        self.run(f"systemctl stop {stopped}; sync")
        subprocess.run(["cp", "-a", str(self.folder / "upper"), str(folder)], check=True, timeout=60)
        self.run(f"systemctl start {stopped}")
        return folder

    def ssh(self) -> list[str]:
        """The command that runs another one on the host."""
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"]
        return ["ssh", "-i", str(self.key), *(f"-o{option}" for option in options), f"root@{self.address}"]

    def run(self, command: str, *, check: bool = True, timeout: float = 120.0, text: str = "") -> str:
        """What a shell command on the host writes, errors too. check: AssertionError unless it ended with 0."""
        done = subprocess.run(
            [*self.ssh(), command],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"{self.name}: {command}\nended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def code(self, command: str, **more: Any) -> int:
        """The exit code of a shell command on the host."""
        return int(self.run(f"{{ {command}; }} >/dev/null 2>&1; echo $?", **more).split()[-1])

    def until(self, command: str, seconds: float = 60.0) -> None:
        """Wait until a shell command on the host ends with 0."""
        end = time.monotonic() + seconds
        while self.code(command) != 0:
            if time.monotonic() > end:
                raise AssertionError(f"{self.name}: after {seconds} s not yet: {command}")
            time.sleep(0.3)
