#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: qdrant_backup
short_description: Back up a Qdrant node to S3 or a folder
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Takes a snapshot of every collection of one node, checks it, stores it, and commits all of them as one backup.
  - A backup exists once its manifest is written. The manifest is written last, when every archive is stored and checked by the store.
  - The manifest also records what Qdrant's snapshots do not contain (aliases, server version, location of shards), and probes.
    With the probes a restore can be proven later.
  - A collection that did not change since the last backup is copied inside the store and not uploaded again.
  - If one collection fails, the others are still backed up. It is listed in RV(failures), and the module fails after the others were committed.
  - If more points or bytes disappeared than O(shrink_points) or O(shrink_bytes) allow, the backup is committed and marked suspect.
  - Run it on every node of a cluster with the same O(backup_id), never through a load balancer.
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
    support: full
    details:
      - With the same O(backup_id), a second run finds the committed backup and changes nothing.
  action_group:
    support: full
    membership:
      - vectorops.qdrant.qdrant
      - vectorops.qdrant.repository
options:
  collections:
    description:
      - Collections by name or glob; default is all. Temporary collections of restores and drills are never backed up.
    type: list
    elements: str
  backup_id:
    description:
      - The backup's id; default is now, floored to O(slot). Give all nodes of a cluster the same.
    type: str
  slot:
    description:
      - Length of a slot, for example V(1h). Runs inside one slot use the same backup id, so that all nodes of a cluster use the same id.
    type: str
    default: "0"
  expected_nodes:
    description:
      - Names of the nodes that belong to the cluster. A backup in which one of them is missing is incomplete.
    type: list
    elements: str
  cluster_capture:
    description:
      - What a node of a cluster stores.
      - V(auto) is V(shard) if O(expected_nodes) names as many nodes as the cluster has, more than one, and O(backup_id) or O(slot) is set. Else it is
        V(collection).
      - "V(shard): each shard is stored once, in an archive of its own, by one of the nodes that have an Active replica of it. Every node computes from the
        cluster's state and the backup id which shards are its own, so all nodes must use the same O(backup_id) (or O(slot)) and the same value of this
        option. Another backup id begins at another replica. A restore needs the addresses of all nodes."
      - "V(collection): each node stores the shards that it has, in one archive of each collection."
      - A node without cluster mode always stores whole collections.
    type: str
    choices: [auto, shard, collection]
    default: auto
  keep_local:
    description:
      - Snapshots kept on the node for each collection, after the backup is committed. A snapshot that is not in the repository is never deleted.
      - V(0) deletes all that are committed.
    type: int
    default: 24
  shrink_points:
    description:
      - Share of points that may disappear between two backups; above it, the backup is marked suspect.
    type: float
    default: 0.2
  shrink_bytes:
    description:
      - Share of bytes that may disappear between two backups; above it, the backup is marked suspect.
    type: float
    default: 0.5
  accept_shrink:
    description:
      - Whether to accept a fall in points or bytes this time.
    type: bool
    default: false
  accept_new_server:
    description:
      - Whether this server takes over O(node) from now on, although another server backed up under this name. By default, one change of server
        counts as a rebuilt host, and a server that comes back is refused.
    type: bool
    default: false
  probe:
    description:
      - How much to record for the proof of a restore. V(sample) records 32 points and some queries, by digest.
      - V(full) also records a digest over every point. It reads the whole collection before and after the snapshot, and again
        after a restore. V(none) records only checksums and counts.
    type: str
    choices: [sample, full, none]
    default: sample
  probe_query_limit:
    description:
      - Points times dimensions above which no exact queries are recorded, because each of them is a scan.
    type: int
    default: 50000000
  reuse_days:
    description:
      - For how many days the archive of an unchanged collection is used again, without a new snapshot; V(0) always takes a snapshot.
      - It is used again only if the node's list of segments, the exact count, the configuration and the payload indexes are those recorded with it,
        the collection is green, no update is waiting, every shard is on this node, and, with O(keep_local) above V(0), its snapshot is still on the node.
        The archive is copied inside the store, so each backup stays complete.
      - Has no effect where each shard of a cluster has an archive of its own (O(cluster_capture)).
    type: int
    default: 0
  parallel:
    description:
      - How many small collections to process at once; large ones are processed one after another.
      - No other collection starts while archives of 128 MiB or more are in progress. Two large ones at once would only share the disk and the network.
    type: int
    default: 4
