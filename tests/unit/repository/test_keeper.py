# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a lock is still ours: asked in the middle of the work, which goes on under it."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import LockedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import keeper as room
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore


class Held:
    """A lock whose renewals end as told."""

    def __init__(self):
        self.error, self.renewed, self.checked, self.given_back = None, 0, 0, 0
        self.weakness, self.warnings = "", []

    def take(self):
        pass

    def renew(self):
        if self.error is not None:
            raise self.error
        self.renewed += 1

    def check(self):
        if self.error is not None:
            raise self.error
        self.checked += 1

    def give_back(self):
        self.given_back += 1


@pytest.fixture
def lock():
    return Held()


@pytest.fixture
def keeper(lock):
    made = room.Keeper(lock, 900.0)
    yield made
    made.close()
    assert lock.given_back == 1


def test_confirming_looks_once_however_often_it_is_asked(lock, keeper):
    for dummy in range(300):
        keeper.confirm()
    assert (lock.checked, lock.renewed) == (1, 0) and keeper._thread.is_alive()


def test_confirming_late_looks_again_and_very_late_renews(lock, keeper, monkeypatch):
    keeper.confirm()
    began = room.time.monotonic()
    monkeypatch.setattr(room.time, "monotonic", lambda: began + 20.0)
    keeper.confirm()
    assert (lock.checked, lock.renewed) == (2, 0)
    monkeypatch.setattr(room.time, "monotonic", lambda: began + 500.0)
    keeper.confirm()
    assert (lock.checked, lock.renewed) == (2, 1)
    monkeypatch.undo()


def test_the_promise_of_a_store_without_conditions_is_told(lock):
    lock.weakness = "it ignores If-None-Match"
    lock.warnings = [lock.weakness, "it does not confirm sse: AES256"]
    made = room.Keeper(lock, 900.0)
    made.close()
    assert made.warnings == ("it ignores If-None-Match", "it does not confirm sse: AES256") and not made.firm


def test_a_lost_lock_is_told(lock, keeper):
    lock.error = LockedError("take the lock of", "node", "another run works on it")
    with pytest.raises(LockedError):
        keeper.confirm()


def test_a_store_that_is_away_is_trusted_for_as_long_as_the_lock_lasts(lock, keeper, monkeypatch):
    lock.error = StoreError("write", kind="unreachable")
    keeper.confirm()
    later = room.time.monotonic() + 901.0
    monkeypatch.setattr(room.time, "monotonic", lambda: later)
    with pytest.raises(StoreError):
        keeper.confirm()
    monkeypatch.undo()


class Refusing:
    """A store that may only be read."""

    url = "s3://b"

    def get(self, key):
        raise StoreError("read", key, kind="not_found")

    def put(self, key, data, **condition):
        raise StoreError("write", key, "AccessDenied", kind="forbidden", status=403)


def test_a_lock_that_cannot_be_written_is_a_warning_where_the_work_may_go_on():
    with room.node_lock(Refusing(), "c", "node-a", "a restore", "[m]", must=False) as held:
        held.confirm()
        held.sure()
    assert "node-a" in held.warnings[0] and "AccessDenied" in held.warnings[0] and not held.firm
    with pytest.raises(StoreError), room.node_lock(Refusing(), "c", "node-a", "a backup", "[m]"):
        pass


def test_a_lock_that_another_run_has_is_never_passed_over(tmp_path):
    store = FolderStore(str(tmp_path / "repository"))
    with room.node_lock(store, "c", "node-a", "a backup", "[m]") as held:
        assert held.firm and held.warnings == ()
        with pytest.raises(LockedError, match="a backup on"), room.node_lock(store, "c", "node-a", "x", "", must=False):
            pass
    with room.node_lock(None, "c", "node-a", "a restore", "") as held:
        held.confirm()
