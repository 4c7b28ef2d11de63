#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: qdrant_backup_verify
short_description: Prove that backups in the repository are what was stored
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Reads archives from the repository again and compares size, SHA-256 and structure with the manifest. This is grade 1.
  - Records the proof beside the backup, where M(vectorops.qdrant.qdrant_backup_info) finds it.
  - Fails when an archive is gone or damaged, and names it. An archive whose last verification failed is never copied into a new backup.
  - Reading costs what a download costs. Nothing is written but the proof, and no Qdrant node is needed.
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
    support: partial
    details:
      - Every run with O(record=true) adds a proof, and so changes the repository.
  action_group:
    support: full
    membership:
      - vectorops.qdrant.repository
options:
  collections:
    description:
      - Verify these collections alone, by name or glob.
    type: list
    elements: str
  backup_id:
    description:
      - A backup id, or V(latest).
    type: str
    default: latest
  before:
    description:
      - The newest backup from this time or before (UTC).
    type: str
  all_backups:
    description:
      - Whether every backup is verified instead of one.
    type: bool
    default: false
  record:
    description:
      - Whether the proof is written to the repository.
    type: bool
    default: true
seealso:
  - module: vectorops.qdrant.qdrant_backup
  - module: vectorops.qdrant.qdrant_backup_info
  - module: vectorops.qdrant.qdrant_restore
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_proof
    description: What is proven, and what is not.
"""

EXAMPLES = r"""
- name: Verify the newest backup of this node
  vectorops.qdrant.qdrant_backup_verify:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"

- name: Verify everything, without leaving a trace
  vectorops.qdrant.qdrant_backup_verify:
    bucket: my-backups
    cluster: search
    all_backups: true
    record: false
"""

RETURN = r"""
ok:
  description: Whether every archive is what its manifest says.
  returned: always
  type: bool
backups:
  description: The backups that were verified.
  returned: always
  type: list
  elements: dict
  contains:
    backup_id:
      description: The backup's id.
      type: str
      returned: always
    node:
      description: Name of the node.
      type: str
      returned: always
    grade:
      description: The lowest grade among its archives in this verification.
      type: int
      returned: always
    ok:
      description: Whether all of its archives are good.
      type: bool
      returned: always
    bytes:
      description: Bytes that were read.
      type: int
      returned: always
    seconds:
      description: Seconds that it took.
      type: float
      returned: always
    collections:
      description:
        - The archives, each with C(name), C(grade), C(ok), C(detail) and C(read), which is V(false) where the store does not give it out now, for
          example because it must be thawed first. Then nothing is proven, and nothing said against it.
      type: list
      elements: dict
      returned: always
    proof_key:
      description: Key of the proof that was recorded.
      type: str
      returned: with O(record=true)
unreadable:
  description: Backups whose manifests cannot be read, each with C(backup_id), C(node) and C(message).
  returned: always
  type: list
  elements: dict
failures:
  description: Archives that are not good or could not be read, and manifests that cannot be read, each with C(message).
  returned: always
  type: list
  elements: dict
plan:
  description: What is read; in check mode, what would be read.
  returned: always
  type: dict
"""

from ansible_collections.vectorops.qdrant.plugins.module_utils._ansible import run_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import verify


def main() -> None:
    run_module(verify)


if __name__ == "__main__":
    main()
