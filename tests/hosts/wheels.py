# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wheels for hosts that cannot download, kept below .cache/hosts/wheels."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile

from .images import CACHE, ROOT, pythons

PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64")
FILES = ROOT / "roles" / "qdrant_backup" / "files"
REQUIREMENTS = (FILES / "requirements.txt", FILES / "requirements-engine.txt")
DOUBLE = ("qdrant-edge-py", "PyYAML")


def pinned() -> pathlib.Path:
    """The role's packages, every file with the hash that the role asks for."""
    asked = [f"--requirement={path}" for path in REQUIREMENTS]
    return _folder("role", ["--require-hashes", *asked], b"".join(path.read_bytes() for path in REQUIREMENTS))


def packed() -> pathlib.Path:
    """The same in one file."""
    folder = pinned()
    target = folder.with_name(folder.name + ".tar")
    if not target.exists():
        half = target.with_name(f"{target.name}.{os.getpid()}")
        with tarfile.open(half, "w") as out:
            out.add(folder, arcname=".")
        half.rename(target)
    return target


def of_double() -> pathlib.Path:
    """What the stand-in for a Qdrant server needs."""
    return _folder("double", list(DOUBLE), repr(DOUBLE).encode())


def _folder(name: str, what: list[str], key: bytes) -> pathlib.Path:
    digest = hashlib.sha256(key + repr((tuple(pythons()), PLATFORMS)).encode()).hexdigest()[:12]
    target = CACHE / "wheels" / f"{name}-{digest}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target.parent / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            half = target.with_name(target.name + ".half")
            shutil.rmtree(half, ignore_errors=True)
            for python in pythons():
                pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
                pip += ["--only-binary=:all:", "--implementation=cp", f"--python-version={python}", f"--dest={half}"]
                pip += [f"--platform={platform}" for platform in PLATFORMS]
                subprocess.run([*pip, *what], check=True, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=600)
            half.rename(target)
    return target
