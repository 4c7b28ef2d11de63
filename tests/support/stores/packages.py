# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian packages that a store needs. They are installed once and stay; their services are not started."""

from __future__ import annotations

import os
import pathlib
import platform
import shutil
import subprocess

from .server import NotHereError

_SECONDS = 900
_FOLDERS = ("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin")


def install(what: str, packages: dict[str, str], root: pathlib.Path | None = None) -> None:
    """Install what is missing. packages: program -> package. root: the Debian system in a folder that gets them; None
    for this one. NotHereError says why it cannot be had."""
    system = root or pathlib.Path("/")
    path = os.pathsep.join(str(system / folder) for folder in _FOLDERS)
    missing = sorted({package for program, package in packages.items() if not shutil.which(program, path=path)})
    if not missing:
        return
    if platform.system() != "Linux" or not (system / "etc/debian_version").exists():
        raise NotHereError(f"{what} comes from Debian's packages, and {root or 'this'} is not Debian")
    if os.geteuid() != 0:
        raise NotHereError(f"{what} needs root to install {' '.join(missing)}: sudo make test-stores")
    policy = system / "usr/sbin/policy-rc.d"
    kept = _keep_services_down(policy)
    try:
        _apt(root, "update", check=False)  # one that fails in part may have brought the list that is needed
        _apt(root, "install", "-y", "--no-install-recommends", *missing)
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        raise NotHereError(f"{what} cannot be installed: {lines[-1] if lines else error}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotHereError(f"{what} cannot be installed: {error}") from None
    finally:
        if kept:
            policy.unlink(missing_ok=True)


def _apt(root: pathlib.Path | None, *words: str, check: bool = True) -> None:
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]
    path = ":".join(f"/{folder}" for folder in _FOLDERS)
    subprocess.run(
        [*(("chroot", str(root)) if root else ()), *apt, *words],
        check=check,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_SECONDS,
    )


def _keep_services_down(policy: pathlib.Path) -> bool:
    """Tell Debian's scripts to start no service. False if ``policy`` exists already."""
    if policy.exists():
        return False
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    return True
