#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: qdrant_snapshot
short_description: Take, rotate and delete snapshots on a Qdrant node
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Creates a snapshot of a collection, a shard or everything on one node, keeps a number of snapshots, or deletes one.
  - The snapshot stays on the node and nothing is proven. For backups that leave the host use M(vectorops.qdrant.qdrant_backup).
  - If the connection drops while a snapshot is made, the module does not request a second one. It polls until the first one is listed.
  - The module takes the lock of the node on this host (O(state_dir)), and fails while a backup, a restore or another snapshot runs there.
  - For a full snapshot, Qdrant creates collection snapshots, removes them, and leaves their checksum files behind. If
    O(snapshots_dir) is set, the module removes these files. It never takes snapshots of both kinds within one second,
    because they would have the same file name.
extends_documentation_fragment:
  - vectorops.qdrant._attributes
  - vectorops.qdrant._attributes.qdrant
  - vectorops.qdrant._node
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - Without O(max_age) every run creates a snapshot.
  action_group:
    support: full
    membership:
      - vectorops.qdrant.qdrant
options:
  kind:
    description:
      - What the snapshot holds. V(collection) is one collection as this node has it, V(shard) one shard of it, V(full) everything on the node.
      - A full snapshot can be restored only when a server starts; prefer collections.
    type: str
    choices: [collection, shard, full]
    default: collection
  collection:
    description:
      - The collection, for O(kind=collection) and O(kind=shard).
    type: str
  shard_id:
    description:
      - The shard, for O(kind=shard).
    type: int
  state:
    description:
      - V(present) creates a snapshot, unless there is one that is younger than O(max_age).
      - V(absent) deletes the snapshot named by O(snapshot).
    type: str
    choices: [present, absent]
    default: present
  snapshot:
    description:
      - Name of the snapshot to delete.
    type: str
  keep:
    description:
      - How many snapshots of this kind to keep, the new one included. Older ones are deleted through the API.
      - Backups are not considered. Snapshots that are stored nowhere else are deleted too.
      - A snapshot that an unfinished restore needs is kept.
    type: int
  max_age:
    description:
      - Create no snapshot if one is younger than this, for example V(1h).
    type: str
  state_dir:
    description:
      - Folder for locks, for the intents of restores, and for the cache of manifests. The user that takes or deletes a snapshot must be able to write there.
    type: path
    default: /var/lib/qdrant-backup
seealso:
  - module: vectorops.qdrant.qdrant_snapshot_info
  - module: vectorops.qdrant.qdrant_backup
"""

EXAMPLES = r"""
- name: Take a snapshot of a collection and keep three
  vectorops.qdrant.qdrant_snapshot:
    collection: articles
    keep: 3

- name: Ensure that there is a snapshot from the last hour
  vectorops.qdrant.qdrant_snapshot:
    collection: articles
    max_age: 1h

- name: Take a full snapshot, and remove leftover checksum files
  vectorops.qdrant.qdrant_snapshot:
    kind: full
    snapshots_dir: /var/lib/qdrant/snapshots

- name: Delete a snapshot
  vectorops.qdrant.qdrant_snapshot:
    collection: articles
    state: absent
    snapshot: articles-4686471693711460-2026-11-22-22-07-44.snapshot
"""

RETURN = r"""
snapshot:
  description: The snapshot that was created, or the one that is younger than O(max_age).
  returned: with O(state=present), except in check mode when one would be created
  type: dict
  contains:
    name:
      description: File name.
      type: str
      returned: always
    size:
      description: Size in bytes.
      type: int
      returned: always
    creation_time:
      description: Time of creation (UTC).
      type: str
      returned: if the server returns it
    checksum:
      description: SHA-256 of the archive.
      type: str
      returned: if the server returns it
snapshots:
  description: Names of the snapshots that exist now.
  returned: always
  type: list
  elements: str
deleted:
  description: Names of the snapshots that were deleted.
  returned: always
  type: list
  elements: str
orphans_removed:
  description: Checksum files without a snapshot that were removed.
  returned: always
  type: list
  elements: str
plan:
  description: What the module does; in check mode, what it would do.
  returned: always
  type: dict
"""

from ansible_collections.vectorops.qdrant.plugins.module_utils._ansible import run_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import snapshot


def main() -> None:
    run_module(snapshot, required_if=[("state", "absent", ["snapshot"])])


if __name__ == "__main__":
    main()
