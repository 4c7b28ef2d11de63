#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: qdrant_backup_diff_info
short_description: Compare a Qdrant collection with a backup, point by point
version_added: 0.3.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Counts the points of a collection that are missing, changed or new since a backup, and returns the first ids of each.
  - The backup is opened without a server, by Qdrant's embedded engine. The live collection is read through its API, also in a cluster.
  - Points are compared by digests of payload and vectors. What a write changes in the last digits of a number is not a change.
  - To put points back, use M(vectorops.qdrant.qdrant_restore) with O(vectorops.qdrant.qdrant_restore#module:points).
requirements:
  - qdrant-edge-py (on the target; it needs Python 3.10 or later)
extends_documentation_fragment:
  - vectorops.qdrant._attributes
  - vectorops.qdrant._attributes.qdrant
  - vectorops.qdrant._attributes.repository
  - vectorops.qdrant._node
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
  collections:
    description:
      - The collection, as one name.
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
  name:
    description:
      - The live collection; default is the name in the backup.
    type: str
  filter:
    description:
      - Only points that match this filter, in Qdrant's JSON. It is applied to the backup; new points must match it now.
    type: json
  ids:
    description:
      - Only points with these ids. Combined with O(filter), both must match.
    type: list
    elements: str
  ids_file:
    description:
      - Only points whose ids are in this file on the target, one a line. Combined with O(ids), each of both counts.
    type: path
  live_snapshot:
    description:
      - Whether the live side is read from a fresh snapshot of the node instead of its API. This is faster for large collections.
      - Every shard must be on this node, and the lock of the node is held. The snapshot is deleted as soon as it was copied to O(scratch_dir).
    type: bool
    default: false
  open_with:
    description:
      - What opens the backup. V(engine) is Qdrant's embedded engine (C(qdrant-edge-py), Python 3.10 or later).
      - V(node) restores it under a throw-away name on the node, and deletes that collection at the end. It needs O(storage_dir), room on the
        node's disk for twice the archive, and a collection whose shards are all in one archive. It is not done in check mode.
      - V(auto) takes the engine where it is installed, else the node.
    type: str
    choices: [auto, engine, node]
    default: auto
  storage_dir:
    description:
      - The node's storage folder as this host sees it, to check its free space for O(open_with=node).
    type: path
  scratch_dir:
    description:
      - Folder where the archive is unpacked. The default is C(/var/tmp).
      - It needs twice the size of the archive, and 128 MiB for each shard. Nothing is left there.
    type: path
  engine_memory:
    description:
      - Memory that opening the archive may take (suffixes K, M, G). Mapped files do not count.
    type: str
    default: 2G
  engine_timeout:
    description:
      - Time that one job of the engine may take. A second is added for each 20 MiB of the archive.
    type: str
    default: 15m
  state_dir:
    description:
      - Folder with the notes of restores. A warning says if a restore of the collection did not end.
    type: path
    default: /var/lib/qdrant-backup
  min_free:
    description:
      - Bytes that must stay free in O(scratch_dir) (suffixes K, M, G).
    type: str
    default: 1G
seealso:
  - module: vectorops.qdrant.qdrant_restore
  - module: vectorops.qdrant.qdrant_backup_info
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_undo_delete
    description: How to put points back.
"""

EXAMPLES = r"""
- name: Count what has changed since the newest backup
  vectorops.qdrant.qdrant_backup_diff_info:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    collections: [articles]
  register: difference

- name: Fail if points of one topic are missing
  vectorops.qdrant.qdrant_backup_diff_info:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    collections: [articles]
    filter:
      must:
        - key: topic
          match:
            value: news
  register: difference
  failed_when: difference is failed or difference.points.missing > 0
"""

RETURN = r"""
ok:
  description: Whether the comparison was made.
  returned: always
  type: bool
collection:
  description: Name of the collection in the backup.
  returned: always
  type: str
name:
  description: The live collection.
  returned: always
  type: str
backup_id:
  description: Id of the backup.
  returned: always
  type: str
nodes:
  description: The nodes whose archives were read.
  returned: always
  type: list
  elements: str
identical:
  description: Whether no point is missing, changed or new.
  returned: always
  type: bool
points:
  description: Numbers of points.
  returned: always
  type: dict
  contains:
    backup:
      description: Points in the backup, of those that were chosen.
      type: int
      returned: always
    live:
      description: Points in the live collection, of those that were chosen.
      type: int
      returned: always
    same:
      description: Points that are as in the backup.
      type: int
      returned: always
    rounded:
      description: Of these, points in which only the last digits of numbers differ, as any write may change them.
      type: int
      returned: always
    missing:
      description: Points in the backup only.
      type: int
      returned: always
    changed:
      description: Points in both whose payloads or vectors differ.
      type: int
      returned: always
    changed_payload:
      description: Changed points whose payloads differ.
      type: int
      returned: always
    changed_vector:
      description: Changed points whose vectors differ.
      type: int
      returned: always
    new:
      description: Points in the live collection only.
      type: int
      returned: always
samples:
  description: The first ids of C(missing), C(changed) and C(new) points, at most 10 of each.
  returned: always
  type: dict
lacking:
  description: Shards of the collection that are in no archive of the backup. Their points count as new.
  returned: always
  type: list
  elements: int
opened_with:
  description: What opened the backup, V(engine) or V(node).
  returned: always
  type: str
bytes:
  description: Bytes that were read from the repository.
  returned: always
  type: int
memory:
  description: Bytes of memory for the points that differ.
  returned: always
  type: int
seconds:
  description: Duration in seconds.
  returned: always
  type: float
"""

from ansible_collections.vectorops.qdrant.plugins.module_utils._ansible import run_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import diff


def main() -> None:
    run_module(diff)


if __name__ == "__main__":
    main()
