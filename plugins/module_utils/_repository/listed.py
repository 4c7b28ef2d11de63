# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects below a prefix, as one listing shows them. Those that it shows otherwise than recorded are requested.

Listings of some stores are late or have other etags, and none shows restored copies of what is in an archive class.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Callable

from .errors import StoreError
from .store import ObjectInfo, Store

if TYPE_CHECKING:
    from .manifest import ArchiveEntry


def listed_below(store: Store, prefix: str) -> dict[str, ObjectInfo]:
    """By their keys; nothing if this user may not list them. Raises StoreError."""
    try:
        return {info.key: info for info in store.list(prefix)}
    except StoreError as error:
        if error.kind != "forbidden":
            raise
        return {}


def stored(
    store: Store,
    listed: Mapping[str, ObjectInfo],
    archive: ArchiveEntry,
    *,
    also: Callable[[ObjectInfo], bool] = lambda info: True,
) -> ObjectInfo | None:
    """The stored object of a recorded archive, None if there is none. listed: by ``listed_below``; also: what else the
    listing must show of it. Raises StoreError."""
    info = listed.get(archive.key)
    if info is not None and info.bytes == archive.bytes and also(info):
        return info
    return store.head(archive.key)


def why_lost(key: str, recorded: int, found: int | None) -> str:
    """Why an archive is lost, "" if it is not. recorded: its bytes in the manifest; found: those in the store, None if
    it is missing."""
    if found is None:
        return f"its archive {key} is not in the store"
    return "" if found == recorded else f"its archive {key} has {found} bytes in the store, not {recorded}"
