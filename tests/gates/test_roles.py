# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles: an argument spec sets no default, so spec and defaults/main.yml must say the same, by value."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vectorops.qdrant.tests.gates import source


def role_problems(role: str, specs: dict[str, Any], defaults: dict[str, Any]) -> list[str]:
    """specs: the options of all entry points; defaults: defaults/main.yml."""
    problems = []
    for name in sorted(set(specs) | set(defaults)):
        if not name.startswith(f"{role}_"):
            problems.append(f"{name}: does not start with {role}_")
        if name not in specs:
            problems.append(f"{name}: has a default but no spec")
            continue
        spec = specs[name]
        if "default" in spec and name not in defaults:
            problems.append(
                f"{name}: the spec's default {spec['default']!r} is documentation only; defaults/main.yml lacks it"
            )
        elif name in defaults and "default" not in spec:
            problems.append(f"{name}: defaults/main.yml has {defaults[name]!r}, the spec no default")
        elif name in defaults and (
            spec["default"] != defaults[name] or type(spec["default"]) is not type(defaults[name])
        ):
            problems.append(f"{name}: {spec['default']!r} in the spec, {defaults[name]!r} in defaults/main.yml")
        if spec.get("required") and name in defaults:
            problems.append(f"{name}: required, and has a default")
        if not spec.get("description") or not spec.get("type"):
            problems.append(f"{name}: the spec needs a description and a type")
        if defaults.get(name) == "latest" and name.endswith("_version"):
            problems.append(f"{name}: `latest` is not a version that can be installed twice")
    return problems


def read(path: Path) -> dict[str, Any]:
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.exists() else {}


def test_roles() -> None:
    problems = []
    folders = sorted(path for path in source.ROLES.glob("*") if path.is_dir())
    assert {"qdrant_server", "qdrant_backup", "qdrant_bucket"} <= {folder.name for folder in folders}
    for folder in folders:
        entries = read(folder / "meta" / "argument_specs.yml").get("argument_specs") or {}
        if "main" not in entries:
            problems.append(f"{folder.name}: meta/argument_specs.yml has no entry point main")
        specs = {name: spec for entry in entries.values() for name, spec in (entry.get("options") or {}).items()}
        problems += [
            f"{folder.name}: {text}"
            for text in role_problems(folder.name, specs, read(folder / "defaults" / "main.yml"))
        ]
    assert not problems, "\n" + "\n".join(problems)


GOOD = {
    "r_a": {"type": "int", "default": 1, "description": "A."},
    "r_b": {"type": "str", "required": True, "description": "B."},
}


def test_gate_lets_a_right_role_pass() -> None:
    assert role_problems("r", GOOD, {"r_a": 1}) == []


@pytest.mark.parametrize(
    ("specs", "defaults"),
    [
        (GOOD, {}),
        (GOOD, {"r_a": 2}),
        (GOOD, {"r_a": "1"}),
        (GOOD, {"r_a": True}),
        (GOOD, {"r_a": 1, "r_b": "x"}),
        (GOOD, {"r_a": 1, "r_typo": 1}),
        ({**GOOD, "other": {"type": "str", "description": "O."}}, {"r_a": 1}),
        ({**GOOD, "r_c": {"type": "str"}}, {"r_a": 1}),
        ({"r_version": {"type": "str", "default": "latest", "description": "V."}}, {"r_version": "latest"}),
    ],
)
def test_gate_sees_a_wrong_role(specs: dict[str, Any], defaults: dict[str, Any]) -> None:
    assert role_problems("r", specs, defaults)


def test_checksums_of_releases_are_complete() -> None:
    """A mistyped line would refuse a good file, and a version without one of its architectures would refuse hosts."""
    text = (source.ROOT / "roles/qdrant_server/files/checksums.yml").read_text(encoding="utf-8")
    known = yaml.safe_load(text)
    variables = yaml.safe_load((source.ROOT / "roles/qdrant_server/vars/main.yml").read_text(encoding="utf-8"))
    checksums = [checksum for files in known.values() for checksum in files.values()]
    assert len(set(checksums)) == len(checksums) and all(re.fullmatch("[0-9a-f]{64}", one) for one in checksums)
    for version, files in known.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version) and list(files) == sorted(files)
        for machine in variables["__qdrant_server_machines"]:
            assert f"qdrant-{machine}-unknown-linux-musl.tar.gz" in files, f"{version} lacks {machine}"
