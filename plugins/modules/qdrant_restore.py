#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: qdrant_restore
short_description: Bring Qdrant collections back, and prove that they are the same
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Restores collections from a backup in the repository, from a snapshot that the node lists, from an archive on the target host, or from a URL.
  - Everything that can be checked is checked before anything is touched. The module refuses when the server's version does not
    fit, the name is taken, an alias is in the way, vectors or shards differ, archives are missing or cut short, disk space is short,
    or another recover runs. A refusal lists every reason and changes nothing.
  - After the restore, the exact count, sampled points (payloads and vectors), queries and payload indexes are compared with what was noted
    when the backup was made. A restore that cannot be proven fails.
  - A recover that did not end well is never judged by looking at the collection. It is waited out, then repeated whole, or its leftover is removed.
  - An existing collection is overwritten only with O(mode=replace). The archive is read whole before, a safety snapshot is taken and kept, and
    an intent is written to O(state_dir) that stays until the collection is proven.
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
    support: none
  idempotent:
    support: none
    details:
      - A second run refuses, because the name is taken then.
  action_group:
    support: full
    membership:
      - vectorops.qdrant.qdrant
      - vectorops.qdrant.repository
options:
  collections:
    description:
      - Collections by name or glob; default is every collection of the backup.
      - For O(snapshot), O(src) and O(snapshot_url), the one collection that the archive belongs to. It can be left out when the archive's file name tells it.
    type: list
    elements: str
  backup_id:
    description:
      - A backup id, or V(latest).
    type: str
    default: latest
  before:
    description:
      - The newest backup from this time or before (UTC), for example V(2026-11-22T19:00:00Z).
    type: str
  name:
    description:
      - Name to restore to; default is the collection's own. Goes with one collection.
    type: str
  mode:
    description:
      - V(new) needs a free name. Nodes of a cluster that restore one after another from the same backup also find each other's collection,
        and each puts its part into it.
      - V(replace) overwrites an existing collection. Reads fail for moments meanwhile, and writes made since the backup are lost.
    type: str
    choices: [new, replace]
    default: new
  alias:
    description:
      - Alias to create for the restored collection. One that points elsewhere is never moved.
    type: str
  restore_aliases:
    description:
      - Whether the aliases recorded in the backup are created as well, under the same rule.
    type: bool
    default: false
  delivery:
    description:
      - How the node gets the archive. V(url) hands it a presigned URL of the store, valid for 15 minutes, which it streams and unpacks at once.
      - V(file) places a copy in O(snapshots_dir). V(upload) sends it through the API.
      - V(auto) takes the first of these that is possible, and falls to the next when one fails; RV(collections[].tried) says why.
    type: str
    choices: [auto, url, file, upload]
    default: auto
  snapshot:
    description:
      - Restore this snapshot of the node instead of a backup. While its collection is gone, O(snapshots_dir) must be given.
    type: str
  src:
    description:
      - Restore this archive on the target host instead of a backup.
    type: path
  snapshot_url:
    description:
      - Restore the archive behind this URL instead of a backup. The target host reads it once before the node does.
    type: str
  checksum:
    description:
      - SHA-256 of the archive that O(src) or O(snapshot_url) names.
    type: str
  priority:
    description:
      - Which side wins where other replicas exist. On a single node, each of them overwrites.
    type: str
    choices: [snapshot, replica, no_sync]
    default: snapshot
  accept_write_loss:
    description:
      - Whether O(mode=replace) may overwrite a collection that is being written to right now.
    type: bool
    default: false
  allow_incomplete:
    description:
      - Whether a backup may be restored although shards of the chosen collections are in no node's archive. What is missing does not come back.
    type: bool
    default: false
  storage_dir:
    description:
      - The node's storage folder as this host sees it, to see its free space. A recover unpacks there.
      - Default is C(storage) beside O(snapshots_dir), where it can be seen.
    type: path
  ready_timeout:
    description:
      - Seconds to wait until the restored collection is ready.
    type: float
    default: 600.0
  silence_timeout:
    description:
      - Seconds of silence, beyond the time that the transfer itself may take, after which a recover is given up.
      - Where bytes can be seen to arrive (in an upload, or below the folder C(storage) beside O(snapshots_dir)), silence alone counts, however slow they are.
        Elsewhere the time for the archive's size counts, by the rate at which this host has read its first bytes. A store that is silent then
        is found out before the node is asked.
    type: float
    default: 120.0
  record:
    description:
      - Whether the proof is written to the repository. Where that is forbidden, a warning says so.
    type: bool
    default: true
