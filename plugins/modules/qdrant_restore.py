#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: qdrant_restore
short_description: Restore Qdrant collections, and prove that they match the backup
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Restores collections from a backup in the repository, from a snapshot that the node lists, from an archive on the target host, or from a URL.
  - The module checks everything that it can before it changes anything. It refuses if the server's version does not
    fit, the name is taken, an alias has the name, vectors or shards differ, archives are missing or truncated, disk space is short,
    or another recover runs. A refusal lists all reasons and changes nothing. If it is about some collections only, it has the command that
    restores the others (O(exclude)).
  - After the restore, the exact count, sampled points (payloads and vectors), queries and payload indexes are compared with the backup.
    A restore that cannot be proven fails.
  - A recover that failed is never accepted because the collection looks right. The module waits until the recover has ended, then repeats it completely, or
    removes its partial result.
  - An existing collection is overwritten only with O(mode=replace). Before that, the whole archive is read if it is in the repository, a safety snapshot
    is taken and kept, and an intent is written to O(state_dir). The intent stays until the collection is proven.
  - With O(mode=switch), the collection that clients use is not touched while another one is restored beside it and proven. Then all its aliases are moved
    in one call, and O(roll_back) moves them back.
  - If the result of a replacement is in doubt, the recover is repeated completely. If this fails too, the safety snapshot is recovered. If only the proof
    fails, nothing is rolled back. RV(failures) has the command that keeps the restored data, and the command that goes back.
  - With O(nodes), one run restores a whole cluster. The collection is created, and each shard's archive is given to every node that holds the shard, nodes
    side by side; then all replicas are compared with each other and with the backup. O(url) is not used then.
  - With O(points), single points of a backup are put back into the live collection instead. Nothing is deleted, and points that were written
    since the comparison are left alone. This needs the Python library C(qdrant-edge-py) and Python 3.10 or later.
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
    details:
      - The collections and aliases before and after, one for each line.
  idempotent:
    support: partial
    details:
      - With O(mode=missing), a second run changes nothing.
      - With O(mode=switch) and with O(roll_back), a second run changes nothing.
      - With O(mode=new), a second run refuses, because the collection then exists. If the first run was killed, the second one continues it.
  action_group:
    support: full
    membership:
      - vectorops.qdrant.qdrant
      - vectorops.qdrant.repository
