# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root file systems of test hosts, made by mmdebstrap once and kept below .cache/hosts/images."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "hosts"
# python3-venv, because a host of the tests cannot download.
PACKAGES = (
    "systemd,systemd-sysv,dbus,libpam-systemd,python3,python3-venv,openssh-server,iproute2,ca-certificates,procps"
)
LIBRARIES = ",python3-boto3,python3-requests,python3-yaml"
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")
MASKED = "apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer"
MASKED += " getty@tty1.service console-getty.service"
HOOKS = (
    f'systemctl --root="$1" mask {MASKED} >/dev/null 2>&1',
    ': >"$1/etc/machine-id"; rm -f "$1/var/lib/dbus/machine-id" "$1/etc/resolv.conf"; : >"$1/etc/resolv.conf"',
)


class System(NamedTuple):
    """A system that hosts are made of. mirror, keyring: where its packages come from, if not from Debian's mirror."""

    suite: str
    python: str
    libraries: bool = True  # its boto3 is recent enough
    mirror: str = ""
    keyring: str = ""


UBUNTU = ("http://archive.ubuntu.com/ubuntu", "/usr/share/keyrings/ubuntu-archive-keyring.gpg")
SYSTEMS = {
    "debian12": System("bookworm", "3.11"),
    "debian13": System("trixie", "3.13"),
    "ubuntu2204": System("jammy", "3.10", False, *UBUNTU),
    "ubuntu2404": System("noble", "3.12", True, *UBUNTU),
}
# A test names the host that it needs: one that has Python alone, or one with the distribution's libraries.
BARE, WITH_LIBRARIES = "bare", "with-libraries"


def chosen() -> dict[str, str]:
    """Kind of host -> system: Debian 12 and 13, or the one that IMAGE names for both."""
    name = os.environ.get("IMAGE", "")
    if name and name not in SYSTEMS:
        raise ValueError(f"IMAGE is {name}. Use one of {', '.join(SYSTEMS)}")
    return {BARE: name or "debian12", WITH_LIBRARIES: name or "debian13"}


def fresh_libraries() -> bool:
    """Whether the distribution of hosts "with libraries" carries ones that are recent enough."""
    return SYSTEMS[chosen()[WITH_LIBRARIES]].libraries


def pythons() -> list[str]:
    """Versions of Python on the hosts, which wheels are downloaded for."""
    return sorted({SYSTEMS[name].python for name in chosen().values()})


def command(kind: str, target: pathlib.Path) -> list[str]:
    """How the image of a kind is made."""
    system = SYSTEMS[chosen()[kind]]
    more = LIBRARIES if kind == WITH_LIBRARIES and fresh_libraries() else ""
    out = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}{more}"]
    out += ['--aptopt=Acquire::Languages "none"', "--dpkgopt=force-unsafe-io"]
    out += [f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT]
    out += [f"--customize-hook={hook}" for hook in HOOKS]
    if system.mirror:
        # python3-venv is in universe.
        mirror = os.environ.get("UBUNTU_MIRROR", system.mirror)
        return [*out, "--components=main,universe", f"--keyring={system.keyring}", system.suite, str(target), mirror]
    return [*out, system.suite, str(target), *filter(None, [os.environ.get("DEBIAN_MIRROR")])]


def image(kind: str) -> pathlib.Path:
    """The folder of a root file system; made if it is not there. Never booted itself: hosts lie over it."""
    recipe = hashlib.sha256(repr(command(kind, pathlib.Path("-"))).encode()).hexdigest()[:12]
    name = f"{chosen()[kind]}-{kind}"
    target = CACHE / "images" / f"{name}-{recipe}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target.parent / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            half = target.with_name(target.name + ".half")
            shutil.rmtree(half, ignore_errors=True)
            for old in target.parent.glob(f"{name}-*"):
                shutil.rmtree(old, ignore_errors=True)
            subprocess.run(
                command(kind, half), check=True, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=900
            )
            half.rename(target)
    return target