seealso:
  - module: vectorops.qdrant.qdrant_backup
  - module: vectorops.qdrant.qdrant_backup_info
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_restore
    description: Which command brings what back, and what a refusal means.
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_proof
    description: What is proven, and what is not.
"""

EXAMPLES = r"""
- name: Bring everything back from the newest backup
  vectorops.qdrant.qdrant_restore:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"

- name: Show what a restore of one collection would do
  vectorops.qdrant.qdrant_restore:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    collections: [articles]
    before: "2026-11-22T19:00:00Z"
  check_mode: true

- name: Look at yesterday's state beside the live one
  vectorops.qdrant.qdrant_restore:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    collections: [articles]
    backup_id: 20261121T190000Z
    name: articles_yesterday

- name: Overwrite a damaged collection with a backup from before the damage
  vectorops.qdrant.qdrant_restore:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    collections: [articles]
    backup_id: 20261121T190000Z
    mode: replace

- name: Restore an archive that lies on the host
  vectorops.qdrant.qdrant_restore:
    src: /root/articles-123-2026-11-22-19-00-00.snapshot
"""

RETURN = r"""
ok:
  description: Whether every chosen collection is back and nothing contradicts its backup.
  returned: always
  type: bool
plan:
  description: What the restore does; in check mode, what it would do.
  returned: always
  type: dict
  contains:
    operation:
      description: What is planned.
      type: str
      returned: always
    subject:
      description: On what.
      type: str
      returned: always
    steps:
      description: The steps in order, each with C(action), C(subject), the bytes it moves, and whether it is C(destructive).
      type: list
      elements: dict
      returned: always
    refusals:
      description: Reasons not to start, each with C(code), C(message) and C(next).
      type: list
      elements: dict
      returned: always
    warnings:
      description: What to know before it starts.
      type: list
      elements: str
      returned: always
    bytes:
      description: Bytes that the steps move.
      type: int
      returned: always
collections:
  description: The collections that are back.
  returned: always
  type: list
  elements: dict
  contains:
    collection:
      description: Name of the collection in the backup.
      type: str
      returned: always
    name:
      description: Name it was restored to.
      type: str
      returned: always
    backup_id:
      description: The backup that it came from; empty for an archive that is in none.
      type: str
      returned: always
    sha256:
      description: SHA-256 of the archive.
      type: str
      returned: always
    warnings:
      description: What to know about this collection.
      type: list
      elements: str
      returned: always
    mode:
      description: V(new) or V(replace).
      type: str
      returned: always
    delivery:
      description: How the node got the archive.
      type: str
      returned: always
    tried:
      description: Deliveries that failed before, each with what was said.
      type: list
      elements: dict
      returned: always
    bytes:
      description: Size of the archive.
      type: int
      returned: always
    points:
      description: Exact count after the restore.
      type: int
      returned: always
    expected_points:
      description: Exact count when the backup was made.
      type: int
      returned: always
    whole:
      description: Whether every shard is back; false where archives of other nodes of the cluster hold the rest.
      type: bool
      returned: always
    proven:
      description: Whether probes were there and agreed.
      type: bool
      returned: always
    grade:
      description: How far this restore has proven the archive.
      type: int
      returned: always
    compared:
      description:
        - What was compared with what was noted before, and agreed. C(hash) the archive's bytes, C(count) the exact count, C(points) and C(queries) how many.
      type: dict
      returned: always
    proof_key:
      description: Key of the proof that was recorded.
      type: str
      returned: for a backup, with O(record=true)
    proof:
      description: What was compared and what was found.
      type: dict
      returned: when probes were noted
    safety_snapshot:
      description: Snapshot of the state before, which stays on the node.
      type: str
      returned: with O(mode=replace)
    aliases:
      description: Aliases that point to the collection by request.
      type: list
      elements: str
      returned: always
    seconds:
      description: Seconds that each step took.
      type: dict
      returned: always
failures:
  description: The collection that could not be brought back or proven, with what was attempted, what was said, and what to do next.
  returned: always
  type: list
  elements: dict
not_done:
  description: Collections that were not begun, because one before them failed.
  returned: always
  type: list
  elements: str
left_out:
  description:
    - Chosen collections for which there was nothing to do. This node's backup holds nothing of them, because it had no shard of them.
      Or nodes of the cluster have brought them back already.
  returned: always
  type: list
  elements: str
"""

from ansible_collections.vectorops.qdrant.plugins.module_utils._ansible import run_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import restore


def main() -> None:
    run_module(restore)


if __name__ == "__main__":
    main()