options:
  collections:
    description:
      - Collections by name or glob; default is every collection of the backup. An empty list is an error.
      - For O(snapshot), O(src) and O(snapshot_url), the one collection that the archive belongs to. It can be omitted if the archive's file name contains it.
    type: list
    elements: str
  exclude:
    description:
      - Collections, by name or glob, that are not restored. If a restore of many collections is refused because of a few of them, the
        refusal has the command that excludes these.
      - Excluded collections are listed in RV(excluded) and in a warning. RV(ok) is about the others.
      - An entry that matches no collection that would be restored is an error, and so is to exclude all of them.
    type: list
    elements: str
    version_added: 0.3.0
  backup_id:
    description:
      - A backup id, or V(latest).
      - If two servers backed up under the same O(node), this server restores the other server's backups only
        if you set their id.
    type: str
    default: latest
  before:
    description:
      - The newest backup from this time or before (UTC), for example V(2026-11-22T19:00:00Z).
    type: str
  name:
    description:
      - Name to restore to; default is the collection's own. Only for a single collection.
      - It can have 197 bytes. Qdrant cannot create snapshots of a collection with a longer name.
    type: str
    aliases: [restore_as]
  mode:
    description:
      - V(new) needs a free name. If the nodes of a cluster restore one after another from the same backup, the first node creates the collection
        and each other node adds its part.
      - V(missing) restores the collections that do not exist. Those that exist are compared with the backup and left alone; RV(left_alone) has the results.
        A collection that may be incomplete or mixed is refused, or restored again if an interrupted restore of this backup created it.
      - V(replace) overwrites an existing collection. Reads fail for moments, and writes made since the backup are lost.
      - V(switch) restores beside the collection that clients use, to C(NAME__BACKUPID) or O(name), proves it, and then moves all aliases of that
        collection in one call. A client reads the old data or the new data, and never gets an error. The old collection stays (O(keep_old)).
        It is refused if the collection received writes since the backup (O(accept_write_loss)), and if clients use the collection's own name (O(accept_gap)).
      - V(repair) needs O(nodes). Of a collection that exists, it restores only the shards that no healthy replica holds, on every node that holds them.
        All other replicas are left to Qdrant; the plan names them, with the calls for those that Qdrant does not replicate by itself.
    type: str
    choices: [new, missing, replace, switch, repair]
    default: new
  nodes:
    description:
      - Restore a whole cluster at once. The address of the REST API of every node of the cluster, by the node's name, never a load balancer's.
        O(api_key) and the certificate options are for all of them.
      - A peer of the cluster without an address here is a refusal, and so are nodes of different versions and a collection that is being resharded.
        One node that does not run in cluster mode is allowed; collections with custom sharding are refused there.
      - Every shard is recovered with V(no_sync) on each node that holds it, so O(priority) has no effect. O(delivery) can be V(url), V(upload) or V(auto).
      - With O(mode=switch) and O(keep_old=false), the snapshot of the old collection is one of each node that holds shards of it.
      - With O(roll_back), the aliases are moved back for the whole cluster. Name the same nodes on the same host.
      - Run it on one host only, for example with C(run_once).
    type: dict
  keep_old:
    description:
      - Whether O(mode=switch) keeps the collection that the aliases pointed to before. If not, a safety snapshot of it is taken and read, and it is
        deleted at the end.
    type: bool
    default: true
  accept_gap:
    description:
      - Whether O(mode=switch) may delete a collection that clients use by its own name. Qdrant refuses an alias with the name of a collection, so the
        collection is deleted right before its name becomes an alias. Reads get 404 for about 60 ms.
      - A safety snapshot of the old collection is taken and read before, and the new collection is proven.
    type: bool
    default: false
  roll_back:
    description:
      - Alias that the last O(mode=switch) on this host moved. All aliases of that switch are moved back in one call, and nothing is restored.
        No repository is needed. The restored collection stays.
    type: str
  alias:
    description:
      - Alias to create for the restored collection. An alias that points to another collection is never repointed.
      - With O(mode=switch), an alias of the collection that clients use. It selects that collection if the backup's name does not.
    type: str
  restore_aliases:
    description:
      - Whether to create the aliases recorded in the backup. An alias that points to another collection is never repointed.
    type: bool
    default: false
  restore_quotas:
    description:
      - Whether to set the quotas recorded in the backup, limits of memory and disk of the whole cluster. Qdrant 1.19 and later have
        them, and no snapshot holds them.
    type: bool
    default: false
  delivery:
    description:
      - How the node gets the archive. V(url) sends it a presigned URL of the store, valid for 15 minutes; the node downloads and unpacks the archive.
      - V(file) copies the archive to O(snapshots_dir). V(upload) sends it through the API.
      - V(auto) uses the first of these that is possible, and the next one if it fails; RV(collections[].tried) says why.
    type: str
    choices: [auto, url, file, upload]
    default: auto
  snapshot:
    description:
      - Restore this snapshot of the node instead of a backup. If its collection does not exist any more, O(snapshots_dir) is required.
    type: str
  src:
    description:
      - Restore this archive on the target host instead of a backup.
    type: path
  snapshot_url:
    description:
      - Restore the archive at this URL instead of a backup. The target host reads it once before the node does.
    type: str
  checksum:
    description:
      - SHA-256 of the archive that O(snapshot), O(src) or O(snapshot_url) names.
    type: str
  priority:
    description:
      - Whether the snapshot's or the replicas' data takes precedence if other replicas exist. On a single node, every value overwrites.
      - V(replica) is refused on a node of a cluster, because Qdrant then stops the consensus of all nodes.
    type: str
    choices: [snapshot, replica, no_sync]
    default: snapshot
  accept_write_loss:
    description:
      - Whether O(mode=replace) may overwrite a collection that receives writes. Those writes are lost.
      - Whether O(mode=switch) may move the aliases although the collection received writes since the backup. They stay in the old collection.
      - Whether O(points=changed) may overwrite points. Their present payloads and vectors are lost.
    type: bool
    default: false
  allow_incomplete:
    description:
      - Whether to restore a backup although shards of the chosen collections are in no node's archive. The points of those shards stay missing.
    type: bool
    default: false
  rpo:
    description:
      - How old the backup may be that is restored, for example V(26h). A warning has both times if it is older.
    type: str
  storage_dir:
    description:
      - The node's storage folder as this host sees it, to check its free space. A recover unpacks there.
      - Default is C(storage) beside O(snapshots_dir), if this host can see it.
    type: path
  ready_timeout:
    description:
      - Seconds to wait until the restored collection is ready.
    type: float
    default: 600.0
  wait_for:
    description:
      - V(data) waits until all replicas are active, no shard is moved and no update is queued.
        The data is then complete, even if an optimizer still works (for example, builds HNSW); RV(collections[].optimizing) reports this.
      - V(green) also waits for the optimizer, O(ready_timeout) at most.
    type: str
    choices: [data, green]
    default: data
  parallel:
    description:
      - How many small collections to process at once; large ones are processed one after another.
      - Archives that are restored at the same time have at most 256 MiB together, and less if disk space is short.
    type: int
    default: 4
  silence_timeout:
    description:
      - Seconds without progress, beyond the transfer time, after which a recover counts as failed.
      - If this host can see bytes arrive (in an upload, or below the folder C(storage) beside O(snapshots_dir)), only the time
        without new bytes counts, even if the transfer is slow.
        Otherwise the transfer time is estimated from the archive's size and the rate at which this host has read its first bytes. If the store does not answer
        that read, the restore fails before the node is asked.
    type: float
    default: 120.0
  record:
    description:
      - Whether the proof is written to the repository. If the store denies it, a warning says so.
    type: bool
    default: true
  report:
    description:
      - Files on the host to write the report to. The suffix is the format, V(.html), V(.md), V(.xml) (JUnit) or V(.json).
      - They are also written if a collection failed, but not if the restore was refused.
    type: list
    elements: str
    version_added: 0.3.0
  points:
    description:
      - Put points of the backup back into the live collection, and nothing else. O(collections) is then one name, and O(name) the live collection.
      - V(missing) adds those that the live collection lacks. V(changed) overwrites those that differ; it needs O(accept_write_loss=true).
      - The backup is compared with the collection first. In check mode, only this is done.
    type: str
    choices: [missing, changed]
    version_added: 0.3.0
  filter:
    description:
      - Only points that match this filter, in Qdrant's JSON. It is applied to the backup. For O(points).
    type: json
    version_added: 0.3.0
  ids:
    description:
      - Only points with these ids. Combined with O(filter), both must match.
    type: list
    elements: str
    version_added: 0.3.0
  ids_file:
    description:
      - Only points whose ids are in this file on the target, one a line. Combined with O(ids), each of both counts.
    type: path
    version_added: 0.3.0
  live_snapshot:
    description:
      - Whether the live side is read from a fresh snapshot of the node instead of its API. This is faster for large collections.
      - Every shard must be on this node, and the lock of the node is held. The snapshot is deleted as soon as it was copied to O(scratch_dir).
      - Missing points are found by their ids alone, so that O(points=missing) needs no snapshot.
    type: bool
    default: false
    version_added: 0.3.0
  open_with:
    description:
      - What opens the backup. V(engine) is Qdrant's embedded engine (C(qdrant-edge-py), Python 3.10 or later).
      - V(node) restores it under a throw-away name on the node, and deletes that collection at the end. It needs O(storage_dir), room on the
        node's disk for twice the archive, and a collection whose shards are all in one archive. It is not done in check mode.
      - V(auto) takes the engine where it is installed, else the node.
    type: str
    choices: [auto, engine, node]
    default: auto
    version_added: 0.3.0
  points_rate:
    description:
      - The most points that are put back in a second; V(0) for any number.
    type: int
    default: 0
    version_added: 0.3.0
  scratch_dir:
    description:
      - Folder where the archive is unpacked, for O(points). The default is C(/var/tmp).
      - It needs twice the size of the archive, and 128 MiB for each shard. Nothing is left there.
    type: path
    version_added: 0.3.0
  engine_memory:
    description:
      - Memory that opening the archive may take (suffixes K, M, G). Mapped files do not count.
    type: str
    default: 2G
    version_added: 0.3.0
  engine_timeout:
    description:
      - Time that one job of the engine may take. A second is added for each 20 MiB of the archive.
    type: str
    default: 15m
    version_added: 0.3.0
