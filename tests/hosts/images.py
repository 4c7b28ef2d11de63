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

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "hosts"
SUITES = ("bookworm", "trixie")
# python3-venv, because a host of the tests cannot download. Debian 13 carries the distribution's libraries as well.
PACKAGES = (
    "systemd,systemd-sysv,dbus,libpam-systemd,python3,python3-venv,openssh-server,iproute2,ca-certificates,procps"
)
MORE = {"trixie": ",python3-boto3,python3-requests,python3-yaml"}
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")
MASKED = "apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer"
MASKED += " getty@tty1.service console-getty.service"
HOOKS = (
    f'systemctl --root="$1" mask {MASKED} >/dev/null 2>&1',
    ': >"$1/etc/machine-id"; rm -f "$1/var/lib/dbus/machine-id" "$1/etc/resolv.conf"; : >"$1/etc/resolv.conf"',
)


def command(suite: str, target: pathlib.Path) -> list[str]:
    """How a suite's image is made."""
    out = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}{MORE.get(suite, '')}"]
    out += ['--aptopt=Acquire::Languages "none"', "--dpkgopt=force-unsafe-io"]
    out += [f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT]
    out += [f"--customize-hook={hook}" for hook in HOOKS]
    out += [suite, str(target)]
    return out + ([os.environ["DEBIAN_MIRROR"]] if os.environ.get("DEBIAN_MIRROR") else [])


def image(suite: str) -> pathlib.Path:
    """The folder of a suite's root file system; made if it is not there. Never booted itself: hosts lie over it."""
    recipe = hashlib.sha256(repr(command(suite, pathlib.Path("-"))).encode()).hexdigest()[:12]
    target = CACHE / "images" / f"{suite}-{recipe}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target.parent / f"{suite}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            half = target.with_name(target.name + ".half")
            shutil.rmtree(half, ignore_errors=True)
            for old in target.parent.glob(f"{suite}-*"):
                shutil.rmtree(old, ignore_errors=True)
            subprocess.run(
                command(suite, half), check=True, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=900
            )
            half.rename(target)
    return target
