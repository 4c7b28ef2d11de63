# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-test sanity on a copy of the collection, with every Python found here.

ansible-test downloads its pip from its own host; a small script replaces it and installs the same pip from the package
index. HOME is a folder below .cache, so that files of other runs have no effect.

SANITY_IMPORT=ends: run the test `import`, which takes minutes for each Python, with the oldest and the newest one only.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import copy_tree
import env as environments

# The versions that the ansible-core releases in use ask for: 2.18 and 2.19 the first, 2.20 and newer the second.
PIPS = ("24.2", "25.2")
STAND_IN = """import runpy, sys
wheel = {wheel!r}
sys.path.insert(0, wheel)
sys.argv = ["pip", "install", "--quiet", "--no-index", wheel]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def bootstrap_pip(home: Path) -> None:
    """Write the replacement to the folder of ansible-test's downloads."""
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in PIPS:
        wheel = cache / f"pip-{version}-py3-none-any.whl"
        if not wheel.exists():
            pip = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                f"pip=={version}",
                "--dest",
                str(cache),
            ]
            subprocess.run(pip, check=True)
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(STAND_IN.format(wheel=str(wheel)))


def runs(arguments: list[str], pythons: list[environments.Python]) -> list[list[str]]:
    """The arguments of each run of ansible-test. pythons: newest first."""
    if arguments or os.environ.get("SANITY_IMPORT") != "ends" or len(pythons) < 3:
        return [arguments]
    ends = [".".join(map(str, python.version)) for python in (pythons[-1], pythons[0])]
    return [["--skip-test", "import"], *(["--test", "import", "--python", version] for version in ends)]


def main(arguments: list[str]) -> int:
    tree = copy_tree.copy("sanity")
    ignored = sorted(path.name for path in (tree / "tests" / "sanity").glob("ignore*.txt"))
    if ignored:
        sys.stderr.write(f"sanity: nothing may be ignored, but there is {', '.join(ignored)}\n")
        return 1
    home = environments.CACHE / "home"
    bootstrap_pip(home)
    pythons = environments.find_pythons()
    env = copy_tree.surroundings(tree)
    del env["PYTHONPATH"], env["XDG_CACHE_HOME"]
    env["HOME"] = str(home)
    env["PATH"] = os.pathsep.join([env["PATH"], *(str(Path(python.path).parent) for python in pythons)])
    sys.stdout.write(f"sanity: Pythons {', '.join(map(str, pythons))}\n")
    sys.stdout.flush()
    listing = subprocess.run(
        ["ansible-test", "env", "--list-files", "--color", "no"],
        cwd=tree,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    expected = [name for name in copy_tree.files(tree) if name.startswith("plugins/")]
    missing = [name for name in expected if name not in listing.stdout]
    if listing.returncode or missing:
        sys.stderr.write(f"sanity: ansible-test does not see {missing[:5] or 'anything'}\n{listing.stderr}\n")
        return 1
    command = ["ansible-test", "sanity", "--venv", "--color", "no"]
    codes = [
        subprocess.run([*command, *chosen], cwd=tree, env=env, stdin=subprocess.DEVNULL, check=False).returncode
        for chosen in runs(arguments, pythons)
    ]
    return max(codes, key=abs)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
