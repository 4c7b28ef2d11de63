# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run mypy --strict on the plugins, from the folder above ansible_collections, as the namespace requires."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "ansible_collections.vectorops.qdrant.plugins"


def main() -> int:
    found = [path for path in (ROOT / "plugins").rglob("*.py") if path.name != "__init__.py"]
    if not found:
        sys.stderr.write("typing_check: there is no Python file below plugins/ to check\n")
        return 1
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        str(ROOT / "pyproject.toml"),
        "--cache-dir",
        str(ROOT / ".cache" / "mypy"),
        "-p",
        PACKAGE,
    ]
    return subprocess.run(command, cwd=ROOT / ".cache" / "collections", check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
