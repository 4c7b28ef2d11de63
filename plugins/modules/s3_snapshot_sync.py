#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_snapshot_sync
short_description: Push existing snapshots to the repository, or pull a backup to a folder
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - With O(direction=push), stores every collection snapshot in a folder, or on the node, that is not in the repository yet, and
    commits them as backups. The newest snapshot of each collection makes one backup, the second newest another, and so on.
  - A file that is incomplete, damaged or not a snapshot of a collection is not stored, and is listed in RV(failures).
    Temporary files, C(tmp/), checksum files without a
    snapshot, and full snapshots are ignored.
  - A pushed backup has no probes and no counts, because the server was not asked when the snapshot was taken. Its highest grade is 1.
    Prefer M(vectorops.qdrant.qdrant_backup).
  - A snapshot that a backup took but did not upload, because the collection was unchanged, is already in the repository and is not pushed.
  - If the snapshots come from the node, its aliases are recorded, and its version too if it has been running since they were made.
  - With O(direction=pull), fetches the archives of a backup into a folder with Qdrant's own layout, and checks the checksum of each.
  - A push needs no Qdrant node if O(folder) or O(snapshots_dir) is set. A pull never needs one.
extends_documentation_fragment:
  - vectorops.qdrant._attributes
  - vectorops.qdrant._attributes.qdrant
  - vectorops.qdrant._attributes.repository
  - vectorops.qdrant._node
  - vectorops.qdrant._host
  - vectorops.qdrant._repository
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
  action_group:
    support: full
    membership:
      - vectorops.qdrant.qdrant
      - vectorops.qdrant.repository
options:
  direction:
    description:
      - V(push) commits local snapshots as backups, V(pull) fetches the archives of a backup.
    type: str
    choices: [push, pull]
    default: push
  collections:
    description:
      - Collections by name or glob; default is all.
    type: list
    elements: str
  backup_id:
    description:
      - For O(direction=pull), a backup id, or V(latest).
    type: str
    default: latest
  before:
    description:
      - For O(direction=pull), the newest backup from this time or before (UTC).
    type: str
  folder:
    description:
      - Folder with snapshots, or to fetch archives to; default is O(snapshots_dir). Without both, a push reads the snapshots from the node.
    type: path
seealso:
  - module: vectorops.qdrant.qdrant_backup
  - module: vectorops.qdrant.qdrant_restore
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_repository
    description: The keys in the repository, and how to read them.
"""

EXAMPLES = r"""
- name: Store the snapshots that a cron job has made
  vectorops.qdrant.s3_snapshot_sync:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    folder: /var/lib/qdrant/snapshots

- name: Fetch the newest backup, to restore it by hand
  vectorops.qdrant.s3_snapshot_sync:
    direction: pull
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    folder: /var/lib/qdrant/snapshots
"""

RETURN = r"""
ok:
  description: Whether all archives were transferred.
  returned: always
  type: bool
backups:
  description: The backups that were committed, each with C(backup_id) and C(collections).
  returned: with O(direction=push)
  type: list
  elements: dict
sent_bytes:
  description: Archive bytes uploaded.
  returned: with O(direction=push)
  type: int
failures:
  description: Files that were not stored, and why.
  returned: with O(direction=push)
  type: list
  elements: dict
backup_id:
  description: The backup that was fetched.
  returned: with O(direction=pull)
  type: str
files:
  description: The archives, each with C(collection), C(path), C(bytes), C(sha256), and whether this run C(fetched) it.
  returned: with O(direction=pull)
  type: list
  elements: dict
plan:
  description: What the module does; in check mode, what it would do.
  returned: always
  type: dict
"""

from ansible_collections.vectorops.qdrant.plugins.module_utils._ansible import run_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import sync


def main() -> None:
    run_module(sync)


if __name__ == "__main__":
    main()
