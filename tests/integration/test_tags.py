# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``--tags`` with the playbook ``provision``: the chosen part of a role runs, with the checks, and no other part."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.vectorops.qdrant.tests.support import ansible

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook"),
]
# Of each part, a task that every run of it comes to.
INSTALL, CONFIGURE, SERVICE = "Install the program", "Write the configuration", "Write the services"
TASKS = [
    *(f"qdrant_server : {task}" for task in ("Create a folder for the download", CONFIGURE, "Write the unit")),
    *(f"qdrant_backup : {task}" for task in (INSTALL, CONFIGURE, SERVICE)),
]
PARTS = {
    "qdrant_server_configure,qdrant_backup_configure": [TASKS[1], TASKS[4]],
    "qdrant_server_install,qdrant_backup_install,qdrant_backup_service": [TASKS[0], TASKS[3], TASKS[5]],
    "qdrant_server,qdrant_backup_service": [*TASKS[:3], TASKS[5]],
}


@pytest.mark.skipif(os.geteuid() != 0 or not os.path.exists("/usr/bin/apt-get"), reason="needs root on Debian")
@pytest.mark.parametrize("tags", PARTS)
def test_only_the_chosen_part_runs_and_the_checks_always_do(tmp_path: Path, tags: str) -> None:
    host = {"ansible_connection": "local", "ansible_python_interpreter": ansible.target_python()}
    given = {
        "qdrant_server_version": "1.18.3",
        "qdrant_server_archive": str(tmp_path / "qdrant.tar.gz"),
        "qdrant_server_sha256": "0" * 64,
        "qdrant_server_data_dir": str(tmp_path / "data"),
        "qdrant_backup_path": str(tmp_path / "backups"),
        "qdrant_backup_libraries": "distribution",
        "qdrant_backup_python": ansible.target_python(),
        "qdrant_backup_program": str(tmp_path / "qdrant-backup"),
        "qdrant_backup_user": "root",
        "qdrant_backup_state_dir": str(tmp_path / "state"),
        "ansible_become": False,
    }
    if "qdrant_backup_install" not in tags:  # the host has a program that reads its configuration
        (tmp_path / "qdrant-backup").write_text("#!/bin/sh\nexec cat >/dev/null\n")
        (tmp_path / "qdrant-backup").chmod(0o755)
    (tmp_path / "hosts.json").write_text(json.dumps({"qdrant": {"hosts": {"node-a": host}, "vars": given}}))
    done = ansible.play_here(tmp_path, "-i", "hosts.json", "vectorops.qdrant.provision", "--check", "--tags", tags)
    assert done.returncode == 0, done.stdout
    ran = [name for name in TASKS if f"{name}]" in done.stdout]
    assert ran == PARTS[tags], done.stdout
    for check in ("Check the names of all variables", "Fail on unknown variables"):
        assert f"{check}]" in done.stdout
