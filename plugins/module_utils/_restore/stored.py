# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the store has of the archives of one backup."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._repository import layout
from .._repository.listed import listed_below, stored, why_lost

if TYPE_CHECKING:
    from .._repository.manifest import CollectionEntry, Manifest
    from .._repository.store import ObjectInfo, Store

_AT_ONCE = 8
_FEW = 8  # one request for each; more archives are listed first


def stored_facts(manifest: Manifest, items: Sequence[CollectionEntry], store: Store) -> list[dict[str, Any]]:
    """Fields of a source for each of these entries of a manifest: what is wrong with its archive, its storage class,
    and whether it can be read now. Raises StoreError."""
    prefix = layout.archives_prefix(manifest.cluster, manifest.node.name, manifest.backup_id)
    listed = listed_below(store, prefix) if len(items) > _FEW else {}

    def look(item: CollectionEntry) -> ObjectInfo | None:
        return stored(store, listed, item.archive, also=lambda info: info.readable)

    # Side by side, because each is a way there and back.
    with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as pool:
        return [_facts(item, info, store) for item, info in zip(items, pool.map(look, items))]


def _facts(item: CollectionEntry, info: ObjectInfo | None, store: Store) -> dict[str, Any]:
    why = why_lost(item.archive.key, item.archive.bytes, info.bytes if info is not None else None)
    if info is None:
        return {"problems": (f"{why} {store.url}: did the bucket's lifecycle delete it?",)}
    return {
        "storage_class": info.storage_class or ("STANDARD" if store.kind == "s3" else store.kind),
        "problems": (why,) if why else (),
        "frozen": info.frozen,
        "thaw": info.thaw,
    }
