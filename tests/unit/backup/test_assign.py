# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who captures which shard: every node arrives at the same answer, each shard is captured once, and no peer always has
the work."""

from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.assign import assign, assign_gaps, in_turn
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.options import BackupOptions
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import (
    Cluster,
    LocalShard,
    RemoteShard,
    ShardView,
)

ID = "20261122T190000Z"
PEERS = (11, 22, 33)
Places = Mapping[int, Mapping[int, str]]  # shard to peer to state


def placed(shards: int, factor: int, peers: Sequence[int] = PEERS) -> dict[int, dict[int, str]]:
    return {shard: {peers[(shard + more) % len(peers)]: "Active" for more in range(factor)} for shard in range(shards)}


def seen_by(peer: int, places: Places) -> ShardView:
    local = [LocalShard(shard, there[peer], 10, None) for shard, there in places.items() if peer in there]
    remote = [
        RemoteShard(shard, other, state, None)
        for shard, there in places.items()
        for other, state in there.items()
        if other != peer
    ]
    return ShardView(peer, len(places), tuple(local), tuple(remote), 0, 0)


@pytest.mark.parametrize("factor", [1, 2, 3])
@pytest.mark.parametrize("shards", [1, 3, 6, 24])
def test_each_shard_has_one_taker_and_all_nodes_agree(factor: int, shards: int) -> None:
    places = placed(shards, factor)
    answers = [assign(seen_by(peer, places), "articles", ID) for peer in PEERS]
    assert answers[0] == answers[1] == answers[2]
    assert sorted(shard for peer in PEERS for shard in answers[0].of(peer)) == list(range(shards))
    assert all(taker in places[shard] for shard, taker in answers[0].takers.items())
    assert answers[0].unheld == ()


@pytest.mark.parametrize("state", ["Dead", "Partial", "Initializing", "Listener", "Recovery", "PartialSnapshot"])
def test_only_active_replicas_are_captured(state: str) -> None:
    places = {0: {11: state, 22: "Active"}, 1: {11: state}, 2: {33: "Active", 22: state}}
    for peer in PEERS:
        found = assign(seen_by(peer, places), "articles", ID)
        assert found.takers == {0: 22, 2: 33}
        assert found.unheld == (1,)


@pytest.mark.parametrize("factor", [2, 3])
def test_a_peer_that_does_not_answer_is_passed_over_and_the_rest_stays(factor: int) -> None:
    places = placed(30, factor)
    before = assign(seen_by(22, places), "articles", ID)
    after = assign(seen_by(22, places), "articles", ID, silent={11})
    assert 11 not in after.takers.values() and after.unheld == ()
    assert before.of(11)
    kept = {shard: taker for shard, taker in before.takers.items() if taker != 11}
    assert {shard: after.takers[shard] for shard in kept} == kept, "views that differ in one peer agree on the others"
    # A node that does not know it leaves a gap, which the reader of the backup sees, and nothing twice.
    unaware = assign(seen_by(33, places), "articles", ID)
    assert set(after.of(22)).isdisjoint(unaware.of(33))


def test_without_a_second_replica_unheld_takes_it() -> None:
    found = assign(seen_by(22, placed(3, 1)), "articles", ID, silent={11})
    assert found.unheld == (0,)
    assert sorted(found.takers) == [1, 2]


def test_a_peer_answers_itself() -> None:
    assert assign(seen_by(11, placed(3, 1)), "articles", ID, silent={11}).of(11) == (0,)


@pytest.mark.parametrize("factor", [2, 3])
def test_the_work_is_spread_over_the_nodes_and_over_time(factor: int) -> None:
    places = placed(6, factor)
    taken: collections.Counter[int] = collections.Counter()
    of_shard = collections.defaultdict(set)
    for hour in range(240):
        found = assign(seen_by(11, places), "articles", f"2026{hour // 24 + 1101:04}T{hour % 24:02}0000Z")
        for shard, taker in found.takers.items():
            taken[taker] += 1
            of_shard[shard].add(taker)
    assert all(set(places[shard]) == peers for shard, peers in of_shard.items()), "each replica has its turn"
    assert max(taken.values()) <= 1.2 * min(taken.values())


def test_many_collections_of_one_shard_do_not_meet_on_one_node() -> None:
    view = seen_by(11, {0: dict.fromkeys(PEERS, "Active")})
    taken = collections.Counter(assign(view, f"tenant-{number}", ID).takers[0] for number in range(300))
    assert set(taken) == set(PEERS) and max(taken.values()) < 150


@pytest.mark.parametrize(
    ("peers", "collection", "shard", "backup_id", "order"),
    [
        pytest.param([33, 11, 22], "articles", 0, ID, [33, 11, 22], id="three"),
        pytest.param([33, 11, 22], "articles", 1, ID, [22, 33, 11], id="another shard"),
        pytest.param([33, 11, 22], "articles", 0, "20261122T200000Z", [22, 33, 11], id="another backup"),
        pytest.param([11, 11], "articles", 0, ID, [11], id="one"),
        pytest.param([], "articles", 0, ID, [], id="none"),
    ],
)
def test_the_turn_is_the_same_for_ever(
    peers: list[int], collection: str, shard: int, backup_id: str, order: list[int]
) -> None:
    """Nodes of different versions of this program work on one backup: the turn must never change."""
    assert in_turn(peers, collection, shard, backup_id) == order


def test_gaps_go_to_peers_that_have_a_manifest() -> None:
    places = placed(12, 2)
    found = assign(seen_by(22, places), "articles", ID)
    missing = set(found.of(11))
    fill = assign_gaps(seen_by(22, places), "articles", ID, missing, there={22, 33})
    assert set(fill.takers) == missing and 11 not in fill.takers.values() and fill.unheld == ()
    assert fill == assign_gaps(seen_by(33, places), "articles", ID, missing, there={22, 33})


def test_the_shard_of_a_peer_that_failed_goes_to_it_again() -> None:
    places = placed(12, 3)
    found = assign(seen_by(22, places), "articles", ID)
    missing = set(found.of(11))
    assert assign_gaps(seen_by(22, places), "articles", ID, missing, there=PEERS).of(11) == tuple(sorted(missing))


def test_a_gap_that_no_peer_can_fill_stays() -> None:
    fill = assign_gaps(seen_by(22, placed(3, 1)), "articles", ID, {0, 1}, there={22, 33})
    assert fill.takers == {1: 22} and fill.unheld == (0,)


@pytest.mark.parametrize(
    ("capture", "peers", "expected", "shared", "per_shard"),
    [
        pytest.param("auto", 3, ("a", "b", "c"), True, True, id="all nodes are named and share the id"),
        pytest.param("auto", 3, ("a", "b"), True, False, id="a node without a backup"),
        pytest.param("auto", 3, ("a", "b", "b"), True, False, id="a node named twice"),
        pytest.param("auto", 3, (), True, False, id="no node is named"),
        pytest.param("auto", 3, ("a", "b", "c"), False, False, id="each node has an id of its own"),
        pytest.param("auto", 1, ("a",), True, False, id="a cluster of one"),
        pytest.param("auto", 0, ("a", "b"), True, False, id="no cluster mode"),
        pytest.param("shard", 3, (), False, True, id="chosen"),
        pytest.param("shard", 0, (), True, False, id="chosen without cluster mode"),
        pytest.param("collection", 3, ("a", "b", "c"), True, False, id="not wanted"),
    ],
)
def test_shards_are_stored_once_only_where_none_can_be_missed(
    capture: str, peers: int, expected: tuple[str, ...], shared: bool, per_shard: bool
) -> None:
    cluster = Cluster(peers > 0, 1 if peers else None, dict.fromkeys(range(peers), ""))
    options = BackupOptions(ID, cluster_capture=capture, expected_nodes=expected, shared_id=shared)
    assert options.per_shard(cluster) == per_shard
