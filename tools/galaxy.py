# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collections that ours depends on, below .cache/galaxy: taken once from the wheel of the package `ansible`.

They are those of the oldest ansible-core that we support, the lower bounds in galaxy.yml. Galaxy itself is not needed.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import env as environments

WHEEL = "ansible-12.3.0-py3-none-any.whl"
SHA256 = "cd156f82fa87f7a899212b0efa9f7ca3a24d609212de9f78428a572eb01e5414"
WANTED = ("amazon/aws", "community/aws")


def fetch(folder: Path) -> Path:
    """The wheel, from the index that pip uses, with the hash that was pinned."""
    name, version = WHEEL.split("-")[:2]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, f"{name}=={version}", "--dest", str(folder)], check=True, stdin=subprocess.DEVNULL)
    wheel = folder / WHEEL
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"galaxy: {WHEEL} is not the file that was pinned")
    return wheel


def main() -> int:
    target = environments.GALAXY
    target.parent.mkdir(parents=True, exist_ok=True)
    mark = f"{SHA256} {' '.join(WANTED)}\n"
    with (target.parent / "galaxy.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = target / "made-from"
        if made.exists() and made.read_text() == mark:
            return 0
        shutil.rmtree(target, ignore_errors=True)
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(fetch(Path(folder))) as archive:
            inside = tuple(f"ansible_collections/{name}/" for name in WANTED)
            archive.extractall(target, [name for name in archive.namelist() if name.startswith(inside)])
        made.write_text(mark)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
