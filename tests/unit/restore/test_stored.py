# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the store says of archives before a restore."""

from __future__ import annotations

import types

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import ArchiveEntry, CollectionEntry
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.store import ObjectInfo
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.stored import stored_facts

PREFIX = "search/archives/node-a/20261122T190000Z/"
MANIFEST = types.SimpleNamespace(
    cluster="search", node=types.SimpleNamespace(name="node-a"), backup_id="20261122T190000Z"
)


def entry(number: int = 0) -> CollectionEntry:
    return CollectionEntry(f"c{number}", "collection", ArchiveEntry(f"{PREFIX}c{number}/a.snapshot", 5, "0" * 64))


class Store:
    """A store that notes which objects are looked at one by one."""

    url, kind = "s3://b", "s3"

    def __init__(self, *infos: ObjectInfo | None, listed: list[ObjectInfo] | StoreError | None = None) -> None:
        self.infos = {info.key: info for info in infos if info is not None}
        self.listed = listed
        self.heads: list[str] = []

    def head(self, key: str) -> ObjectInfo | None:
        self.heads.append(key)
        return self.infos.get(key)

    def list(self, prefix: str) -> list[ObjectInfo]:
        assert prefix == PREFIX
        if isinstance(self.listed, StoreError):
            raise self.listed
        return list(self.infos.values()) if self.listed is None else self.listed


def stored(number: int, size: int = 5, **more: str) -> ObjectInfo:
    return ObjectInfo(entry(number).archive.key, size, "e", **more)


@pytest.mark.parametrize(
    ("info", "problem"),
    [
        (stored(0), ""),
        (stored(0, storage_class="GLACIER"), ""),  # a thawed copy keeps its class
        (stored(0, storage_class="GLACIER", frozen="it must be thawed first"), "must be thawed"),
        (stored(0, 4), "has 4 bytes in the store, not 5"),
        (None, "is not in the store"),
    ],
)
def test_what_is_wrong_with_one(info, problem):
    (found,) = stored_facts(MANIFEST, [entry()], Store(info))
    told = [*found.get("problems", ()), found.get("frozen", "")]
    assert any(problem in text for text in told) and any(told) == bool(problem)
    assert info is None or found["storage_class"] == (info.storage_class or "STANDARD")


def test_one_listing_shows_many():
    store = Store(*map(stored, range(20)))
    found = stored_facts(MANIFEST, [entry(number) for number in range(20)], store)
    assert not store.heads and not any(one["problems"] for one in found)


def test_what_a_listing_does_not_show_as_recorded_is_looked_at_itself():
    listed = [stored(1, 4), stored(2, frozen="it must be thawed first"), *map(stored, range(3, 20))]
    store = Store(stored(0), stored(1, 4), stored(2), listed=listed)
    found = stored_facts(MANIFEST, [entry(number) for number in range(20)], store)
    assert sorted(store.heads) == [entry(number).archive.key for number in range(3)]
    assert not found[0]["problems"] and "has 4 bytes" in found[1]["problems"][0] and not found[2]["frozen"]


def test_a_store_that_may_not_be_listed_is_asked_for_each():
    refused = StoreError("list", "s3://b", "no", kind="forbidden")
    store = Store(*map(stored, range(10)), listed=refused)
    assert len(stored_facts(MANIFEST, [entry(number) for number in range(10)], store)) == len(store.heads) == 10
    with pytest.raises(StoreError):
        stored_facts(
            MANIFEST, [entry(n) for n in range(10)], Store(listed=StoreError("list", "b", "no", kind="unreachable"))
        )
