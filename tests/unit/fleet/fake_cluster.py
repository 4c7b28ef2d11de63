# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster in memory that does what the conductor asks of its nodes, for tests of the order of calls and of faults."""

from __future__ import annotations

import contextlib
import hashlib
import threading

from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.options import NodeOptions
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.snapshot_storage import FILES
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import (
    Cluster,
    Collection,
    LocalShard,
    RemoteShard,
    ShardView,
    Snapshot,
)


class FakeCluster:
    """contents: sha256 of an archive to (its shard, its points); fault: called before a node takes an archive, may
    raise; log: what was asked, in order."""

    def __init__(self, names, contents, enabled=True):
        self.enabled, self.contents = enabled, contents
        self.nodes = {name: FakeNode(self, name, 11 * (number + 1)) for number, name in enumerate(names)}
        self.collections, self.alias, self.log = {}, {}, []
        self.fault = lambda node, shard: None
        self.one = threading.Lock()
        self.at_work = dict.fromkeys(names, 0)
        self.most_at_work = 0
        self.nodes_at_work = 0

    def options(self):
        return {name: NodeOptions(url=node.url) for name, node in self.nodes.items()}

    def open(self, about, consistency=""):
        """In place of ``Node``."""
        return next(node for node in self.nodes.values() if node.url == about.url)

    def make(self, name, shards, copies, keys=None):
        peers = [node.peer for node in self.nodes.values()]
        self.collections[name] = {
            shard: {"key": (keys or {}).get(shard), "on": {peers[(n + c) % len(peers)]: None for c in range(copies)}}
            for n, shard in enumerate(shards)
        }

    def replicas(self, name):
        return {
            (shard, peer): held for shard, about in self.collections[name].items() for peer, held in about["on"].items()
        }


class FakeNode:
    """One node of it."""

    def __init__(self, cluster, name, peer):
        self.cluster_, self.name, self.peer = cluster, name, peer
        self.url = f"http://{name}:6333"
        self.options = NodeOptions(url=self.url)
        self.config = {}

    def __enter__(self):
        return self

    def __exit__(self, *dummies):
        return None

    def version(self):
        return "1.18.3"

    def cluster(self):
        if not self.cluster_.enabled:
            return Cluster(False, None, {})
        return Cluster(True, self.peer, {node.peer: node.url for node in self.cluster_.nodes.values()})

    def recoveries_running(self, collection=None):
        return 0

    snapshots_running = recoveries_running

    def quotas(self, version):
        return None

    def unreachable(self):
        return ""

    def snapshot_storage(self):
        return FILES

    def aliases(self):
        return dict(self.cluster_.alias)

    def collections(self):
        return sorted(self.cluster_.collections)

    def exists(self, name):
        return name in self.cluster_.collections or name in self.cluster_.alias

    def collection(self, name):
        self._there(name)
        return Collection(name, "green", "ok", self.cluster_.nodes["node-a"].config, {}, 0, 0, 0, [])

    def _there(self, name):
        if name not in self.cluster_.collections:
            raise QdrantError("describe", name, "Not found: no such collection", kind="not_found", status=404)
        return self.cluster_.collections[name]

    def shards(self, name):
        found = self._there(name)
        local = tuple(LocalShard(s, "Active", 0, one["key"]) for s, one in found.items() if self.peer in one["on"])
        remote = tuple(
            RemoteShard(s, peer, "Active", one["key"])
            for s, one in found.items()
            for peer in one["on"]
            if peer != self.peer
        )
        return ShardView(self.peer, len(found), local, remote, 0, 0)

    def shard_count(self, name, shard):
        held = self._there(name)[shard]["on"][self.peer]
        return self.cluster_.contents[held][1] if held else 0

    def count(self, name, filter=None):
        found = self._there(name)
        return sum(
            max((self.cluster_.contents[held][1] for held in one["on"].values() if held), default=0)
            for one in found.values()
        )

    def create_collection(self, name, body):
        self.cluster_.log.append(("create", name))
        self.cluster_.nodes["node-a"].config = {"params": {k: v for k, v in body.items() if k != "hnsw_config"}}
        if body.get("sharding_method") == "custom":
            self.cluster_.collections[name] = {}
        else:
            copies = min(body.get("replication_factor", 1), len(self.cluster_.nodes))
            self.cluster_.make(name, range(body["shard_number"]), copies)

    def create_shard_key(self, name, key, shards_number=1, placement=None):
        self.cluster_.log.append(("key", key, placement))
        found = self.cluster_.collections[name]
        for dummy in range(shards_number):
            found[max(found, default=0) + 1] = {"key": key, "on": dict.fromkeys(placement or [11, 22])}

    def create_index(self, name, field, schema):
        self.cluster_.log.append(("index", field))

    def delete_collection(self, name):
        self.cluster_.log.append(("delete", name))
        return self.cluster_.collections.pop(name, None) is not None

    def change_aliases(self, actions):
        for action in actions:
            made = action["create_alias"]
            self.cluster_.alias[made["alias_name"]] = made["collection_name"]

    def create_snapshot(self, scope):
        self.cluster_.log.append(("snapshot", scope.shard_id, self.name))
        return Snapshot(f"before-{scope.shard_id}.snapshot", 1, None, None)

    def wait_recovered(self, collection, deadline, settle=2.0, absent=None):
        self.cluster_.log.append(("wait", self.name))

    def upload(self, scope, path, *, checksum, priority, filename, progress, over):
        cluster = self.cluster_
        with self._working():
            cluster.fault(self.name, scope.shard_id)
            with open(path, "rb") as stream:
                found = hashlib.sha256(stream.read()).hexdigest()
            assert found == checksum and priority == "no_sync"
            with cluster.one:
                cluster.collections[scope.name][scope.shard_id]["on"][self.peer] = found
                cluster.log.append(("recover", scope.shard_id, self.name))

    @contextlib.contextmanager
    def _working(self):
        cluster = self.cluster_
        with cluster.one:
            cluster.at_work[self.name] += 1
            cluster.most_at_work = max(cluster.most_at_work, cluster.at_work[self.name])
            cluster.nodes_at_work = max(cluster.nodes_at_work, sum(1 for many in cluster.at_work.values() if many))
        try:
            yield
        finally:
            with cluster.one:
                cluster.at_work[self.name] -= 1
