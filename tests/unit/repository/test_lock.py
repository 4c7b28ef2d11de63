# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of a node, over a folder: taken once, given back, run out, lost."""

from __future__ import annotations

import json
import threading

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import LockedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.lock import Lock


@pytest.fixture
def store(tmp_path):
    return FolderStore(str(tmp_path / "repository"))


def lock(store, holder="host-a run", seconds=600):
    return Lock(store, "prod", "node-a", holder, seconds)


def document(store):
    return json.loads(store.get("prod/locks/node-a.json").data)


def test_a_second_run_is_told_who_and_until_when(store):
    with lock(store):
        with pytest.raises(LockedError) as caught, lock(store, "host-b restore"):
            pass
        until = document(store)["until"]
    assert "host-a run" in str(caught.value)
    assert until in str(caught.value)
    assert caught.value.exit_code == 4


def test_a_lock_that_is_overwritten_while_the_store_is_tried(store, monkeypatch):
    def overwritten(key, written, etag):
        FolderStore.put(store, key, lock(store, "host-b run")._document())
        raise StoreError("write", key, "another writer changed it", kind="changed", status=412)

    monkeypatch.setattr(store, "try_conditions", overwritten)
    with pytest.raises(LockedError, match="host-b run works on it"):
        lock(store).take()
    assert document(store)["holder"] == "host-b run", "the other run keeps it"


def test_it_is_given_back_and_never_deleted(store):
    with lock(store):
        pass
    assert document(store)["until"] < document(store)["taken_at"] or document(store)["holder"] == "host-a run"
    with lock(store, "host-b restore"):
        assert document(store)["holder"] == "host-b restore"


def test_it_is_given_back_when_the_work_fails(store):
    with pytest.raises(ZeroDivisionError), lock(store):
        raise ZeroDivisionError
    with lock(store, "host-b"):
        pass


def test_one_that_ran_out_is_taken_over_and_its_holder_learns_it(store):
    dead = lock(store, "dead", seconds=-5)
    dead.take()
    with lock(store, "alive"):
        assert document(store)["holder"] == "alive"
        with pytest.raises(LockedError, match="alive"):
            dead.renew()
        dead.give_back()
        assert document(store)["holder"] == "alive", "a lost lock was given back over its new holder"


def test_renewing_moves_the_time(store):
    with lock(store, seconds=600) as held:
        first = store.get("prod/locks/node-a.json")
        held.renew()
        assert store.get("prod/locks/node-a.json").etag != first.etag


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b'{"until": "soon"}', b"\xff"])
def test_a_document_that_says_nothing_does_not_block_for_ever(store, data):
    store.put("prod/locks/node-a.json", data)
    with lock(store):
        assert document(store)["holder"] == "host-a run"


@pytest.mark.parametrize("before", ["nothing", "given back", "run out"])
def test_of_many_one_wins(store, before):
    if before != "nothing":
        earlier = lock(store, "earlier", seconds=-5 if before == "run out" else 60)
        earlier.take()
        if before == "given back":
            earlier.give_back()
    winners, losers = [], []
    start = threading.Barrier(8)

    def run(number):
        mine = lock(store, f"run {number}")
        start.wait()
        try:
            mine.take()
            winners.append(number)
        except LockedError:
            losers.append(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(winners) == 1
    assert len(losers) == 7
