# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a restored collection: not for one that can never be ready."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import (
    Collection,
    LocalShard,
    RemoteShard,
    ShardView,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.steps import ready
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.task import Limits

LIMITS = Limits(silence=120.0, ready=600.0, wait_for="data", url=900)


class Restored:
    url = "u"

    def __init__(self, *local):
        self.local = local

    def collection(self, name):
        return Collection(name, "green", "ok", {"params": {}}, {}, 0, 0, 0, [])

    def shards(self, name):
        return ShardView(1, len(self.local), self.local, (), 0, 0)


def test_a_collection_that_got_no_shard_is_told_with_the_way_out(monkeypatch):
    monkeypatch.setattr(ready, "_GRACE", 0.05)
    with pytest.raises(EngineError, match="Collection a on u is not ready after 0 s: it has no shard") as caught:
        ready.wait_until_ready(Restored(), "a", 600.0, lambda event: None)
    assert "with its shard keys" in caught.value.next


def test_one_that_is_ready_is_not_waited_for():
    node = Restored(LocalShard(0, "Active", 5, None))
    assert ready.wait_until_ready(node, "a", 600.0, lambda event: None) == ready.Readiness()


class Optimised(Restored):
    """One that an optimiser works on for some looks."""

    def __init__(self, looks):
        super().__init__(LocalShard(0, "Active", 5, None))
        self.looks = looks

    def collection(self, name):
        self.looks -= 1
        status = "yellow" if self.looks >= 0 else "green"
        return Collection(name, status, "ok", {"params": {}}, {}, 0, 0, 0, [])


def test_an_optimiser_at_work_is_told_and_not_waited_for():
    node = Optimised(looks=9)
    assert ready.wait_until_ready(node, "a", 600.0, lambda event: None) == ready.Readiness(optimizing=True)
    assert node.looks == 8, "one look is enough"


def test_who_wants_it_green_waits_for_the_optimiser_too():
    node = Optimised(looks=3)
    assert ready.wait_until_ready(node, "a", 600.0, lambda event: None, "green") == ready.Readiness()
    assert node.looks < 0
    late = ready.wait_until_ready(Optimised(looks=10**6), "a", 0.1, lambda event: None, "green")
    assert late.optimizing and "still being optimized" in late.warnings[0]


@pytest.mark.parametrize("wait_for", ["data", "green"])
def test_queued_updates_are_waited_for_in_any_case(wait_for):
    class Queued(Optimised):
        def collection(self, name):
            return dataclasses.replace(super().collection(name), update_queue_length=7)

    with pytest.raises(EngineError, match="7 updates not applied yet"):
        ready.wait_until_ready(Queued(looks=0), "a", 0.1, lambda event: None, wait_for)


def test_only_a_collection_with_replicas_on_other_nodes_is_looked_at_again(monkeypatch):
    class Spread(Restored):
        def shards(self, name):
            return ShardView(1, 1, self.local, (RemoteShard(0, 2, "Active", None),), 0, 0)

    monkeypatch.setattr(ready.time, "sleep", lambda seconds: None)
    shard = LocalShard(0, "Active", 5, None)
    assert not ready.Agreement(Restored(shard), "a", LIMITS, lambda event: None)()
    again = ready.Agreement(Spread(shard), "a", LIMITS, lambda event: None)
    assert again() and again()
    monkeypatch.setattr(ready, "AGREEMENT", 0.0)
    again = ready.Agreement(Spread(shard), "a", LIMITS, lambda event: None)
    assert [again() for dummy in range(3)][-1] is False


def test_what_its_waits_warn_of_is_kept(monkeypatch):
    class Late(Optimised):
        def shards(self, name):
            return ShardView(1, 1, self.local, (RemoteShard(0, 2, "Active", None),), 0, 0)

    monkeypatch.setattr(ready.time, "sleep", lambda seconds: None)
    limits = dataclasses.replace(LIMITS, ready=0.0, wait_for="green")
    again = ready.Agreement(Late(looks=10**6), "a", limits, lambda event: None)
    assert again() and again()
    assert len(again.warnings) == 1 and "still being optimized" in again.warnings[0]


def test_a_collection_that_is_not_ready_in_time_is_told_with_the_option():
    node = Restored(LocalShard(0, "Partial", 5, None))
    with pytest.raises(EngineError) as caught:
        ready.wait_until_ready(node, "a", 0.1, lambda event: None)
    assert caught.value.sentence() == (
        "Collection a on u is not ready after 0 s: a replica is not active. Do not use the collection yet. Find the "
        "cause in the server's log (journalctl -u qdrant). If the server only needs more time, raise ready_timeout "
        "(--ready-timeout; now 0.1 s)."
    )


def test_what_more_time_cannot_help_is_not_waited_for_again(monkeypatch):
    red = Restored(LocalShard(0, "Active", 5, None))
    monkeypatch.setattr(
        red, "collection", lambda name: dataclasses.replace(Restored.collection(red, name), status="red")
    )
    with pytest.raises(EngineError, match="its status is red") as caught:
        ready.wait_until_ready(red, "a", 600.0, lambda event: None)
    assert "ready_timeout" not in caught.value.next
