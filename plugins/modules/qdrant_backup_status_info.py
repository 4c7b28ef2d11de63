#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: qdrant_backup_status_info
short_description: Tell how the backups of a Qdrant node are doing
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Tells the last good backup of a node, its age and grade, the state of each collection, and what needs a person.
  - A backup is good when every collection is in it, none is suspect, and no proof found one damaged.
  - Everything is computed from the repository, from the notes of restores in O(state_dir), and from the files of the timer of systemd.
    The node is not asked, so the report is right for a node that is down.
  - Does not fail where something is wrong. Look at RV(healthy) and RV(problems).
extends_documentation_fragment:
  - vectorops.qdrant._attributes
  - vectorops.qdrant._attributes.repository
  - vectorops.qdrant._node
  - vectorops.qdrant._host
  - vectorops.qdrant._repository
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
  action_group:
    support: full
    membership:
      - vectorops.qdrant.qdrant
      - vectorops.qdrant.repository
options:
  max_age:
    description:
      - The last good backup must not be older than this, for example V(26h). Without it, no age is too old.
    type: str
  expected_nodes:
    description:
      - Names of the nodes that belong to the cluster, beside those that the backups themselves name.
    type: list
    elements: str
seealso:
  - module: vectorops.qdrant.qdrant_backup
  - module: vectorops.qdrant.qdrant_backup_info
"""

EXAMPLES = r"""
- name: Look at the backups of this node
  vectorops.qdrant.qdrant_backup_status_info:
    bucket: my-backups
    cluster: search
    max_age: 2h
  register: status

- name: Stop here unless there is a good backup to go back to
  ansible.builtin.assert:
    that: status.healthy
    fail_msg: "{{ status.problems | map(attribute='message') | join(' ') }}"
"""

RETURN = r"""
healthy:
  description: Whether nothing needs a person. The same as an empty RV(problems).
  returned: always
  type: bool
problems:
  description: What needs a person.
  returned: always
  type: list
  elements: dict
  contains:
    code:
      description:
        - A stable word, one of V(unreachable), V(no_backup), V(no_good_backup), V(too_old), V(failed), V(suspect), V(damaged) and V(open_intent).
      type: str
      returned: always
    message:
      description: What is wrong.
      type: str
      returned: always
    next:
      description: What to do about it.
      type: str
      returned: always
cluster:
  description: Name of the cluster.
  returned: always
  type: str
node:
  description: Name of the node.
  returned: always
  type: str
checked_at:
  description: When the report was made (UTC).
  returned: always
  type: str
backups:
  description: How many backups of the node there are.
  returned: always
  type: int
last_good:
  description:
    - The newest good backup, with C(backup_id), C(finished_at), C(age) in seconds, C(grade), C(bytes), C(points), C(collections)
      and C(qdrant_version).
  returned: where there is one, else none
  type: dict
last:
  description: The newest backup, good or not, with the same keys.
  returned: where there is one, else none
  type: dict
collections:
  description:
    - The collections that the newest backup knows.
    - Each tells its newest good archive (C(backup_id), C(finished_at), C(age), C(points), C(bytes), C(grade), C(proven_at))
      and how it stands in the newest backup (C(suspect), C(proof_failed), C(failed)).
  returned: always
  type: list
  elements: dict
proven_at:
  description: When a whole backup of this node was last proven (UTC).
  returned: where there is such a proof, else none
  type: str
missing_nodes:
  description: Expected nodes that lack the newest backup that they had time for; none where the other nodes may not be seen.
  returned: always
  type: list
  elements: str
intents:
  description: Restores that began on this host and did not end.
  returned: always
  type: list
  elements: dict
timer:
  description: The timer of systemd, with C(enabled), C(on_calendar), C(last_elapse) and C(next_run) (UTC, before the random delay of the timer).
  returned: where there is a timer, else none
  type: dict
"""

from ansible_collections.vectorops.qdrant.plugins.module_utils._ansible import run_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import status


def main() -> None:
    run_module(status)


if __name__ == "__main__":
    main()
