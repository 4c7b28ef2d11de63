# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packages the role qdrant_backup asks for on each system that it is meant for: real Ansible, facts made up."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.tests.support.ansible import Ansible, has_ansible

pytestmark = pytest.mark.integration
DEBIAN = ["python3-boto3", "python3-requests", "python3-yaml"]
REDHAT = ["python3-boto3", "python3-requests", "python3-pyyaml"]
# Distribution, major version, family, Python: packages for a virtual environment, the distribution's libraries.
TARGETS = {
    ("Debian", "12", "Debian", "python3"): (["python3-venv"], DEBIAN),
    ("Debian", "13", "Debian", "python3"): (["python3-venv"], DEBIAN),
    ("Ubuntu", "22", "Debian", "python3"): (["python3-venv"], []),
    ("Ubuntu", "24", "Debian", "python3"): (["python3-venv"], DEBIAN),
    ("Ubuntu", "22", "Debian", "python3.11"): (["python3.11-venv"], []),
    ("RedHat", "9", "RedHat", "python3"): (["python3"], REDHAT),
    ("Rocky", "9", "RedHat", "python3"): (["python3"], REDHAT),
    ("AlmaLinux", "9", "RedHat", "python3.11"): (["python3.11"], REDHAT),
    ("Amazon", "2023", "RedHat", "python3"): (["python3"], REDHAT),
    ("openSUSE Leap", "15", "Suse", "python3"): ([], []),
}


def play(target):
    system, version, family, python = target
    facts = {"distribution": system, "distribution_major_version": version, "os_family": family, "cacheable": True}
    role = {"name": "vectorops.qdrant.qdrant_backup", "tasks_from": "platform", "public": True}
    tasks = [
        {"name": "Make facts up", "ansible.builtin.set_fact": facts},
        {"name": "Choose", "ansible.builtin.include_role": role},
        {
            "name": " ".join(target),
            "ansible.builtin.debug": {
                "msg": {
                    "packages": "{{ __qdrant_backup_packages }}",
                    "lacks": "{{ __qdrant_backup_distribution_lacks }}",
                }
            },
        },
    ]
    given = {"qdrant_backup_python": f"/usr/bin/{python}"}
    return {"hosts": "node-a", "gather_facts": False, "vars": given, "tasks": tasks}


@pytest.mark.oldest_controller
@pytest.mark.skipif(not has_ansible(), reason="no ansible-playbook beside this interpreter")
def test_names_of_packages(tmp_path):
    run = Ansible(tmp_path, ()).run([play(target) for target in TARGETS], {})
    assert run.code == 0, run.output
    for target, (venv, distribution) in TARGETS.items():
        message = run[" ".join(target)]["msg"]
        assert message["packages"] == {"venv": venv, "distribution": distribution}, target
        assert ("boto3" in message["lacks"]) == (target[:2] == ("Ubuntu", "22")), target
