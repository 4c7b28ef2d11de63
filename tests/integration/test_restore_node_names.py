# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names by which a restore of a cluster locks its nodes: those that the role qdrant_backup gives them."""

from __future__ import annotations

import json
import os
import pathlib
import re
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.support import ansible

pytestmark = [
    pytest.mark.integration,
    pytest.mark.oldest_controller,
    pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook"),
]
OWN = os.uname().nodename.split(".")[0]
NODES = {
    "ansible.builtin.include_role": {"name": "vectorops.qdrant.qdrant_restore", "tasks_from": "nodes", "public": True}
}
SHOW = {"ansible.builtin.debug": {"msg": "nodes: {{ __qdrant_restore_nodes | join(' ') }};"}}


@pytest.mark.parametrize(
    ("hosts", "names"),
    [
        ({"node-a.example.org": {}, "node-b.example.org": {}}, ["node-a.example.org", "node-b.example.org"]),
        ({"10.0.0.1": {}, "10.0.0.2": {}}, ["10.0.0.1", "10.0.0.2"]),
        ({"a.example.org": {"qdrant_backup_node": "first"}, "b": {"qdrant_backup_node": ""}}, ["first", OWN]),
    ],
)
def test_nodes_have_the_names_of_their_backups(tmp_path: pathlib.Path, hosts: dict[str, Any], names: list[str]) -> None:
    for number, about in enumerate(hosts.values()):
        about |= {"ansible_connection": "local", "qdrant_restore_url": f"http://127.0.0.1:{number}"}
        about["ansible_python_interpreter"] = ansible.target_python()
    (tmp_path / "hosts.json").write_text(json.dumps({"qdrant": {"hosts": hosts}}))
    play = [{"hosts": next(iter(hosts)), "gather_facts": False, "tasks": [NODES, SHOW]}]
    (tmp_path / "play.json").write_text(json.dumps(play))
    done = ansible.play_here(tmp_path, "-i", "hosts.json", "play.json")
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search("nodes: (.*);", done.stdout)
    wanted = [f"--node-url={name}=http://127.0.0.1:{number}" for number, name in enumerate(names)]
    assert found and found[1].split() == wanted, done.stdout
