#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: qdrant_backup_info
short_description: Tell what backups a repository holds, and how far they are proven
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Lists committed backups, newest first, with their collections, sizes, counts and grades.
  - The catalogue is computed from the manifests in the repository. There is no other record that could differ from it.
  - Needs no Qdrant node and changes nothing.
  - The grade says how far an archive was proven. V(0) is committed, V(1) re-read and hashed, V(2) loaded with the right count,
    V(3) probes answered alike. V(4) is reserved for drills, which this version does not have.
extends_documentation_fragment:
  - vectorops.qdrant._attributes
  - vectorops.qdrant._attributes.repository
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
      - vectorops.qdrant.repository
options:
  collections:
    description:
      - Show these collections alone, by name or glob.
    type: list
    elements: str
  backup_id:
    description:
      - Show this backup alone; an id, or V(latest).
    type: str
  before:
    description:
      - Show the newest backup from this time or before (UTC).
    type: str
  limit:
    description:
      - How many of the newest backups to show; V(0) shows all.
    type: int
    default: 0
  completeness:
    description:
      - Whether the store is asked for every archive that the backups name. Finds archives that a lifecycle rule took away.
    type: bool
    default: false
seealso:
  - module: vectorops.qdrant.qdrant_backup
  - module: vectorops.qdrant.qdrant_backup_verify
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_repository
    description: What lies where in the repository, and how to read it.
"""

EXAMPLES = r"""
- name: List the ten newest backups
  vectorops.qdrant.qdrant_backup_info:
    bucket: my-backups
    cluster: search
    limit: 10
  register: backups

- name: Fail when the newest backup is not whole
  vectorops.qdrant.qdrant_backup_info:
    bucket: my-backups
    cluster: search
    backup_id: latest
    completeness: true
  register: newest
  failed_when: not newest.backups[0].complete
"""

RETURN = r"""
backups:
  description: The backups, newest first; one entry for each node.
  returned: always
  type: list
  elements: dict
  contains:
    backup_id:
      description: The backup's id.
      type: str
      returned: always
    cluster:
      description: Name of the cluster.
      type: str
      returned: always
    node:
      description: Name of the node.
      type: str
      returned: always
    qdrant_version:
      description: Version of the server that made the archives.
      type: str
      returned: always
    started_at:
      description: When the backup began (UTC).
      type: str
      returned: always
    finished_at:
      description: When the backup was committed (UTC).
      type: str
      returned: always
    bytes:
      description: Bytes of all its archives.
      type: int
      returned: always
    grade:
      description: The lowest grade among its collections.
      type: int
      returned: always
    collections:
      description: The collections, with C(name), C(archive), C(bytes), C(sha256), C(points), C(grade), C(suspect) and what was noted.
      type: list
      elements: dict
      returned: always
    failed:
      description: Collections that are not in it, each with C(name) and C(error).
      type: list
      elements: dict
      returned: always
    aliases:
      description: Alias to collection, as recorded.
      type: dict
      returned: always
    expected_nodes:
      description: Names of the nodes that belonged to the cluster, as the run was told.
      type: list
      elements: str
      returned: always
    complete:
      description: Whether everything that the cluster had can be brought back from this backup.
      type: bool
      returned: with O(completeness=true)
    completeness:
      description: Nodes and shards that are missing, archives that are lost, archives that no manifest names (C(unused)), and one line of text.
      type: dict
      returned: with O(completeness=true)
unreadable:
  description: Manifests that could not be read, each with C(backup_id), C(node) and C(message).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.vectorops.qdrant.plugins.module_utils._ansible import run_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import list_backups


def main() -> None:
    run_module(list_backups)


if __name__ == "__main__":
    main()
