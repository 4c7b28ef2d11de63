# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a node of a cluster is back at work, from its answers as Qdrant gives them."""

from __future__ import annotations

import importlib.util
import io
import pathlib
import urllib.error
from typing import Any

import pytest

SCRIPT = pathlib.Path(__file__).parents[3] / "roles" / "qdrant_server" / "files" / "wait_for_cluster.py"
_spec = importlib.util.spec_from_file_location("wait_for_cluster", SCRIPT)
assert _spec is not None and _spec.loader is not None
wait = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(wait)

CLUSTER: dict[str, Any] = {
    "status": "enabled",
    "peer_id": 1,
    "peers": {"1": {"uri": "http://a:6335/"}, "2": {"uri": "http://b:6335/"}},
    "raft_info": {"term": 3, "commit": 17, "pending_operations": 0, "leader": 2, "role": "Follower", "is_voter": True},
    "consensus_thread_status": {"consensus_thread_status": "working", "last_update": "2026-11-28T10:00:00Z"},
    "message_send_failures": {},
}
SETTLED: dict[str, Any] = {
    "peer_id": 1,
    "shard_count": 2,
    "local_shards": [{"shard_id": 0, "points_count": 60, "state": "Active"}],
    "remote_shards": [{"shard_id": 0, "peer_id": 2, "state": "Active"}],
    "shard_transfers": [],
}


def remote(state: str) -> dict[str, Any]:
    return {**SETTLED, "remote_shards": [{"shard_id": 0, "peer_id": 2, "state": state}]}


def test_a_settled_cluster() -> None:
    assert wait.consensus_obstacle(CLUSTER) == "" and wait.collection_obstacle("a", SETTLED) == ""
    assert wait.consensus_obstacle({"status": "disabled"}) == ""
    assert wait.collection_obstacle("a", remote("Listener")) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"raft_info": {**CLUSTER["raft_info"], "leader": None}}, "the cluster has no leader"),
        ({"consensus_thread_status": {"consensus_thread_status": "stopped_with_err"}}, "thread is stopped_with_err"),
    ],
)
def test_consensus_that_does_not_run(change: dict[str, Any], said: str) -> None:
    assert said in wait.consensus_obstacle({**CLUSTER, **change})


@pytest.mark.parametrize("state", ["Dead", "Partial", "Initializing", "Recovery", "PartialSnapshot"])
def test_a_replica_that_is_not_active(state: str) -> None:
    assert wait.collection_obstacle("a", remote(state)) == f"collection a: shard 0 on peer 2 is {state}"
    local = {**SETTLED, "local_shards": [{"shard_id": 0, "state": state}]}
    assert wait.collection_obstacle("a", local) == f"collection a: shard 0 on peer 1 is {state}"


@pytest.mark.parametrize("what", ["shard_transfers", "resharding_operations"])
def test_a_shard_on_its_way(what: str) -> None:
    assert wait.collection_obstacle("a", {**SETTLED, what: [{"shard_id": 0}]}).startswith("collection a: 1 ")


def test_before_a_node_is_stopped_only_transfers_count() -> None:
    assert wait.collection_obstacle("a", remote("Dead"), transfers_only=True) == ""
    moved = {**remote("Partial"), "shard_transfers": [{"shard_id": 0}]}
    assert wait.collection_obstacle("a", moved, transfers_only=True) == "collection a: 1 shard transfers at work"
    answers = {"/cluster": {**CLUSTER, "raft_info": {}}, "/collections": {"collections": [{"name": "a"}]}}
    assert wait.obstacle(asked({**answers, "/collections/a/cluster": remote("Dead")}), transfers_only=True) == ""
    assert wait.obstacle(asked({**answers, "/collections/a/cluster": moved}), transfers_only=True)
    assert wait.main(["--url", "http://127.0.0.1:1", "--transfers-only"]) == 0


def asked(answers: dict[str, Any]) -> Any:
    def ask(path: str) -> Any:
        if path not in answers:
            raise urllib.error.HTTPError(path, 404, "Not Found", None, io.BytesIO())  # type: ignore[arg-type]
        return answers[path]

    return ask


def test_every_collection_is_looked_at_and_one_that_was_deleted_is_none() -> None:
    names = {"collections": [{"name": "gone"}, {"name": "a/b"}]}
    answers = {"/cluster": CLUSTER, "/collections": names, "/collections/a%2Fb/cluster": SETTLED}
    assert wait.obstacle(asked(answers)) == ""
    answers["/collections/a%2Fb/cluster"] = remote("Dead")
    assert wait.obstacle(asked(answers)) == "collection a/b: shard 0 on peer 2 is Dead"


def test_a_node_that_does_not_answer_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.setattr(wait, "PAUSE", 0.01)
    assert wait.main(["--url", "http://127.0.0.1:1", "--timeout", "0.05"]) == 1
    assert "http://127.0.0.1:1: " in capsys.readouterr().err
