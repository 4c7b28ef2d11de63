# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A damaged collection answers some questions and refuses others: each fact stands for itself."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Collection, LocalShard, ShardView
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.target_facts import target_facts
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import RestoreOptions

OPTIONS = RestoreOptions(mode="replace", watch_seconds=0.0)
CONFIG = {"params": {"vectors": {"size": 4, "distance": "Dot"}, "sharding_method": "custom"}}


class Damaged:
    """A node that refuses some calls with 500, or does not answer them."""

    url = "u"

    def __init__(self, *refuses, answered=True):
        self.refuses, self.answered = refuses, answered

    def _ask(self, call, answer):
        if call in self.refuses:
            raise QdrantError("ask", said="Dirty shard", kind="server_error", status=500, answered=self.answered)
        return answer

    def collection(self, name):
        return self._ask("collection", Collection(name, "green", "ok", CONFIG, {"topic": {}}, 5, 5, 0, []))

    def shards(self, name):
        return self._ask("shards", ShardView(1, 1, (LocalShard(1, "Active", 5, "acme"),), (), 0, 0))

    def count(self, name):
        return self._ask("count", 5)


@pytest.mark.parametrize(
    "refuses, config, keys, count",
    [
        ((), CONFIG, (("acme", (1,)),), 5),
        (("collection",), None, (("acme", (1,)),), 5),
        (("collection", "count"), None, (("acme", (1,)),), None),
        (("shards",), CONFIG, None, 5),
        (("collection", "shards", "count"), None, None, None),
    ],
)
def test_what_is_refused_is_unknown_and_nothing_else_is(refuses, config, keys, count):
    found = target_facts("a", Damaged(*refuses), OPTIONS, {"live": "a"}, True, None)
    assert (found.config, found.shard_keys, found.count) == (config, keys, count)
    assert found.exists and found.aliases == ("live",)


def test_silence_is_an_error():
    with pytest.raises(QdrantError):
        target_facts("a", Damaged("count", answered=False), OPTIONS, {}, True, None)
