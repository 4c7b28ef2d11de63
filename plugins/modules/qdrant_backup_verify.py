#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: qdrant_backup_verify
short_description: Prove that the stored backups are unchanged
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Reads archives from the repository again and compares size, SHA-256 and structure with the manifest. This is grade 1.
  - With O(grade=2) or O(grade=3), also opens them in Qdrant's embedded engine, without a server, and compares the count, the payload indexes and the
    probes with the manifest.
  - Records the proof beside the backup, where M(vectorops.qdrant.qdrant_backup_info) reads it.
  - Fails if an archive is missing or damaged, and names it. An archive whose last verification failed is never copied into a new backup.
  - The store may charge for the download. Only the proof is written, and no Qdrant node is needed.
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
      - Verify only these collections, by name or glob.
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
      - Whether every backup is verified instead of one. It excludes O(backup_id) and O(before).
    type: bool
    default: false
  grade:
    description:
      - How far to prove.
      - V(1) compares the bytes. V(2) also loads the archive and compares the exact count and the counts of the payload indexes. V(3) also compares the
        sampled points and queries.
      - V(2) and V(3) need the Python library C(qdrant-edge-py) and Python 3.10 or later.
      - An archive that cannot reach the grade, for example because its probe is too small, is reported with the grade that it reaches, and with a warning.
    type: int
    default: 1
    version_added: 0.3.0
  verify_budget:
    description:
      - The most that one run reads, in bytes (V(50G)) or time (V(2h)). Other archives are left for later runs.
      - The least proven archives come first, and of these the newest. At least one archive is verified.
      - Use it with O(all_backups=true) in a daily run, so that in time every backup is verified.
    type: str
    version_added: 0.3.0
  scratch_dir:
    description:
      - Folder where archives are unpacked for O(grade=2) and O(grade=3). The default is C(/var/tmp).
      - It needs twice the size of the largest archive, and 128 MiB for each shard. Nothing is left there.
    type: path
    version_added: 0.3.0
  engine_memory:
    description:
      - Memory that opening one archive may take (suffixes K, M, G). Mapped files do not count.
      - An archive that needs more is reported as not opened, not as damaged.
    type: str
    default: 2G
    version_added: 0.3.0
  engine_timeout:
    description:
      - Time that opening one archive may take. A second is added for each 20 MiB of the archive.
      - An archive that needs more is reported as not opened, not as damaged.
    type: str
    default: 15m
    version_added: 0.3.0
  min_free:
    description:
      - Bytes that must stay free in O(scratch_dir) (suffixes K, M, G).
    type: str
    default: 1G
    version_added: 0.3.0
  record:
    description:
      - Whether the proof is written to the repository.
    type: bool
    default: true
  state_dir:
    description:
      - Folder of this host's backups. If it exists and is writable, what was learned about the store there is used and kept.
        The module never creates the folder.
    type: path
    default: /var/lib/qdrant-backup
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

- name: Load the newest backup in the embedded engine and compare its probes
  vectorops.qdrant.qdrant_backup_verify:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    grade: 3

- name: Prove 50 GiB of all backups a day, the least proven first
  vectorops.qdrant.qdrant_backup_verify:
    bucket: my-backups
    cluster: search
    all_backups: true
    grade: 3
    verify_budget: 50G

- name: Verify everything, without recording a proof
  vectorops.qdrant.qdrant_backup_verify:
    bucket: my-backups
    cluster: search
    all_backups: true
    record: false
"""

RETURN = r"""
ok:
  description: Whether every archive matches its manifest.
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
      description: Duration in seconds.
      type: float
      returned: always
    collections:
      description:
        - The archives, each with C(name), C(grade), C(ok), C(detail) and C(read). C(read) is V(false) if the store cannot return the archive now, for
          example because it is in Glacier. Such an archive is neither proven nor damaged.
        - C(not_opened) is why a grade above 1 could not be tried on unchanged bytes, for example because the library is older than the Qdrant server of the
          backup; else it is empty.
        - C(attempted_grade) is present if C(ok) is V(false). A later proof of at least this grade clears the failure.
        - C(compared) is present if the embedded engine opened the archive, with C(engine), C(count), C(count_compared), and the numbers of C(points),
          C(queries) and C(indexes) that were compared.
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
left:
  description: Archives that O(verify_budget) left for later runs.
  returned: always
  type: int
failures:
  description: Archives that are damaged, could not be read or could not be opened, and manifests that cannot be read, each with C(message).
  returned: always
  type: list
  elements: dict
plan:
  description: What is read; in check mode, what would be read.
  returned: always
  type: dict
without_digest:
  description: Ids of verified backups whose manifests have no digest. Earlier versions wrote such manifests.
  returned: always
  type: list
  elements: str
"""

from ansible_collections.vectorops.qdrant.plugins.module_utils._ansible import run_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import verify


def main() -> None:
    run_module(verify)


if __name__ == "__main__":
    main()
