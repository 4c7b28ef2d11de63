# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup of a cluster and its nodes, as values, for tests."""

from __future__ import annotations

import dataclasses

from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.covering import (
    Found,
    Part,
    archived,
    lacking,
    missing,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.values import FleetFacts, Member, Replica, View
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import layout
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import (
    ArchiveEntry,
    CollectionEntry,
    Manifest,
    NodeEntry,
    PointsEntry,
    ShardsEntry,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.history import History
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import RestoreFacts, Target

ID = "20261122T190000Z"
NODES = ("node-a", "node-b", "node-c")
PEERS = {"node-a": 11, "node-b": 22, "node-c": 33}
HOLDERS = {0: (11, 22), 1: (22, 33), 2: (33, 11)}  # replication factor 2


def config(shards=3, copies=2, **params):
    vectors = {"size": 4, "distance": "Cosine"}
    return {"params": {"vectors": vectors, "shard_number": shards, "replication_factor": copies, **params}}


def known_of(holders=None, keys=None):
    return {
        str(shard): {"state": "Active", "key": (keys or {}).get(shard), "peers": list(peers)}
        for shard, peers in (holders or HOLDERS).items()
    }


def entry(node, captured, name="articles", kind="shard", known=None, size=1000, about=None, **changes):
    number = captured[0] if kind == "shard" else PEERS[node]
    word = f"shard-{number}" if kind == "shard" else str(number)
    key = layout.archive_key("prod", node, ID, name, f"{name}-{word}-2026-11-22-19-00-01.snapshot")
    return CollectionEntry(
        name=name,
        kind=kind,
        archive=ArchiveEntry(key=key, bytes=size, sha256="a" * 64),
        config=about or config(),
        payload_schema={"tag": {"data_type": "keyword", "points": 7}},
        shards=ShardsEntry(tuple(captured), known or known_of()),
        points=PointsEntry(300, 300, True),
        probe={"format": 1, "counts": {"before": 300, "after": 300, "quiet": True}},
        extra={"shard_points": 100} if kind == "shard" else {},
        **changes,
    )


def manifest(node, *entries, version="1.18.3", aliases=None, **changes):
    return Manifest(
        backup_id=ID,
        cluster="prod",
        node=NodeEntry(node, PEERS[node], version),
        tool_version="0.1.0",
        started_at="2026-11-22T19:00:00Z",
        finished_at="2026-11-22T19:00:09Z",
        expected_nodes=NODES,
        aliases={"live": "articles"} if aliases is None else aliases,
        collections=tuple(entries),
        **changes,
    )


def backup(*manifests, lost=(), absent=(), unread=None):
    """The manifests as they were found. lost: keys of archives that the store does not hold."""
    manifests = manifests or tuple(manifest(node, entry(node, (shard,))) for shard, node in enumerate(NODES))
    parts = tuple(
        Part(one, {e.archive.key: {"problems": ("gone",)} for e in one.collections if e.archive.key in lost})
        for one in manifests
    )
    names = sorted({e.name for one in manifests for e in one.collections})
    names = sorted({*names, *(name for one in manifests for name in one.shards_elsewhere)})
    return Found(ID, parts, tuple(names), tuple(absent), unread or {})


def member(name, peers=None, **changes):
    every = {PEERS[other]: f"http://{other}:6335/" for other in NODES} if peers is None else peers
    base = Member(name, f"http://{name}:6333", "1.18.3", True, PEERS.get(name), every)
    return dataclasses.replace(base, **changes)


MEMBERS = tuple(member(name) for name in NODES)
ALONE = Member("node-a", "http://node-a:6333", "1.18.3")


def view(holders=None, states=None, why=None, keys=None, counts=None, **changes):
    """states and why: by (shard, peer)."""
    names = {peer: name for name, peer in PEERS.items()}
    replicas = tuple(
        Replica(
            shard,
            peer,
            names.get(peer, ""),
            (states or {}).get((shard, peer), "Active"),
            (keys or {}).get(shard),
            (counts or {}).get((shard, peer), 100),
            (why or {}).get((shard, peer), ""),
        )
        for shard, peers in (holders or HOLDERS).items()
        for peer in peers
    )
    shards = {shard: (keys or {}).get(shard) for shard, peers in (holders or HOLDERS).items() if peers}
    hidden = len(holders or HOLDERS) - len(shards)
    return dataclasses.replace(View(shards, replicas, hidden=hidden), **changes)


def facts(found=None, members=MEMBERS, targets=None, views=None, newest_whole="", **changes):
    found = found or backup()
    every = tuple(archived(found, name, History()) for name in found.held)
    targets = targets or {}
    pairs = tuple((one.whole, targets.get(one.whole.collection, Target(one.whole.collection))) for one in every)
    base = RestoreFacts(
        node_url=members[0].url,
        version=members[0].version,
        cluster_enabled=members[0].enabled,
        aliases={},
        recoveries_running=0,
        pairs=pairs,
        can_presign=True,
        incomplete=missing(found, every),
        incomplete_of=lacking(found, every),
    )
    base = dataclasses.replace(base, **changes)
    peers = {part.manifest.node.peer_id: part.node for part in found.parts}
    return FleetFacts(tuple(members), base, every, views or {}, peers, newest_whole)


def there(count=300, **changes):
    """The collection as a target that exists."""
    return dataclasses.replace(
        Target("articles", exists=True, config=config(), count=count, payload_schema={}), **changes
    )
