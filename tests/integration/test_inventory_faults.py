# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories with a fault are refused in a clear sentence, before a host is changed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.support import ansible

pytestmark = [pytest.mark.integration, pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook")]
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no-vault": ({"qdrant_backup_api_key": "{{ vault_qdrant_api_key }}"}, "vault_qdrant_api_key"),
    "no-name": ({"qdrant_server_cluster": True}, "Set qdrant_backup_cluster to one name for all of its nodes"),
    "instance": ({"qdrant_backup_instance": "East 1"}, "at most 31 small letters, digits and dashes"),
    "misspelt": ({"qdrant_backup_buckt": "b"}, "did you mean qdrant_backup_bucket?"),
    "twice": ({"qdrant_backup_ping_url": "https://a", "qdrant_backup_ping_url_file": "/a"}, "are mutually exclusive"),
    "checked-no-more": ({"qdrant_backup_buckt": "b", "qdrant_check_names": False}, "Set the repository"),
}


def test_each_fault_is_told_on_its_host(tmp_path: Path) -> None:
    local = {"ansible_connection": "local", "ansible_python_interpreter": ansible.target_python()}
    hosts = {name: {**local, "qdrant_backup_bucket": "b", **given} for name, (given, dummy) in FAULTS.items()}
    hosts["checked-no-more"]["qdrant_backup_bucket"] = ""
    (tmp_path / "hosts.json").write_text(json.dumps({"qdrant": {"hosts": hosts, "vars": {"ansible_become": False}}}))
    tasks = [
        {"ansible.builtin.include_tasks": str(Path(__file__).parents[2] / "playbooks" / "tasks" / "names.yml")},
        {"ansible.builtin.include_role": {"name": "vectorops.qdrant.qdrant_backup"}},
    ]
    play = [{"hosts": "qdrant", "gather_facts": False, "tasks": tasks}]
    (tmp_path / "play.json").write_text(json.dumps(play))
    done = ansible.play_here(tmp_path, "-i", "hosts.json", "--check", "play.json")
    assert done.returncode != 0
    said = " ".join(done.stdout.split())
    for name, (_given, sentence) in FAULTS.items():
        assert sentence in said and re.search(rf"^{name} .*failed=1", done.stdout, flags=re.M), (name, done.stdout)
    assert "changed=0" in done.stdout and "changed=1" not in done.stdout


def test_a_vault_file_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text("qdrant: {hosts: {node-a: {ansible_connection: local}}}\n")
    done = ansible.play_here(tmp_path, "-i", "hosts.yml", "-e", "@vault.yml", "vectorops.qdrant.provision")
    assert done.returncode != 0 and "vault.yml" in done.stdout + done.stderr
    assert "TASK" not in done.stdout
