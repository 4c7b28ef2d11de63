#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: qdrant_backup_info
short_description: List the backups of a repository, and how far each is proven
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Lists committed backups, newest first, with their collections, sizes, counts and grades.
  - The list is computed from the manifests in the repository. There is no separate index.
  - Needs no Qdrant node and changes nothing.
  - The grade says how far an archive was proven. V(0) is committed, V(1) read again with the right checksum, V(2) loaded with the right count,
    V(3) loaded with the right probe answers. V(4) as V(3), on a live server by M(vectorops.qdrant.qdrant_drill).
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
      - Show only these collections, by name or glob.
    type: list
    elements: str
  backup_id:
    description:
      - Show only this backup; an id, or V(latest).
    type: str
  before:
    description:
      - Show the newest backup from this time or before (UTC).
    type: str
  limit:
    description:
      - How many of the newest backups to show; V(0) shows all.
      - By default, all are shown, so that filters see all backups. If the repository has thousands of backups, set a limit.
        C(qdrant-backup list) shows 50.
      - Ignored with O(backup_id) and O(before).
    type: int
  state_dir:
    description:
      - Folder for locks, for the intents of restores, and for the cache of manifests.
      - If this folder exists and is writable, a manifest is read from the store only once.
        The module never creates the folder.
    type: path
    default: /var/lib/qdrant-backup
  completeness:
    description:
      - Whether to check that the store holds every archive that the backups name. Finds archives that a lifecycle rule deleted.
      - Without it, only the archives of the newest backup of each node are looked for, by one listing.
    type: bool
    default: false
seealso:
  - module: vectorops.qdrant.qdrant_backup
  - module: vectorops.qdrant.qdrant_backup_verify
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_repository
    description: The keys in the repository, and how to read them.
"""

EXAMPLES = r"""
- name: List the ten newest backups
  vectorops.qdrant.qdrant_backup_info:
    bucket: my-backups
    cluster: search
    limit: 10
  register: backups

- name: Fail when the newest backup is not complete
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
      description:
        - The collections, with C(name), C(kind), C(bytes), C(points), C(grade), C(suspect) and the recorded facts.
        - C(archives) has each archive, with C(shard), C(archive), C(bytes), C(sha256), C(grade), C(proven_at), C(proof_failed), C(lost) and
          C(copied_from).
          C(archive), C(sha256) and C(copied_from) of the collection are those of its only archive, and V(null) if C(kind) is V(shard).
        - C(lost) is why an archive is lost, that is, not in the store or of another size. V(null) if it is not, or if RV(backups[].archives_checked=false).
        - C(in_doubt) is whether it is suspect because a restore of it had not ended when it was backed up.
      type: list
      elements: dict
      returned: always
    failed:
      description: Collections that are not in the backup, each with C(name) and C(error).
      type: list
      elements: dict
      returned: always
    not_selected:
      description: Collections of earlier backups that the run was not asked for.
      type: list
      elements: str
      returned: always
    pushed:
      description: Whether M(vectorops.qdrant.s3_snapshot_sync) pushed it. Such a backup knows only its own collections.
      type: bool
      returned: always
    archives_checked:
      description: Whether the archives were looked for in the store. This is done for the newest backup of each node, and with O(completeness=true) for all.
      type: bool
      returned: always
    aliases:
      description: Alias to collection, as recorded.
      type: dict
      returned: always
    expected_nodes:
      description: Names of the nodes of the cluster, as set for that run.
      type: list
      elements: str
      returned: always
    peer_id:
      description: Peer id of the server that was backed up. Qdrant creates it once for a storage folder.
      type: int
      returned: if the server showed it
    server_before:
      description:
        - For the first backup of another server, the server of the earlier backups. C(peer_id) is its peer id, C(last_backup_id) its last
          backup, C(accepted) is whether the change was allowed with O(vectorops.qdrant.qdrant_backup#module:accept_new_server=true).
      type: dict
      returned: for the first backup of another server
    warnings:
      description: What the backup's run warned of, beside the warnings of single collections.
      type: list
      elements: str
      returned: always
    suspect:
      description: Which collections and aliases of earlier backups were gone when this one was made.
      type: str
      returned: if some were gone
    digest:
      description: SHA-256 of the manifest, as recorded in it. It was checked.
      type: str
      returned: for manifests that have one
    complete:
      description: Whether everything that the cluster had can be restored from this backup. Also V(false) if a manifest could not be read.
      type: bool
      returned: with O(completeness=true)
    completeness:
      description:
        - Missing nodes and shards, lost archives, archives that no manifest names (C(unused)), manifests that could not
          be read (C(unseen)), C(state) (C(complete), C(incomplete) or C(unknown)), and C(text), the same in a few words.
        - C(gaps) has for each collection the C(shards) that are in no archive, their shard keys (C(keys)), and about how many points (C(points)) of
          the collection's (C(of)) they had.
      type: dict
      returned: with O(completeness=true)
total:
  description: Number of backups of the selected nodes; with O(backup_id) or O(before), number of backups with that id.
  returned: always
  type: int
older:
  description: Number of backups that O(limit) left out. They are older than those in RV(backups).
  returned: always
  type: int
drills:
  description: The last drill of each node that had one. Empty if drills may not be listed with these credentials.
  returned: always
  type: list
  elements: dict
  contains:
    node:
      description: Name of the node.
      type: str
    at:
      description: When the drill ended (UTC).
      type: str
    passed:
      description: Whether it passed.
      type: bool
    key:
      description: Key of its record in the repository.
      type: str
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
