# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A damaged collection answers some questions and refuses others: each fact stands for itself."""

from __future__ import annotations

import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Collection, LocalShard, ShardView
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.errors import RestoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.scene import Scene
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.state import State
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.steps.safety_snapshot import SafetySnapshot
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.target_facts import target_facts, targets_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.task import make_tasks
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import RestoreOptions, Target
from ansible_collections.vectorops.qdrant.tests.unit.restore.test_restore_plan import facts, src

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


def test_a_rate_limit_says_nothing_about_the_data():
    class Limited(Damaged):
        def count(self, name):
            raise QdrantError("count", said="Rate limiting exceeded", kind="rate_limited", status=429)

    found = target_facts("a", Limited(), RestoreOptions(mode="replace", watch_seconds=0.1), {}, True, None)
    assert (found.count, found.limited, found.moving) == (None, True, False)
    assert not target_facts("a", Damaged("count"), OPTIONS, {}, True, None).limited


@pytest.mark.parametrize("limited", [True, False])
def test_only_what_is_damaged_is_overwritten_without_a_safety_snapshot(limited):
    class Full:
        url = "http://127.0.0.1:6333"

        def create_snapshot(self, scope):
            raise QdrantError("create a snapshot", said="No space left on device", kind="server_error", status=500)

    target = Target("articles", exists=True, limited=limited)
    (task,) = make_tasks(facts(target=target), RestoreOptions(mode="replace"))
    scene = Scene(Full(), None, None, None, lambda event: None, None)
    step = SafetySnapshot(task)
    if limited:
        with pytest.raises(RestoreError, match="No space left"):
            step.do(scene, State.first(task))
    else:
        assert step.do(scene, State.first(task)).safety_snapshot == ""


class Busy(Damaged):
    """One collection is written to, and its count stays as it is."""

    def __init__(self, name):
        super().__init__()
        self.busy, self.operation = name, 0

    def last_operation(self, name, shard):
        self.operation += 1
        return self.operation if name == self.busy else 0


@pytest.mark.parametrize("busy", ["c3", "none"])
def test_collections_are_watched_together_and_updates_that_keep_the_count_are_seen(tmp_path, busy):
    names = [f"c{number}" for number in range(8)]
    options = RestoreOptions(mode="replace", watch_seconds=0.3, state_dir=str(tmp_path))
    began = time.monotonic()
    found = targets_of([src(collection=name) for name in names], Busy(busy), options, {}, set(names), False)
    assert [target.name for target in found if target.moving] == ([busy] if busy in names else [])
    assert time.monotonic() - began < 0.3 * 4, "not one after another"
