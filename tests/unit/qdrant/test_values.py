# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers as values; the JSON is what Qdrant 1.18.3 answered."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import (
    Cluster,
    Collection,
    Point,
    ShardView,
    Snapshot,
)


def about(**params: Any) -> dict[str, Any]:
    return {
        "status": "green",
        "optimizer_status": "ok",
        "indexed_vectors_count": 0,
        "points_count": 50,
        "config": {"params": {"shard_number": 1, "replication_factor": 1, **params}},
        "payload_schema": {"topic": {"data_type": "keyword", "points": 50}},
        "update_queue": {"length": 3},
    }


@pytest.mark.parametrize("checksum", [None, "", "abc", "g" * 64, "0" * 63, 7])
def test_a_checksum_that_is_none_is_not_kept(checksum: Any) -> None:
    snapshot = Snapshot.from_json({"name": "x.snapshot", "size": 5, "creation_time": None, "checksum": checksum})
    assert snapshot == Snapshot("x.snapshot", 5, None, None)


def test_a_checksum_is_kept_in_lower_case() -> None:
    assert Snapshot.from_json({"name": "x", "size": 5, "checksum": "AB" * 32}).checksum == "ab" * 32


def test_a_collection_with_one_unnamed_vector() -> None:
    it = Collection.from_json("c", about(vectors={"size": 4, "distance": "Cosine"}))
    assert it.vectors == {"": {"size": 4, "distance": "Cosine"}}
    assert (it.shard_number, it.sharding_method, it.replication_factor, it.strict_mode) == (1, "auto", 1, {})
    assert (it.points_count, it.update_queue_length, it.optimizer_status, it.warnings) == (50, 3, "ok", [])


def test_named_sparse_and_absent_vectors() -> None:
    named = {"image": {"size": 4, "distance": "Dot"}, "size": {"size": 2, "distance": "Dot"}}
    it = Collection.from_json("c", about(vectors=named, sparse_vectors={"bm25": {}}, sharding_method="custom"))
    assert it.vectors == named
    assert it.sparse_vectors == {"bm25": {}}
    assert it.sharding_method == "custom"
    assert Collection.from_json("c", about()).vectors == {}


def test_an_optimiser_error_is_its_text_and_an_old_server_has_no_queue() -> None:
    old = about()
    del old["update_queue"]
    it = Collection.from_json("c", {**old, "optimizer_status": {"error": "disk"}})
    assert (it.optimizer_status, it.update_queue_length) == ("disk", None)


def view(**changes: Any) -> dict[str, Any]:
    whole = {
        "peer_id": 1,
        "shard_count": 2,
        "local_shards": [{"shard_id": 0, "points_count": 26, "state": "Active"}],
        "remote_shards": [{"shard_id": 1, "peer_id": 2, "state": "Active", "shard_key": "acme"}],
        "shard_transfers": [],
    }
    return {**whole, **changes}


def test_shards_are_active_only_when_all_are_and_nothing_moves() -> None:
    it = ShardView.from_json(view())
    assert it.all_active
    assert (it.local[0].points_count, it.remote[0].shard_key) == (26, "acme")
    assert not ShardView.from_json(view(shard_transfers=[{"shard_id": 0}])).all_active
    assert not ShardView.from_json(view(resharding_operations=[{}])).all_active
    assert not ShardView.from_json(view(local_shards=[], remote_shards=[])).all_active
    dead = [{"shard_id": 1, "peer_id": 2, "state": "Dead"}]
    assert not ShardView.from_json(view(remote_shards=dead)).all_active


def test_a_single_node_and_a_cluster() -> None:
    assert Cluster.from_json({"status": "disabled"}) == Cluster(False, None, {})
    on = {"status": "enabled", "peer_id": 7, "peers": {"7": {"uri": "http://a:6335/"}, "8": {"uri": "http://b:6335/"}}}
    assert Cluster.from_json(on) == Cluster(True, 7, {7: "http://a:6335/", 8: "http://b:6335/"})


def test_a_point_keeps_what_the_call_gave() -> None:
    assert Point.from_json({"id": 5}) == Point(5, None, None, None, None)
    assert Point.from_json({"id": "u", "version": 3, "score": 1.0, "payload": {}}).version == 3


@pytest.mark.parametrize(
    "more, said",
    [
        ({}, ""),
        ({"raft_info": {"leader": 8}, "consensus_thread_status": {"consensus_thread_status": "working"}}, ""),
        ({"raft_info": {"leader": None}}, "it knows no leader of the cluster"),
        (
            {"consensus_thread_status": {"consensus_thread_status": "stopped_with_err", "err": "disk full"}},
            "its consensus thread is stopped with err: disk full",
        ),
    ],
)
def test_a_node_that_takes_no_part_in_the_consensus(more: dict[str, Any], said: str) -> None:
    assert Cluster.from_json({"status": "enabled", "peer_id": 7, "peers": {}, **more}).trouble == said
