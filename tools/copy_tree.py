# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain copy of the collection, for tools that do not follow a symlink or would read .cache.

    copy_tree.py --run NAME CMD...   copy to .cache/trees/NAME/ansible_collections/vectorops/qdrant and run CMD there

The copy holds the files that git tracks or would add (no ignored ones), with their present contents, in a new git
repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TREES = ROOT / ".cache" / "trees"


def files(root: Path = ROOT) -> list[str]:
    """What git tracks or would add, as paths from the root."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = sorted(set(filter(None, done.stdout.split("\0"))))
    found = [name for name in found if (root / name).is_file()]
    if "galaxy.yml" not in found:
        raise SystemExit(f"{root} is not a git checkout of the collection: git lists no galaxy.yml")
    return found


def copy(name: str) -> Path:
    """Make the copy again, and return the collection's folder in it."""
    target = TREES / name / "ansible_collections" / "vectorops" / "qdrant"
    shutil.rmtree(target, ignore_errors=True)
    for entry in files():
        place = target / entry
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / entry, place, follow_symlinks=False)
    # A new repository, because the outer one ignores .cache, and tools that ask git would see no file.
    git = ["git", "-C", str(target), "-c", "core.autocrlf=false"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "--all"], check=True)
    return target


def surroundings(tree: Path) -> dict[str, str]:
    """The environment in which tools find the copy as the collection, and keep their caches below .cache."""
    root = str(tree.parents[2])
    env = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join([root, str(ROOT / ".cache" / "galaxy")]),
        "PYTHONPATH": root,
        "ANSIBLE_HOME": str(ROOT / ".cache" / "ansible"),
    }
    env["XDG_CACHE_HOME"] = str(ROOT / ".cache" / "xdg")
    return env


def main(arguments: list[str]) -> int:
    if len(arguments) < 3 or arguments[0] != "--run":
        sys.stderr.write(f"{__doc__}\n")
        return 2
    tree = copy(arguments[1])
    return subprocess.run(
        arguments[2:], cwd=tree, env=surroundings(tree), stdin=subprocess.DEVNULL, check=False
    ).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