seealso:
  - module: vectorops.qdrant.qdrant_backup
  - module: vectorops.qdrant.qdrant_backup_info
  - module: vectorops.qdrant.qdrant_backup_diff_info
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_undo_delete
    description: How to put single points back.
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_restore
    description: Which command to use, and what a refusal means.
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_proof
    description: What is proven, and what is not.
"""

EXAMPLES = r"""
- name: Restore everything from the newest backup
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

- name: Restore the collections that are missing; a second run changes nothing
  vectorops.qdrant.qdrant_restore:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    mode: missing

- name: Restore everything except a collection whose archive is lost
  vectorops.qdrant.qdrant_restore:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    exclude: [notes]

- name: Restore yesterday's state to another name
  vectorops.qdrant.qdrant_restore:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    collections: [articles]
    backup_id: 20261121T190000Z
    restore_as: articles_yesterday

- name: Overwrite a damaged collection with a backup from before the damage
  vectorops.qdrant.qdrant_restore:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    collections: [articles]
    backup_id: 20261121T190000Z
    mode: replace

- name: Restore beside the live collection, and move its aliases when the new one is proven
  vectorops.qdrant.qdrant_restore:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    collections: [articles]
    backup_id: 20261121T190000Z
    mode: switch
    accept_write_loss: true

