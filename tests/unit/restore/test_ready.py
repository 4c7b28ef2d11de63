# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a restored collection: not for one that can never be ready."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import (
    Collection,
    LocalShard,
    RemoteShard,
    ShardView,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore import ready


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
    with pytest.raises(EngineError, match="it has no shard after 0 s") as caught:
        ready.wait_until_ready(Restored(), "a", 600.0, lambda event: None)
    assert "with its shard keys" in caught.value.next


def test_one_that_is_ready_is_not_waited_for():
    node = Restored(LocalShard(0, "Active", 5, None))
    assert ready.wait_until_ready(node, "a", 600.0, lambda event: None) == []


def test_only_a_collection_with_replicas_on_other_nodes_is_looked_at_again(monkeypatch):
    class Spread(Restored):
        def shards(self, name):
            return ShardView(1, 1, self.local, (RemoteShard(0, 2, "Active", None),), 0, 0)

    monkeypatch.setattr(ready.time, "sleep", lambda seconds: None)
    shard = LocalShard(0, "Active", 5, None)
    assert not ready.Agreement(Restored(shard), "a", 600.0, lambda event: None)()
    again = ready.Agreement(Spread(shard), "a", 600.0, lambda event: None)
    assert again() and again()
    monkeypatch.setattr(ready, "AGREEMENT", 0.0)
    again = ready.Agreement(Spread(shard), "a", 600.0, lambda event: None)
    assert [again() for dummy in range(3)][-1] is False
