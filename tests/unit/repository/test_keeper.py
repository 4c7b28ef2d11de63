# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a lock is still ours: asked in the middle of the work, which goes on under it."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import LockedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import keeper as room
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError


class Held:
    """A lock whose renewals end as told."""

    def __init__(self):
        self.error, self.renewed, self.given_back = None, 0, 0

    def take(self):
        pass

    def renew(self):
        if self.error is not None:
            raise self.error
        self.renewed += 1

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


def test_confirming_renews_and_goes_on_renewing(lock, keeper):
    keeper.confirm()
    assert lock.renewed == 1 and keeper._thread.is_alive()


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