- name: Move the aliases back
  vectorops.qdrant.qdrant_restore:
    roll_back: live

- name: Put back the points of one topic that were deleted by mistake
  vectorops.qdrant.qdrant_restore:
    bucket: my-backups
    cluster: search
    node: "{{ inventory_hostname }}"
    collections: [articles]
    points: missing
    filter:
      must:
        - key: topic
          match:
            value: news

- name: Restore a cluster, once for all of its nodes
  vectorops.qdrant.qdrant_restore:
    nodes:
      node-a: http://10.0.0.1:6333
      node-b: http://10.0.0.2:6333
      node-c: http://10.0.0.3:6333
    bucket: my-backups
    cluster: search
    restore_aliases: true
  run_once: true

- name: Restore an archive file on the host
  vectorops.qdrant.qdrant_restore:
    src: /root/articles-123-2026-11-22-19-00-00.snapshot
"""

RETURN = r"""
rolled_back:
  description:
    - The C(aliases) that were moved, the collections they were moved C(from) and C(to), and the points of both (C(points_from), C(points)).
      The list is empty if they already pointed there.
  returned: with O(roll_back)
  type: dict
ok:
  description: Whether every chosen collection was restored and nothing differs from its backup. What is excluded (RV(excluded)) was not chosen.
  returned: always
  type: bool
plan:
  description: What the restore does; in check mode, what it would do.
  returned: always
  type: dict
  contains:
    operation:
      description: The planned operation.
      type: str
      returned: always
    subject:
      description: What the operation is applied to.
      type: str
      returned: always
    steps:
      description: The steps in order, each with C(action), C(subject), the bytes it moves, and whether it is C(destructive).
      type: list
      elements: dict
      returned: always
    refusals:
      description:
        - Reasons not to start, each with C(code), C(message) and C(next), and with C(collections) if it is about some collections only.
      type: list
      elements: dict
      returned: always
    warnings:
      description: Warnings before the start.
      type: list
      elements: str
      returned: always
    bytes:
      description: Bytes that the steps move.
      type: int
      returned: always
    summary:
      description:
        - What the restore reads, needs and costs; C(archives), C(bytes), C(storage_classes), C(needed_bytes) (of a cluster, on each node, as
          C(needed_on) says) and C(free_bytes) of disk space, C(versions) of Qdrant, C(backup_id), C(age_seconds) and C(rpo_seconds), the
          C(grades) that were proven so far, and the collections that exist (C(exists)).
        - C(expected_seconds) is computed from earlier restores from this repository (C(measured)). Both are null if there were none.
      type: dict
      returned: without O(points)