seealso:
  - module: vectorops.qdrant.qdrant_restore
  - module: vectorops.qdrant.qdrant_backup_info
  - module: vectorops.qdrant.qdrant_backup_verify
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_start
    description: From the first backup to the first restore.
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_proof
    description: What is proven, and what is not.
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_security
    description: What is secret, and which actions a role needs in the store.
"""

EXAMPLES = r"""
- name: Back up this node with the instance role
  vectorops.qdrant.qdrant_backup:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    snapshots_dir: /var/lib/qdrant/snapshots

- name: Back up all nodes of a cluster under one id
  vectorops.qdrant.qdrant_backup:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    backup_id: "{{ backup_id }}"
    expected_nodes: "{{ ansible_play_hosts_all }}"

- name: Back up to an S3-compatible store on premises
  vectorops.qdrant.qdrant_backup:
    endpoint_url: https://s3.example.com
    bucket: my-backups
    access_key: "{{ backup_access_key }}"
    secret_key: "{{ backup_secret_key }}"
"""

RETURN = r"""
ok:
  description: Whether every chosen collection is in the backup.
  returned: always
  type: bool
committed:
  description: Whether the backup exists.
  returned: always
  type: bool
backup_id:
  description: The backup's id.
  returned: always
  type: str
cluster:
  description: Name of the cluster in the repository.
  returned: always
  type: str
node:
  description: Name of the node in the repository.
  returned: always
  type: str
manifest_key:
  description: Key of the manifest in the repository.
  returned: when committed
  type: str
collections:
  description: The collections in the backup.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the collection.
      type: str
      returned: always
    archive:
      description: Key of its archive in the repository.
      type: str
      returned: always
    archive_bytes:
      description: Size of the archive.
      type: int
      returned: always
    sha256:
      description: SHA-256 of the archive.
      type: str
      returned: always
    sent_bytes:
      description: Bytes that were uploaded; 0 for an unchanged collection.
      type: int
      returned: always
    kind:
      description: Whether the archive is of a V(collection) or of a V(shard). With V(shard), C(points) is the count of the whole collection.
      type: str
      returned: always
    copied_from:
      description: Archive of an earlier backup that was copied inside the store.
      type: str
      returned: for an unchanged collection
    taken_in:
      description: Id of the backup that took the snapshot, if the archive was used again without a new one (O(reuse_days)).
      type: str
      returned: for an archive that was used again
    points:
      description: Exact count when the snapshot was taken.
      type: int
      returned: always
    quiet:
      description: Whether the count was the same before and after the snapshot. The archive then holds exactly that many points.
      type: bool
      returned: always
    shards:
      description: Ids of the shards that are in the archive.
      type: list
      elements: int
      returned: always
    warnings:
      description: Warnings about this archive.
      type: list
      elements: str
      returned: always
    suspect:
      description: Why the archive is suspect.
      type: str
      returned: if it is suspect
    seconds:
      description: Seconds that each step took.
      type: dict
      returned: always
shards_elsewhere:
  description: With O(cluster_capture=shard), collections of which this node stores no shard in this backup. Other nodes store them.
  returned: always
  type: list
  elements: str
failures:
  description: Collections that are not in the backup, and why.
  returned: always
  type: list
  elements: dict
suspect:
  description: Why the backup as a whole is suspect (C(why)), and the collections and aliases that disappeared since the last one (C(gone)).
  returned: if it is suspect
  type: dict
rotated:
  description: Snapshots that were deleted from the node.
  returned: always
  type: list
  elements: dict
unused:
  description: Keys below this backup that are not part of it, because a collection failed after its upload, a copy was not needed, or a run was killed.
  returned: always
  type: list
  elements: str
sent_bytes:
  description: Archive bytes uploaded.
  returned: always
  type: int
seconds:
  description: Seconds that the backup took.
  returned: always
  type: float
plan:
  description: What the backup does; in check mode, what it would do.
  returned: always
  type: dict
"""

from ansible_collections.vectorops.qdrant.plugins.module_utils._ansible import run_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import back_up


def main() -> None:
    run_module(back_up)


if __name__ == "__main__":
    main()
