#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: qdrant_backup_prune
short_description: Delete old backups by rules
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Deletes the backups of a node that no rule keeps, with their archives, their proofs, and their snapshots on the node.
  - The rules count the good backups of each collection. A backup stays if any rule keeps it for any of its collections.
  - Also without a rule it keeps the last good and the best proven backup of each collection, the last good one of each server that has backed
    up under the node's name, the last backup of a collection that no longer
    exists, the last good backup before a suspect one, everything newer than the last good backup, pinned backups, and backups under Object Lock.
  - A backup of a cluster stays or goes as a whole. One that is incomplete counts for no rule.
  - Deletes archives and proofs of killed runs once they are older than O(orphan_grace).
  - If a manifest cannot be read, or two servers use one node name, nothing is deleted and the module fails. For a damaged manifest, see
    O(skip_unreadable) and O(delete_unreadable).
  - Use check mode first. It lists every backup that stays, with the reasons, and every backup that goes, with its size.
  - Needs the policy V(pruner) of P(vectorops.qdrant.qdrant_policy#lookup). The policy of a node that backs up cannot delete.
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
    support: full
  idempotent:
    support: full
  action_group:
    support: full
    membership:
      - vectorops.qdrant.qdrant
      - vectorops.qdrant.repository
options:
  keep_last:
    description:
      - How many of the newest good backups of each collection to keep.
      - At least one of the options that begin with C(keep_) is needed.
    type: int
  keep_hourly:
    description:
      - For how many hours with backups to keep the newest one of each hour (UTC).
    type: int
  keep_daily:
    description:
      - For how many days with backups to keep the newest one of each day (UTC).
    type: int
  keep_weekly:
    description:
      - For how many weeks with backups to keep the newest one of each ISO week (UTC).
    type: int
  keep_monthly:
    description:
      - For how many months with backups to keep the newest one of each month (UTC).
    type: int
  keep_yearly:
    description:
      - For how many years with backups to keep the newest one of each year (UTC).
    type: int
  keep_within:
    description:
      - Keep every backup that is younger than this, counted back from the newest good one (for example V(14d)).
    type: str
  all_nodes:
    description:
      - Whether backups of all nodes of the cluster are pruned, not only of one node.
      - A node on which another run works is left out, with the nodes of its cluster, and the module fails after the others were pruned.
    type: bool
    default: false
  forget:
    description:
      - Collections, by name or glob, that no longer exist and whose last backups may be deleted too.
      - A collection that the newest backup holds, that failed in it, or that its run was not asked for is refused by name, and skipped by a glob.
    type: list
    elements: str
  forget_servers:
    description:
      - Peer ids of servers that no longer exist and whose last backups may be deleted too.
      - If several servers have backed up under one node name, the last good backup of each collection of each server stays. RV(kept) has the reason.
    type: list
    elements: str
  skip_unreadable:
    description:
      - Ids of backups that stay as they are although their manifest is damaged. Without it, such a manifest stops the prune.
      - All that is stored of them stays, of all nodes; the other backups are judged without them.
      - A manifest that a newer version wrote, or that the credentials may not read, still stops the prune.
    type: list
    elements: str
    version_added: 0.3.0
  delete_unreadable:
    description:
      - Ids of backups that are deleted, with all that is stored of them, because their manifest cannot be read.
      - Refused if an archive of them is of a collection that no other backup of the node has good, and if the manifest can be read.
        An id without a manifest is ignored.
    type: list
    elements: str
    version_added: 0.3.0
  local_snapshots:
    description:
      - Whether a deleted backup's snapshots on the node at O(url) are deleted too. They are those that Qdrant made for this backup.
      - Set this to V(false) if the node cannot be reached. Then the newest backups stay, as many as C(keep_local) of the node, because the rotation
        on the node deletes only snapshots that a manifest names.
    type: bool
    default: true
  orphan_grace:
    description:
      - Archives and proofs without a manifest, and incomplete backups, are kept until they are older than this.
    type: str
    default: "1d"
  prices:
    description:
      - Price of one GiB for one month by storage class (for example V(STANDARD=0.023)), to show costs.
      - Prices differ by store, region and contract, so no price is set by default.
    type: list
    elements: str
  state_dir:
    description:
      - Folder for locks, for the intents of restores, and for the cache of manifests.
    type: path
    default: /var/lib/qdrant-backup
seealso:
  - module: vectorops.qdrant.qdrant_backup
  - module: vectorops.qdrant.qdrant_backup_info
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_retention
    description: What stays, what goes, and what it costs.
"""

EXAMPLES = r"""
- name: Keep 7 backups, and one a day for 14 days
  vectorops.qdrant.qdrant_backup_prune:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    keep_last: 7
    keep_daily: 14

- name: Prune all nodes of the cluster from one host that cannot reach them
  vectorops.qdrant.qdrant_backup_prune:
    bucket: my-backups
    cluster: search
    all_nodes: true
    local_snapshots: false
    keep_within: 2d
    keep_weekly: 8
    prices:
      - STANDARD=0.023
      - GLACIER_IR=0.004
  run_once: true

- name: Delete a backup whose manifest is damaged, and go on with the others
  vectorops.qdrant.qdrant_backup_prune:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    keep_daily: 14
    delete_unreadable:
      - 20261122T190000Z

- name: Show what would be deleted together with the last backup of a collection that no longer exists
  vectorops.qdrant.qdrant_backup_prune:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    keep_daily: 14
    forget:
      - experiment-*
  check_mode: true
  diff: true
"""

RETURN = r"""
ok:
  description: Whether everything that no rule keeps was deleted.
  returned: always
  type: bool
applied:
  description: Whether backups were deleted. V(false) in check mode.
  returned: always
  type: bool
kept:
  description: The backups that stay, newest first.
  returned: always
  type: list
  elements: dict
  contains:
    backup_id:
      description: The backup's id.
      type: str
      returned: always
    nodes:
      description: The nodes whose part stays, of those that are pruned.
      type: list
      elements: str
      returned: always
    reasons:
      description: Every reason why it stays, for example V(keep_daily) or V(best proven (grade 2\) of articles).
      type: list
      elements: str
      returned: always
    bytes:
      description: Its size in the repository.
      type: int
      returned: always
removed:
  description: The backups that go, oldest first.
  returned: always
  type: list
  elements: dict
  contains:
    backup_id:
      description: The backup's id.
      type: str
      returned: always
    nodes:
      description: The nodes whose part goes.
      type: list
      elements: str
      returned: always
    why:
      description: Why it goes.
      type: str
      returned: always
    manifests:
      description: How many manifests are deleted.
      type: int
      returned: always
    archives:
      description: How many archives are deleted.
      type: int
      returned: always
    proofs:
      description: How many proofs are deleted.
      type: int
      returned: always
    local_snapshots:
      description: The snapshots on the node that are deleted, each as C(collection/snapshot).
      type: list
      elements: str
      returned: always
    bytes:
      description: Bytes in the repository that are freed.
      type: int
      returned: always
    done:
      description: Whether it was deleted.
      type: bool
      returned: always
orphans:
  description: What killed runs left, with the same keys as RV(removed).
  returned: always
  type: list
  elements: dict
bytes:
  description: Bytes in the repository that go.
  returned: always
  type: int
storage:
  description: Bytes of the nodes that are pruned, C(before) and C(after), by storage class.
  returned: always
  type: dict
cost:
  description: Cost of one month, C(before) and C(after), and the storage classes that O(prices) does not name (C(unpriced)).
  returned: if O(prices) is set
  type: dict
failures:
  description: Backups that could not be deleted and nodes that were left out, each with C(name) and C(message).
  returned: always
  type: list
  elements: dict
plan:
  description: What is done; in check mode, what would be done.
  returned: always
  type: dict
"""

from ansible_collections.vectorops.qdrant.plugins.module_utils._ansible import run_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import prune


def main() -> None:
    run_module(prune)


if __name__ == "__main__":
    main()