diff:
  description: C(before) and C(after), the collections and aliases of the target as text.
  returned: with C(--diff)
  type: dict
seconds:
  description:
    - Seconds of the phases. V(plan) ends when the plan is made, V(restore) when the last proof is recorded, V(finish) when the aliases
      are set. V(total) is the sum.
  returned: always
  type: dict
left_alone:
  description: With O(mode=missing), the collections that existed. They were compared with the backup and not changed.
  returned: always
  type: list
  elements: dict
  contains:
    collection:
      description: Name of the collection in the backup.
      type: str
      returned: always
    name:
      description: Name on the node.
      type: str
      returned: always
    backup_id:
      description: Id of the backup that it was compared with.
      type: str
      returned: always
    standing:
      description: V(present).
      type: str
      returned: always
    points:
      description: Exact count of the collection.
      type: int
      returned: always
    expected_points:
      description: Exact count when the backup was made.
      type: int
      returned: always
    agrees:
      description: Whether nothing differs from the backup; null if there was nothing to compare with.
      type: bool
      returned: always
    compared:
      description: What was compared, as in RV(collections[].compared). C(hash) is always false, because no archive was read.
      type: dict
      returned: always
    differences:
      description: What differs from the backup.
      type: list
      elements: str
      returned: always
    seconds:
      description: Seconds that the comparison took.
      type: dict
      returned: always
collections:
  description: The restored collections.
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
      description: Id of the backup; empty for an archive that is in no backup.
      type: str
      returned: always
    sha256:
      description: SHA-256 of the archive.
      type: str
      returned: always
    warnings:
      description: Warnings about this collection.
      type: list
      elements: str
      returned: always
    mode:
      description: V(new), V(replace) or V(switch).
      type: str
      returned: always
    delivery:
      description: How the node got the archive.
      type: str
      returned: always
    tried:
      description: Deliveries that failed before, each with its error.
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
    standing:
      description: State of the collection; V(proven) for each that is listed here.
      type: str
      returned: always
    optimizing:
      description: Whether an optimizer still worked when the data was complete.
      type: bool
      returned: always
    whole:
      description: Whether every shard was restored; false if archives of other nodes of the cluster hold the rest.
      type: bool
      returned: always
    proven:
      description: Whether the backup has probes and all of them matched.
      type: bool
      returned: always
    grade:
      description: How far this restore has proven the archive.
      type: int
      returned: always
    compared:
      description:
        - What was compared with the backup and matched. C(hash) is the archive's checksum, C(count) the exact count,
          C(points) and C(queries) are numbers of points and queries.
      type: dict
      returned: always
    proof_key:
      description: Key of the proof that was recorded.
      type: str
      returned: for a backup, with O(record=true)
    proof:
      description: What was compared, and the results.
      type: dict
      returned: if the backup has probes
    safety_snapshot:
      description: Snapshot of the collection before it was replaced; it stays on the node.
      type: str
      returned: with O(mode=replace)
    switched:
      description:
        - The collection that clients used before (C(from)) with its number of points (C(points_before)), the C(aliases) that were moved, whether the old
          collection still exists (C(old_kept)), the C(safety_snapshot) of a deleted one, and the command that moves the aliases back (C(roll_back)).
      type: dict
      returned: with O(mode=switch)
    aliases:
      description: Requested aliases that now point to the collection.
      type: list
      elements: str
      returned: always
    shards:
      description: Each shard on each node, with C(standing), C(delivery), C(tried), C(seconds), and C(error) if it failed.
      type: list
      elements: dict
      returned: with O(nodes)
    in_doubt:
      description: Shards whose contents are in doubt, as C(SHARD@NODE).
      type: list
      elements: str
      returned: with O(nodes)
    lacking_shards:
      description: Shards that are in no archive of the backup, and are empty.
      type: list
      elements: int
      returned: with O(nodes)
    left_to_qdrant:
      description: With O(mode=repair), replicas that Qdrant makes, each with C(shard), C(node), C(why) and the C(call) for it if one is needed.
      type: list
      elements: dict
      returned: with O(nodes)
    safety_snapshots:
      description: Snapshots of shards before they were replaced, each with C(shard), C(node) and C(snapshot).
      type: list
      elements: dict
      returned: with O(nodes), if there are any
    seconds:
      description: Seconds that each step took.
      type: dict
      returned: always
