#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: qdrant_drill
short_description: Restore a backup for proof, measure it and judge it
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Restores collections of a backup for proof, times each phase, compares the data with the time of the backup, and cleans up.
  - The drill passes only if every chosen collection is loaded and agrees, and O(rpo) and O(rto) are met. The module fails if it does not pass.
  - A collection passes if its exact count or at least eight sampled points agree. A collection that was only loaded fails.
  - Records the drill in the repository, with its proof beside the backup. M(vectorops.qdrant.qdrant_backup_status_info) shows the last one.
  - With O(target=engine) it needs no server, but the Python library C(qdrant-edge-py) and Python 3.10 or later.
  - With O(target=scratch) and O(target=same), each collection is restored as C(COLLECTION__drill_BACKUP), one at a time, and always deleted.
    Backups never include such names. If the drill is killed, the next drill or backup on this host deletes it.
  - One drill at a time runs for a node. With O(target=engine), backups go on during the drill.
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
      - Every drill with O(record=true) adds a record, and so changes the repository.
  action_group:
    support: full
    membership:
      - vectorops.qdrant.qdrant
      - vectorops.qdrant.repository
options:
  collections:
    description:
      - Drill only these collections, by name or glob. The recovery time is scaled to the whole backup by bytes.
    type: list
    elements: str
  backup_id:
    description:
      - Backup to drill. An id, V(latest), V(random) for any one of the node's, or V(all) of them.
    type: str
    default: latest
  target:
    description:
      - Where the backup is restored.
      - V(engine) opens the archives in Qdrant's embedded engine on this host, in a child process with limits.
      - V(scratch) restores to the node at O(scratch_url).
      - V(same) restores to the node at O(url). It is refused if its disk or memory has no room, if its free space is unknown, if the host's
        load is above O(max_load), or if the node creates or recovers a snapshot.
      - V(scratch) and V(same) are refused if the node belongs to a cluster of several nodes.
      - If a backup is a part of a cluster's, V(scratch) and V(same) restore whole collections, with the archives of all nodes. Collections with shard keys
        are refused unless the node runs with cluster mode enabled. V(engine) opens the part of one node, or with O(all_nodes) those of all.
    type: str
    choices: [engine, scratch, same]
    default: engine
  all_nodes:
    description:
      - Whether the parts of all nodes of the cluster are drilled, not only those of O(node). A live target always gets whole collections.
      - The drill fails if a shard of a collection is in no archive.
      - O(rto) is compared with the seconds for the part of each node.
    type: bool
    default: false
  scratch_url:
    description:
      - Address of the scratch node's REST API, for O(target=scratch). The TLS options are those of O(url).
    type: str
  scratch_api_key:
    description:
      - API key of the scratch node. O(api_key) is never sent to it.
    type: str
  rpo:
    description:
      - The most time that a disaster may lose, for example V(2h).
      - It is compared with the age of the newest backup at the time of the drill, or with the gap between an older backup and the next one.
    type: str
  rto:
    description:
      - The most time that bringing the whole backup back may take, for example V(30m).
      - It is compared with the seconds that finding, fetching, loading and proving took, one collection after another.
    type: str
  max_load:
    description:
      - Load for each processor above which O(target=same) does not start. It is known only if O(url) is on this host.
    type: float
    default: 1.0
  scratch_dir:
    description:
      - Folder where archives are unpacked for O(target=engine). The default is C(/var/tmp).
    type: path
  engine_memory:
    description:
      - Memory that opening one archive may take (suffixes K, M, G). Mapped files do not count.
    type: str
    default: 2G
  engine_timeout:
    description:
      - Time that opening one archive may take. A second is added for each 20 MiB of the archive.
    type: str
    default: 15m
  storage_dir:
    description:
      - The node's storage folder as this host sees it, to check its free space. O(target=same) needs it, or O(snapshots_dir).
    type: path
  delivery:
    description:
      - How a live node gets the archive, as in M(vectorops.qdrant.qdrant_restore).
    type: str
    choices: [auto, url, file, upload]
    default: auto
  ready_timeout:
    description:
      - Seconds to wait until a restored collection is ready.
    type: float
    default: 600.0
  silence_timeout:
    description:
      - Seconds without progress, beyond the transfer time, after which a recover counts as failed.
    type: float
    default: 120.0
  report:
    description:
      - Files on the host to write the report to. The suffix is the format, V(.html), V(.md), V(.xml) (JUnit) or V(.json).
    type: list
    elements: str
  record:
    description:
      - Whether the drill and its proof are written to the repository.
    type: bool
    default: true
seealso:
  - module: vectorops.qdrant.qdrant_backup_verify
  - module: vectorops.qdrant.qdrant_restore
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_drill
    description: What a drill proves, its targets, and its report.
"""

EXAMPLES = r"""
- name: Drill the newest backup of this node, and write a report
  vectorops.qdrant.qdrant_drill:
    bucket: my-backups
    cluster: search
    rpo: 2h
    rto: 30m
    report: [/var/tmp/drill.html]

- name: Drill any one backup on a scratch node
  vectorops.qdrant.qdrant_drill:
    bucket: my-backups
    cluster: search
    node: node-a
    backup_id: random
    target: scratch
    scratch_url: http://scratch.example.com:6333

- name: Show what a drill would do
  vectorops.qdrant.qdrant_drill:
    bucket: my-backups
    cluster: search
  check_mode: true
"""

RETURN = r"""
drill:
  description:
    - The record. C(passed) is the verdict; C(target), C(where), C(at), C(by), C(node) and C(cluster) say what was done where.
    - C(backups) has each backup with C(rpo) and C(rto) (C(target), C(measured), C(by), C(met)), its C(grade), its C(reasons) for not passing, and
      C(collections) with C(phases), C(points), C(expected), C(compared), and the C(phase) that failed.
  returned: except in check mode
  type: dict
drill_key:
  description: Key of the record in the repository.
  returned: if the drill was recorded, else none
  type: str
reports:
  description: Absolute paths of the files that were written.
  returned: always
  type: list
  elements: str
failures:
  description: Why the drill did not pass, each with C(name), C(phase) and C(message).
  returned: always
  type: list
  elements: dict
plan:
  description: What is done; in check mode, what would be done.
  returned: always
  type: dict
"""

from ansible_collections.vectorops.qdrant.plugins.module_utils._ansible import run_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import drill


def main() -> None:
    run_module(drill)


if __name__ == "__main__":
    main()
