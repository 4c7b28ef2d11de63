#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: qdrant_backup_status_info
short_description: Report the state of a Qdrant node's backups
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Returns the last good backup of a node, its age and grade, the state of each collection, and what needs attention.
  - A backup is good if it holds every collection, none is suspect, the store still has its archives in their sizes, and no proof found a damaged
    one. Archives are not read; the names and sizes in a listing are compared with the manifest.
  - The report is computed from the repository, from the notes of restores in O(state_dir), and from systemd's files of the timer.
    The Qdrant node is not contacted, so the module also works if the node is down.
  - The module does not fail if there are problems. Check RV(healthy) and RV(problems).
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
      - The last good backup must not be older than this, for example V(26h). Default is no limit.
      - The same limit is for each collection that the newest backup was not asked for, and that earlier backups hold.
    type: str
  collections:
    description:
      - Collections, by name or glob, that must not be older than O(max_age). Default is all.
      - Give it what O(vectorops.qdrant.qdrant_backup#module:collections) selects, if some collections are no longer backed up on purpose.
    type: list
    elements: str
    version_added: 0.3.0
  max_drill_age:
    description:
      - Maximum age of the last drill that passed, for example V(8d). Default is no limit.
      - A last drill that failed is a problem without this option, too.
    type: str
    version_added: 0.3.0
  expected_nodes:
    description:
      - Names of the nodes that belong to the cluster, in addition to those that the backups name.
    type: list
    elements: str
  timer:
    description:
      - Name of the systemd timer that starts the backups.
    type: str
    default: qdrant-backup.timer
    version_added: 0.2.0
seealso:
  - module: vectorops.qdrant.qdrant_backup
  - module: vectorops.qdrant.qdrant_backup_info
"""

EXAMPLES = r"""
- name: Get the state of this node's backups
  vectorops.qdrant.qdrant_backup_status_info:
    bucket: my-backups
    cluster: search
    max_age: 2h
  register: status

- name: Fail unless there is a good backup
  ansible.builtin.assert:
    that: status.healthy
    fail_msg: "{{ status.problems | map(attribute='message') | join(' ') }}"
"""

RETURN = r"""
healthy:
  description: Whether nothing needs attention, that is, whether RV(problems) is empty.
  returned: always
  type: bool
problems:
  description: What needs attention.
  returned: always
  type: list
  elements: dict
  contains:
    code:
      description:
        - The kind of problem, one of V(unreachable), V(unreadable_manifest), V(no_backup), V(no_good_backup), V(too_old), V(in_the_future),
          V(collection_too_old), V(failed), V(suspect), V(lost), V(damaged), V(two_servers), V(open_intent), V(drill_failed), V(no_drill) and V(drill_too_old).
      type: str
      returned: always
    message:
      description: What is wrong.
      type: str
      returned: always
    next:
      description: What to do.
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
repository:
  description: The repository. None if it could not be read.
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
archives_checked:
  description: Whether the archives of the newest backup were looked for in the store. V(false) if the credentials may not list them; a warning says so.
  returned: always
  type: bool
last_good:
  description:
    - The newest good backup, with C(backup_id), C(finished_at), C(age) in seconds, C(grade), C(bytes), C(points), C(collections)
      and C(qdrant_version).
  returned: if there is one, else none
  type: dict
last:
  description: The newest backup that can be read, whether it is good or not, with the same keys.
  returned: if there is one, else none
  type: dict
collections:
  description:
    - The collections that the newest backup knows, also those that its run was not asked for.
    - Each has its newest good archive (C(backup_id), C(finished_at), C(age), C(points), C(bytes), C(grade), C(proven_at))
      and its state in the newest backup (C(in_newest), C(suspect), C(proof_failed), C(failed)).
    - C(lost) is why its newest archive is lost, in whichever backup it is. None if it is not, or if that was not checked.
  returned: always
  type: list
  elements: dict
proven_at:
  description: When a whole backup of this node was last proven (UTC).
  returned: if there is such a proof, else none
  type: str
last_drill:
  description:
    - The last drill of this node (C(at), C(age), C(passed)), and when the last one that passed ended (C(passed_at)).
    - None if there was no drill, or if the credentials may not list drills.
  returned: if there was a drill, else none
  type: dict
missing_nodes:
  description: Expected nodes without the newest backup, one hour after it was made; none if the credentials may not list the other nodes.
  returned: always
  type: list
  elements: str
unreadable:
  description: The backups whose manifest cannot be read, of the newest down to the last good one, each with C(backup_id), C(manifest) (its key) and
    C(message).
  returned: always
  type: list
  elements: dict
intents:
  description: Restores that began on this host and did not end.
  returned: always
  type: list
  elements: dict
timer:
  description: The systemd timer, with C(enabled), C(on_calendar), C(last_elapse) and C(next_run) (UTC, without the timer's random delay).
  returned: if there is a timer, else none
  type: dict
"""

from ansible_collections.vectorops.qdrant.plugins.module_utils._ansible import run_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import status


def main() -> None:
    run_module(status)


if __name__ == "__main__":
    main()
