# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository with as many backups as years make: one manifest, repeated hourly under ids of its own."""

from __future__ import annotations

import dataclasses
import datetime
import json
from concurrent.futures import ThreadPoolExecutor

from ...plugins.module_utils._base.clock import backup_id
from ...plugins.module_utils._repository import layout
from ...plugins.module_utils._repository.manifest import Manifest, dump
from ...plugins.module_utils._repository.store import Store

FIRST = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
_THREADS = 8
_ARCHIVE_BYTES = 64


def ids(count: int) -> list[str]:
    """Backup ids an hour apart, oldest first."""
    return [backup_id(FIRST + datetime.timedelta(hours=number)) for number in range(count)]


def repeated(manifest: Manifest, new_id: str, size: int = _ARCHIVE_BYTES) -> Manifest:
    """The manifest as the one of another backup id, with archives of ``size`` bytes."""
    collections = []
    for entry in manifest.collections:
        file = entry.archive.key.rpartition("/")[2]
        key = layout.archive_key(manifest.cluster, manifest.node.name, new_id, entry.name, file)
        archive = dataclasses.replace(entry.archive, key=key, bytes=size)
        collections.append(dataclasses.replace(entry, archive=archive))
    return dataclasses.replace(manifest, backup_id=new_id, collections=tuple(collections))


def proof_of(manifest: Manifest, grade: int = 1) -> dict[str, object]:
    """A proof that found every collection good."""
    items = [{"name": entry.name, "grade": grade, "ok": True, "detail": "read"} for entry in manifest.collections]
    return {"grade": grade, "at": "2027-01-01T00:00:00Z", "collections": items}


def fill(store: Store, manifest: Manifest, backup_ids: list[str], proven: bool = True) -> None:
    """Commit the manifest under every id: archives, manifest, and one proof of grade 1 where ``proven``."""

    def commit(new_id: str) -> None:
        one = repeated(manifest, new_id)
        for entry in one.collections:
            store.put(entry.archive.key, b"x" * entry.archive.bytes)
        if proven:
            key = layout.proof_key(one.cluster, one.node.name, new_id, "20270101T000000Z", 1)
            store.put(key, json.dumps(proof_of(one)).encode())
        store.put(layout.manifest_key(one.cluster, one.node.name, new_id), dump(one))

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(commit, backup_ids))
