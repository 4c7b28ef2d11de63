# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup gives a playbook the documents that the program prints."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.policies import bucket_policy, role_policy
from ansible_collections.vectorops.qdrant.tests.support.ansible import Ansible, has_ansible

pytestmark = [
    pytest.mark.integration,
    pytest.mark.oldest_controller,
    pytest.mark.skipif(not has_ansible(), reason="no ansible-playbook here"),
]
PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: Policies
      ansible.builtin.debug:
        msg: "{{ query('vectorops.qdrant.qdrant_policy', 'writer', 'bucket', bucket='b', prefix='p', node='n') }}"
    - name: Wrong role
      ansible.builtin.debug:
        msg: "{{ lookup('vectorops.qdrant.qdrant_policy', 'owner', bucket='b') }}"
      ignore_errors: true
    - name: No bucket
      ansible.builtin.debug:
        msg: "{{ lookup('vectorops.qdrant.qdrant_policy', 'writer') }}"
      ignore_errors: true
    - name: No node
      ansible.builtin.debug:
        msg: "{{ lookup('vectorops.qdrant.qdrant_policy', 'writer', bucket='b', node='') }}"
      ignore_errors: true
    - name: Every node
      ansible.builtin.debug:
        msg: "{{ lookup('vectorops.qdrant.qdrant_policy', 'writer', bucket='b', node=none) }}"
"""


def test_policies_in_a_playbook(tmp_path):
    run = Ansible(tmp_path, ()).run(yaml.safe_load(PLAY), {})
    expected = [role_policy("writer", bucket="b", prefix="p", cluster="qdrant", node="n")]
    expected.append(bucket_policy(bucket="b", prefix="p"))
    assert json.loads(json.dumps(run["Policies"]["msg"])) == expected
    assert run["Wrong role"].state == "failed" and "'owner' is an unknown role" in str(run["Wrong role"].values)
    assert run["No bucket"].state == "failed" and "bucket" in str(run["No bucket"].values)
    assert run["No node"].state == "failed" and "node is empty" in str(run["No node"].values)
    every = role_policy("writer", bucket="b", cluster="qdrant", node=None)
    assert json.loads(json.dumps(run["Every node"]["msg"])) == every
