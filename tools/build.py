# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the tarball, check its files, install it offline, and find every plugin, role and playbook by its full name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import copy_tree
import yaml

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / ".cache" / "build"
NAME = "vectorops.qdrant"
# Allowed entries at the top of a tarball, in addition to the two files that ansible-galaxy writes.
TOP = {
    "CHANGELOG.md",
    "CHANGELOG.rst",
    "CODE_OF_CONDUCT.md",
    "COPYING",
    "LICENSES",
    "README.md",
    "REUSE.toml",
    "changelogs",
    "docs",
    "meta",
}
TOP |= {"playbooks", "plugins", "roles", "FILES.json", "MANIFEST.json"}
LARGEST = 5_000_000


def contents_problems(tarball: Path) -> list[str]:
    """Problems: files that git does not know, that users do not need, or that are missing."""
    known = set(copy_tree.files())
    with tarfile.open(tarball) as archive:
        inside = {member.name for member in archive.getmembers() if member.isfile()}
    problems = [
        f"{name}: not for users (add it to build_ignore)" for name in sorted(inside) if name.split("/")[0] not in TOP
    ]
    problems += [f"{name}: git does not know it" for name in sorted(inside - known - {"FILES.json", "MANIFEST.json"})]
    problems += [f"{name}: missing in the tarball" for name in sorted(known - inside) if name.split("/")[0] in TOP]
    if tarball.stat().st_size > LARGEST:
        problems.append(f"{tarball.name}: {tarball.stat().st_size} bytes are more than {LARGEST}")
    return problems


def run(command: list[str], **options: object) -> None:
    sys.stdout.write(f"$ {' '.join(command)}\n")
    sys.stdout.flush()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **options)  # type: ignore[call-overload]


def doors(installed: Path) -> list[list[str]]:
    """A command for each module, role and playbook; it fails if ansible does not find it by its full name."""
    commands = []
    for kind, pattern in (
        ("module", "plugins/modules/*.py"),
        ("lookup", "plugins/lookup/*.py"),
        ("filter", "plugins/filter/*.py"),
    ):
        names = [path.stem for path in sorted(installed.glob(pattern)) if path.stem != "__init__"]
        commands += [["ansible-doc", "--type", kind, f"{NAME}.{name}"] for name in names]
    for spec in sorted(installed.glob("roles/*/meta/argument_specs.yml")):
        commands.append(["ansible-doc", "--type", "role", f"{NAME}.{spec.parts[-3]}"])
    for playbook in sorted(installed.glob("playbooks/*.yml")):
        commands.append(["ansible-playbook", "--syntax-check", "-i", "localhost,", f"{NAME}.{playbook.stem}"])
    return commands


def main() -> int:
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "ANSIBLE_COLLECTIONS_PATH")}
    env["ANSIBLE_COLLECTIONS_PATH"] = str(PLACE / "installed")
    galaxy = ["ansible-galaxy", "collection"]
    try:
        run([*galaxy, "build", "--output-path", str(PLACE), str(ROOT)], cwd=PLACE, env=env)
        version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
        tarball = PLACE / f"vectorops-qdrant-{version}.tar.gz"
        problems = contents_problems(tarball)
        if problems:
            sys.stderr.write("".join(f"build: {problem}\n" for problem in problems))
            return 1
        # Without dependencies: they cannot be downloaded offline, and these commands do not need them.
        run(
            [*galaxy, "install", "--offline", "--no-deps", "-p", str(PLACE / "installed"), str(tarball)],
            cwd=PLACE,
            env=env,
        )
        run([*galaxy, "verify", "--offline", NAME], cwd=PLACE, env=env)
        found = doors(PLACE / "installed" / "ansible_collections" / "vectorops" / "qdrant")
        for command in found:
            run(command, cwd=PLACE, env=env, stdout=subprocess.DEVNULL)
    except subprocess.CalledProcessError as exc:
        sys.stderr.write(f"build: {' '.join(exc.cmd)} ended with {exc.returncode}\n")
        return 1
    if not found:
        sys.stderr.write("build: the tarball has no module, role or playbook\n")
        return 1
    sys.stdout.write(f"build: {tarball}, {len(found)} plugins, roles and playbooks found by name\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
