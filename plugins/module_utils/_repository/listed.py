# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects below a prefix as one listing shows them, for callers that look at what it does not show one by one."""

from __future__ import annotations

from .errors import StoreError
from .store import ObjectInfo, Store


def listed_below(store: Store, prefix: str) -> dict[str, ObjectInfo]:
    """By their keys; nothing if this user may not list them. Raises StoreError."""
    try:
        return {info.key: info for info in store.list(prefix)}
    except StoreError as error:
        if error.kind != "forbidden":
            raise
        return {}
