# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gates read: the repository's files, the doors' documentation, the action groups. Nothing is run."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "plugins" / "module_utils"
MODULES = ROOT / "plugins" / "modules"
FRAGMENTS = ROOT / "plugins" / "doc_fragments"
ROLES = ROOT / "roles"


def repository_files() -> list[Path]:
    """Every file that git tracks or would add."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return [ROOT / name for name in sorted(set(names)) if name and (ROOT / name).is_file()]


def module_files() -> list[Path]:
    return sorted(path for path in MODULES.glob("*.py") if path.name != "__init__.py")


def lookup_files() -> list[Path]:
    return sorted(path for path in (ROOT / "plugins" / "lookup").glob("*.py") if path.name != "__init__.py")


def string_constants(path: Path) -> dict[str, str]:
    """Name -> value of the strings that a file (or the class in a doc fragment) assigns at its top."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {}
    for node in [*tree.body, *(item for top in tree.body if isinstance(top, ast.ClassDef) for item in top.body)]:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found.update({target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)})
    return found


def fragment(name: str) -> dict[str, Any]:
    """A doc fragment by its full name, `vectorops.qdrant._node` or `vectorops.qdrant._attributes.part`."""
    parts = name.split(".")
    text = string_constants(FRAGMENTS / f"{parts[2]}.py")[parts[3].upper() if len(parts) > 3 else "DOCUMENTATION"]
    return yaml.safe_load(text) or {}


def documentation(path: Path) -> dict[str, Any]:
    """A module's DOCUMENTATION with the options of its fragments; its own win, as in Ansible."""
    own = yaml.safe_load(string_constants(path)["DOCUMENTATION"])
    options: dict[str, Any] = {}
    for name in own.get("extends_documentation_fragment") or []:
        if name.startswith("vectorops.qdrant."):
            options.update(fragment(name).get("options") or {})
    options.update(own.get("options") or {})
    return {**own, "options": options}


def action_groups() -> dict[str, list[str]]:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    return runtime["action_groups"]
