# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shards of a collection, put together from the views of all nodes."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.views import (
    combined,
    unequal,
    unready,
    with_hidden,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import LocalShard, RemoteShard, ShardView

NAMES = {11: "node-a", 22: "node-b"}


def seen(peer, local, remote, transfers=0, count=None):
    """local: {shard: state}; remote: {shard: (peer, state)}."""
    mine = tuple(LocalShard(shard, state, 0, None) for shard, state in local.items())
    theirs = tuple(RemoteShard(shard, other, state, None) for shard, (other, state) in remote.items())
    return ShardView(peer, count or len({*local, *remote}), mine, theirs, transfers, 0)


A = seen(11, {0: "Active"}, {0: (22, "Active")})
B = seen(22, {0: "Active"}, {0: (11, "Active")})


def test_nodes_that_agree():
    view = combined({"node-a": A, "node-b": B}, NAMES)
    assert unready(view) == "" and view.holders(0) == ("node-a", "node-b") and all(one.healthy for one in view.replicas)


@pytest.mark.parametrize(
    "views, said",
    [
        ({"node-a": A, "node-b": seen(22, {0: "Active"}, {0: (11, "Dead")})}, "shard 0 on node-a is Dead"),
        ({"node-a": A, "node-b": seen(0, {}, {})}, "node-a sees 2 replicas, node-b sees 0"),
        ({"node-a": seen(11, {0: "Active"}, {0: (22, "Active")}, 1), "node-b": B}, "shards are being moved"),
        ({"node-a": seen(11, {}, {}), "node-b": seen(22, {}, {})}, "it has no shard"),
        ({"node-a": seen(11, {0: "Active"}, {}, count=2)}, "1 of its shards has no replica"),
    ],
)
def test_one_node_sees_it_otherwise(views, said):
    assert said in unready(combined(views, NAMES))


def test_active_is_no_proof_that_a_node_is_there():
    view = combined({"node-a": A}, NAMES, silent={"node-b": "connection refused"})
    assert "the replica of shard 0 on node-b is Active (connection refused)" in unready(view)
    assert [one.node for one in view.replicas if one.healthy] == ["node-a"]


def test_a_replica_on_a_peer_without_a_name_is_not_healthy():
    view = combined({"node-a": A}, {11: "node-a"})
    assert [one.healthy for one in view.replicas] == [True, False] and view.holders(0) == ("node-a",)


def test_counts_of_replicas_are_compared():
    counts = {(0, "node-a"): 7, (0, "node-b"): 7}
    assert unequal(combined({"node-a": A, "node-b": B}, NAMES, counts)) == ""
    assert unequal(combined({"node-a": A, "node-b": B}, NAMES, {**counts, (0, "node-b"): None})) == ""
    said = unequal(combined({"node-a": A, "node-b": B}, NAMES, {**counts, (0, "node-b"): 6}))
    assert said == "the replicas of shard 0 hold different numbers of points: 7 on node-a, 6 on node-b"


def test_a_shard_without_a_replica_is_known_from_the_backup():
    view = combined({"node-a": seen(11, {0: "Active"}, {}, count=2)}, NAMES)
    assert view.hidden == 1 and dict(with_hidden(view, {0: None, 1: None}).shards) == {0: None, 1: None}
    assert dict(with_hidden(view, {0: None, 4: "acme"}).shards) == {0: None, 4: "acme"}
    assert with_hidden(view, {0: None, 1: None, 2: None}).hidden == 1, "it may be either"