failures:
  description:
    - The collections that could not be restored or proven, and the aliases that could not be set on a restored collection.
    - Each with what was attempted (C(attempted), C(on)), the error (C(said)), and what to do next (C(next)).
  returned: always
  type: list
  elements: dict
  contains:
    collection:
      description: Name of the collection in the backup.
      type: str
      returned: always
    name:
      description: Name to restore it to.
      type: str
      returned: always
    step:
      description: The step of the plan that failed.
      type: str
      returned: always
    standing:
      description:
        - State of the target. V(untouched), V(cleared) (the previous state was restored), V(asked) (the node may still be recovering),
          V(in doubt) (contents may be mixed), V(whole) (recovered completely, not proven), V(unproven) (recovered completely, but not what was backed up),
          V(proven) (restored and proven; an alias could not be set).
      type: str
      returned: always
    done:
      description: The steps that were done.
      type: list
      elements: str
      returned: always
    tried:
      description: Deliveries that failed, each with its error.
      type: list
      elements: dict
      returned: always
    safety_snapshot:
      description: Snapshot of the previous state. It stays on the node.
      type: str
      returned: if one was taken
    proof:
      description: What was compared, and the result.
      type: dict
      returned: if the proof failed
    alias:
      description: The alias that could not be set.
      type: str
      returned: if only an alias is missing
    shards:
      description: Each shard on each node, as in RV(collections[].shards).
      type: list
      elements: dict
      returned: with O(nodes)
    in_doubt:
      description: Shards whose contents are in doubt, as C(SHARD@NODE).
      type: list
      elements: str
      returned: with O(nodes)
    command:
      description: The call that sets the alias.
      type: str
      returned: if only an alias is missing
not_done:
  description: Collections that were not started, because an earlier one failed.
  returned: always
  type: list
  elements: str
reports:
  description: Absolute paths of the files that were written.
  returned: without O(points)
  type: list
  elements: str
applied:
  description: Whether points were put back; false in check mode.
  returned: with O(points)
  type: bool
collection:
  description: Name of the collection in the backup.
  returned: with O(points)
  type: str
name:
  description: The live collection.
  returned: with O(points)
  type: str
backup_id:
  description: Id of the backup.
  returned: with O(points)
  type: str
nodes:
  description: The nodes whose archives were read.
  returned: with O(points)
  type: list
  elements: str
opened_with:
  description: What opened the backup, V(engine) or V(node).
  returned: with O(points)
  type: str
points_mode:
  description: V(missing) or V(changed).
  returned: with O(points)
  type: str
points:
  description: Numbers of points in the comparison before the first write, as of M(vectorops.qdrant.qdrant_backup_diff_info).
  returned: with O(points)
  type: dict
samples:
  description: The first ids of C(missing) or C(changed) points.
  returned: with O(points)
  type: dict
selected:
  description: Whether O(filter), O(ids) or O(ids_file) chose points.
  returned: with O(points)
  type: bool
put_back:
  description: Points that were put back. Each was read again, and is as in the backup.
  returned: with O(points)
  type: int
batches:
  description: Writes that were made.
  returned: with O(points)
  type: int
already:
  description: Points that were as in the backup right before their batch.
  returned: with O(points)
  type: int
points_left_alone:
  description: Points that were left alone because a client wrote or deleted them since the comparison.
  returned: with O(points)
  type: int
skipped:
  description: The first 1000 of them, each with C(id) and C(why).
  returned: with O(points)
  type: list
  elements: dict
after:
  description: Numbers of points in the comparison after the last write.
  returned: with O(points), if something was written
  type: dict
excluded:
  description: Collections of the backup that O(exclude) matched. They were not restored.
  returned: without O(points)
  type: list
  elements: str
left_out:
  description:
    - Chosen collections for which there was nothing to do. Either this node had no shard of them, so its backup holds nothing of them,
      or other nodes of the cluster have already restored them.
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
