# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dangers of a recover that need no named step: it is held in its download, or killed at random moments."""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
from collections.abc import Iterator

import pytest
import requests
from ansible_collections.vectorops.qdrant.tests.contract.asking import (
    ask,
    counted,
    error,
    make,
    put,
    recover,
    result,
    snapshot,
)
from ansible_collections.vectorops.qdrant.tests.support.points import points
from ansible_collections.vectorops.qdrant.tests.support.proxy import FaultProxy
from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant
from ansible_collections.vectorops.qdrant.tests.support.restore_runs import Held, wait_for_recovers

pytestmark = pytest.mark.contract
DIRTY = "Dirty shard - shard is not fully initialized"
NEW = {"must": [{"key": "topic", "match": {"value": "t-new"}}]}


@contextlib.contextmanager
def held_download(node: RunningQdrant) -> Iterator[tuple[str, threading.Event]]:
    """An address of the node itself whose archives stop after their first bytes, until the event is set."""
    with FaultProxy(int(node.url.rpartition(":")[2])) as proxy:
        let_go = proxy.hold(after=2048, match="^GET .*/snapshots/").let_go
        try:
            yield proxy.url, let_go
        finally:
            let_go.set()


def rename_topics(node: RunningQdrant, count: int) -> None:
    body = {"payload": {"topic": "t-new"}, "points": list(range(1, count + 1))}
    result(ask(node, "POST", "/collections/c/points/payload?wait=true", body))


def test_two_recovers_run_at_once_and_both_are_good(qdrant: RunningQdrant) -> None:
    """Their shards mix (seen on a real server); what comes after them, whole, puts it right."""
    make(qdrant, "c", 60, shards=4)
    first = snapshot(qdrant, "c")["name"]
    rename_topics(qdrant, 60)
    time.sleep(1.1)
    second = snapshot(qdrant, "c")["name"]
    with held_download(qdrant) as (url, let_go):
        both = [
            Held(lambda name=name: recover(qdrant, "c", f"{url}/collections/c/snapshots/{name}"))
            for name in (first, second)
        ]
        wait_for_recovers(qdrant, 2)
        let_go.set()
        assert [held.ended().status_code for held in both] == [200, 200]
    wait_for_recovers(qdrant, 0)
    assert counted(qdrant, "c") == 60
    result(recover(qdrant, "c", f"{qdrant.url}/collections/c/snapshots/{first}"))
    assert (counted(qdrant, "c"), counted(qdrant, "c", NEW)) == (60, 0)


def test_a_snapshot_is_not_refused_while_a_recover_runs(qdrant: RunningQdrant) -> None:
    """The gauge alone tells; while the archive comes in, the old data are whole."""
    make(qdrant, "c", 60, shards=2)
    name = snapshot(qdrant, "c")["name"]
    rename_topics(qdrant, 60)
    time.sleep(1.1)
    with held_download(qdrant) as (url, let_go):
        held = Held(lambda: recover(qdrant, "c", f"{url}/collections/c/snapshots/{name}"))
        wait_for_recovers(qdrant, 1)
        during = snapshot(qdrant, "c")["name"]
        assert counted(qdrant, "c", NEW) == 60
        let_go.set()
        assert result(held.ended()) is True
    wait_for_recovers(qdrant, 0)
    assert counted(qdrant, "c", NEW) == 0
    result(recover(qdrant, "other", f"{qdrant.url}/collections/c/snapshots/{during}"))
    assert counted(qdrant, "other", NEW) == 60


def test_killed_while_it_downloads_leaves_the_old_state(ours: RunningQdrant) -> None:
    make(ours, "c", 30)
    name = snapshot(ours, "c")["name"]
    put(ours, "c", points(5, 4, first=500))
    with held_download(ours) as (url, dummy):
        held = Held(lambda: recover(ours, "c", f"{url}/collections/c/snapshots/{name}"))
        wait_for_recovers(ours, 1)
        ours.kill()
        with pytest.raises(requests.ConnectionError):
            held.ended()
    ours.start_again()
    assert counted(ours, "c") == 35
    temporary = os.path.join(ours.storage_dir, "tmp")
    assert not os.path.exists(temporary) or os.listdir(temporary) == []


def test_killed_at_any_moment_a_second_recover_heals(ours: RunningQdrant) -> None:
    """Before: old, dirty, mixed or restored. Where it answers at all, the count is right, which proves nothing."""
    make(ours, "c", 600, shards=3)
    address = f"file://{ours.snapshots_dir}/c/{snapshot(ours, 'c')['name']}"
    began = time.monotonic()
    result(recover(ours, "c", address))
    longest = time.monotonic() - began
    for dummy in range(3):
        rename_topics(ours, 600)
        dying = threading.Timer(random.uniform(0, longest), ours.kill)
        dying.start()
        with contextlib.suppress(requests.ConnectionError):
            recover(ours, "c", address)
        dying.join()
        ours.start_again()
        answer = ask(ours, "POST", "/collections/c/points/count", {"exact": True})
        if answer.status_code == 200:
            assert result(answer)["count"] == 600
        else:
            assert DIRTY in error(answer)
        assert result(recover(ours, "c", address)) is True
        assert (counted(ours, "c"), counted(ours, "c", NEW)) == (600, 0)
