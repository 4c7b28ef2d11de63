# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in the roles' messages name the host, the inventory and the instance that they are about."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.support import ansible

pytestmark = [
    pytest.mark.integration,
    pytest.mark.oldest_controller,
    pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook"),
]
EAST = "/etc/qdrant-backup/instances/east/config.yml"


def said_by(tmp_path: pathlib.Path, role: str, part: str, variables: dict[str, Any]) -> str:
    """What a part of a role says when it refuses, on a host with an unusual name."""
    about = {
        "ansible_connection": "local",
        "ansible_python_interpreter": ansible.target_python(),
        "ansible_become": False,
    }
    folder = tmp_path / "of us"
    folder.mkdir()
    (folder / "hosts.json").write_text(json.dumps({"qdrant": {"hosts": {"node-a.example.org": about, "other": about}}}))
    include = {"name": f"vectorops.qdrant.{role}", "tasks_from": part}
    tasks = [{"ansible.builtin.include_role": include, "vars": variables}]
    play = [{"hosts": "node-a.example.org", "gather_facts": False, "tasks": tasks}]
    (tmp_path / "play.json").write_text(json.dumps(play))
    done = ansible.play_here(tmp_path, "-i", str(folder / "hosts.json"), "play.json")
    assert done.returncode != 0, done.stdout
    return " ".join((done.stdout + done.stderr).split())


def test_a_restore_after_a_failed_upgrade_is_of_its_host_alone(tmp_path: pathlib.Path) -> None:
    note = tmp_path / "upgrade.json"
    note.write_text(json.dumps({"version": "1.15.0", "backup_id": "20261122T190000Z"}))
    variables = {
        "qdrant_server_version": "1.16.0",
        "qdrant_server_ready_timeout": 1,
        "__qdrant_server_url": "http://127.0.0.1:1",
        "__qdrant_server_upgrade": str(note),
        "__qdrant_server_upgrading": True,
    }
    said = said_by(tmp_path, "qdrant_server", "ready", variables)
    command = f"ansible-playbook -i '{tmp_path}/of us/hosts.json' vectorops.qdrant.restore -l node-a.example.org"
    assert f"{command} -e qdrant_restore_backup_id=20261122T190000Z" in said, said


@pytest.mark.parametrize(("instance", "option"), [("east", f" --config {EAST}"), ("", "")])
def test_a_restore_that_did_not_end_is_shown_by_the_status_of_its_instance(
    tmp_path: pathlib.Path, instance: str, option: str
) -> None:
    notes = tmp_path / "state" / "intents" / "node"
    notes.mkdir(parents=True)
    (notes / "articles.json").write_text("{}")
    variables = {"qdrant_backup_instance": instance, "qdrant_backup_state_dir": str(tmp_path / "state")}
    said = said_by(tmp_path, "qdrant_backup", "lossless", variables)
    assert f"`sudo qdrant-backup status{option}` names it and prints the command" in said, said
    assert str(notes / "articles.json") in said and "restore --mode" not in said
