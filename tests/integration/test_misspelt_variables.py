# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every variable of every role, misspelt: refused by name, with the one that was meant, before anything is done."""

from __future__ import annotations

import collections
import json
import re
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
# rebuild begins with provision, which is one of them.
_PLAYBOOKS = sorted({path.stem for path in (_ROLES.parent / "playbooks").glob("*.yml")} - {"rebuild"})
_GIVEN = {
    "qdrant_server_version": "1.18.3",
    "qdrant_server_archive": "/srv/qdrant.tar.gz",
    "qdrant_server_sha256": "a" * 64,
    "qdrant_backup_bucket": "backups",
    "qdrant_backup_cluster": "search",
}


def _specs(role: str) -> dict[str, Any]:
    return yaml.safe_load((_ROLES / role / "meta" / "argument_specs.yml").read_text())["argument_specs"]


def _misspelt(name: str, role: str) -> list[str]:
    tail = name.removeprefix(f"{role}_")
    swapped = next((n for n in range(len(tail) - 1) if tail[n] != tail[n + 1]), 0)
    tails = (tail[:-1], f"{tail}s", tail[:swapped] + tail[swapped + 1] + tail[swapped] + tail[swapped + 2 :])
    return [f"{role}_{wrong}" for wrong in tails if wrong]


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return ansible.play_here(folder, "--check", *words)


@pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook")
@pytest.mark.parametrize(("role", "entry"), [*((role, "main") for role in _NAMES), ("qdrant_backup", "now")])
def test_misspelt_variables_are_refused_by_name(role: str, entry: str, tmp_path: Path) -> None:
    specs = _specs(role)
    options = {name: option for entry in specs.values() for name, option in entry["options"].items()}
    right = {wrong: name for name in options for wrong in _misspelt(name, role) if wrong not in options}
    assert right
    (tmp_path / "variables.json").write_text(json.dumps(dict.fromkeys(right, "x")))
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "tasks": [{"ansible.builtin.include_role": {"name": f"vectorops.qdrant.{role}", "tasks_from": entry}}],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    run = _run(tmp_path, "-e", "@variables.json", "play.yml")
    said = " ".join((run.stdout + run.stderr).split())
    assert run.returncode == 2, said
    # A name that begins another one may be meant as well: aliass is alias or aliases.
    alike = {name: [one for one in options if one.startswith(name) or name.startswith(one)] for name in options}
    told = {wrong: [f"{wrong} (did you mean {one}?)" for one in alike[name]] for wrong, name in right.items()}
    missing = [wrong for wrong, sentences in told.items() if not any(sentence in said for sentence in sentences)]
    assert not missing, (missing, said)


def _replacements() -> dict[str, tuple[str, str]]:
    """A host for each variable: the right name, and the wrong one in its place; by turns wrong at its end and in its
    beginning, where the role's name is."""
    names = sorted({name for role in _NAMES for entry in _specs(role).values() for name in entry["options"]})
    role_of = {name: next(role for role in _NAMES if name.startswith(f"{role}_")) for name in names}
    # ur may be uri or url.
    times = collections.Counter(one for name in names for one in set(_misspelt(name, role_of[name])))
    wrong = {}
    for number, name in enumerate(names):
        role = role_of[name]
        # A name that begins another one may be meant as well: aliass is alias or aliases.
        alone = not any(one != name and one.startswith(name) for one in names)
        ends = [one for one in _misspelt(name, role) if one not in names and times[one] == 1] if alone else []
        choices = [*ends, name.replace("qdrant_", "qdrnat_"), name.replace(f"{role}_", f"{role[:-1]}_")]
        wrong[f"host-{number}"] = (name, choices[number % len(choices)])
    return wrong


@pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook")
@pytest.mark.parametrize("playbook", _PLAYBOOKS)
def test_a_playbook_refuses_each_variable_that_a_misspelt_one_replaces(playbook: str, tmp_path: Path) -> None:
    # They share one file of tasks, so each misspelt variable has its turn in one of them.
    turn = _PLAYBOOKS.index(playbook)
    wrong = dict(list(_replacements().items())[turn :: len(_PLAYBOOKS)])
    hosts = {
        host: {**{key: value for key, value in _GIVEN.items() if key != name}, misspelt: "x"}
        for host, (name, misspelt) in wrong.items()
    }
    everywhere = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    (tmp_path / "hosts.json").write_text(json.dumps({"qdrant": {"hosts": hosts, "vars": everywhere}}))
    # A copy whose hosts all have their turn: a play with "serial" ends with the first that fails.
    (tmp_path / "roles").symlink_to(_ROLES)
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "tasks").symlink_to(_ROLES.parent / "playbooks" / "tasks")
    (play, *_others) = yaml.safe_load((_ROLES.parent / "playbooks" / f"{playbook}.yml").read_text())
    (tmp_path / "playbooks" / "play.yml").write_text(yaml.safe_dump([{**play, "serial": "100%"}]))
    run = _run(tmp_path, "-i", "hosts.json", "playbooks/play.yml")
    assert run.returncode == 2, run.stdout + run.stderr
    failures = re.findall(r"^fatal: \[(\S+)\]: FAILED! => (.*?)(?=^\S)", run.stdout, flags=re.M | re.S)
    said = {host: " ".join(text.split()) for host, text in failures}
    missing = {
        host: pair for host, pair in wrong.items() if f"{pair[1]} (did you mean {pair[0]}?)" not in said.get(host, "")
    }
    assert not missing, (missing, run.stdout[:3000])
    assert not [done for done in re.findall(r"^(?:ok|changed): \[(\S+)\]", run.stdout, flags=re.M) if done in wrong]


@pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook")
def test_a_playbook_takes_variables_of_others(tmp_path: Path) -> None:
    given = {"qdrant_hosts": "localhost", "qdrant_disk": "/dev/sdb", "qdrant": {"a": 1}, "quick": True}
    (tmp_path / "variables.json").write_text(json.dumps({**given, "qdrant_restore_modde": "new"}))
    run = _run(tmp_path, "-e", "@variables.json", "-c", "local", "vectorops.qdrant.restore")
    said = " ".join(run.stdout.split())
    assert "There is no variable qdrant_restore_modde (did you mean qdrant_restore_mode?) in the roles" in said, said


def test_a_name_that_is_near_to_nothing_has_no_suggestion() -> None:
    known = ["qdrant_backup_bucket", "qdrant_backup_url"]
    assert unknown_variables(["qdrant_backup_zzzzzz", "qdrant_backup_url"], known) == ["qdrant_backup_zzzzzz"]
