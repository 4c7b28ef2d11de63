# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A store that counts what it is asked, by operation and kind of key."""

from __future__ import annotations

import collections
import dataclasses
import threading
from collections.abc import Iterator
from typing import Any

from ...plugins.module_utils._repository.errors import StoreError
from ...plugins.module_utils._repository.store import ObjectInfo, Store, StoredBytes


class CountingStore:
    """Around another one. etags: whether it tells any; writable: whether it takes anything."""

    def __init__(self, store: Store, etags: bool = True, writable: bool = True) -> None:
        self.store, self.etags, self.writable = store, etags, writable
        self.url = store.url
        self.asked: collections.Counter[str] = collections.Counter()
        self._one = threading.Lock()

    def _note(self, operation: str, key: str) -> None:
        with self._one:
            self.asked[f"{operation} {key.split('/')[1]}"] += 1

    def get(self, key: str) -> StoredBytes:
        self._note("get", key)
        found = self.store.get(key)
        return found if self.etags else dataclasses.replace(found, etag="")

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        self._note("list", prefix)
        for info in self.store.list(prefix):
            yield info if self.etags else dataclasses.replace(info, etag="")

    def head(self, key: str) -> ObjectInfo | None:
        self._note("head", key)
        return self.store.head(key)

    def put(self, key: str, data: bytes, **more: Any) -> ObjectInfo:
        if not self.writable:
            raise StoreError("write", key, "AccessDenied", kind="forbidden")
        return self.store.put(key, data, **more)
