# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every variable of every role, misspelt: refused by name, with the one that was meant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vectorops.qdrant.plugins.filter.unknown_variables import unknown_variables
from ansible_collections.vectorops.qdrant.tests.support import ansible

pytestmark = pytest.mark.integration
_ROLES = Path(__file__).parents[2] / "roles"
_NAMES = sorted(path.parent.parent.name for path in _ROLES.glob("*/meta/argument_specs.yml"))
_VALUES: dict[str, Any] = {"str": "x", "path": "/x", "int": 1, "float": 1.0, "bool": False, "list": [], "dict": {}}


def _specs(role: str) -> dict[str, Any]:
    return yaml.safe_load((_ROLES / role / "meta" / "argument_specs.yml").read_text())["argument_specs"]


def _misspelt(name: str, role: str) -> list[str]:
    tail = name.removeprefix(f"{role}_")
    swapped = next((n for n in range(len(tail) - 1) if tail[n] != tail[n + 1]), 0)
    tails = (tail[:-1], f"{tail}s", tail[:swapped] + tail[swapped + 1] + tail[swapped] + tail[swapped + 2 :])
    return [f"{role}_{wrong}" for wrong in tails if wrong]


@pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook")
@pytest.mark.parametrize(("role", "entry"), [*((role, "main") for role in _NAMES), ("qdrant_backup", "now")])
def test_misspelt_variables_are_refused_by_name(role: str, entry: str, tmp_path: Path) -> None:
    specs = _specs(role)
    options = {name: option for entry in specs.values() for name, option in entry["options"].items()}
    right = {wrong: name for name in options for wrong in _misspelt(name, role) if wrong not in options}
    needed = {
        name: option.get("choices", [_VALUES[option["type"]]])[0]
        for name, option in specs["main"]["options"].items()
        if option.get("required")
    }
    assert right
    (tmp_path / "variables.json").write_text(json.dumps({**dict.fromkeys(right, "x"), **needed}))
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "tasks": [{"ansible.builtin.include_role": {"name": f"vectorops.qdrant.{role}", "tasks_from": entry}}],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    run = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "--check", "-e", "@variables.json", "play.yml"],
        cwd=tmp_path,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": ansible.all_collections_path(), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = " ".join((run.stdout + run.stderr).split())
    assert run.returncode == 2, said
    missing = [wrong for wrong, name in right.items() if f"{wrong} (did you mean {name}?)" not in said]
    assert not missing, (missing, said)


def test_a_name_that_is_near_to_nothing_has_no_suggestion() -> None:
    known = ["qdrant_backup_bucket", "qdrant_backup_url"]
    assert unknown_variables(["qdrant_backup_zzzzzz", "qdrant_backup_url"], known) == ["qdrant_backup_zzzzzz"]
