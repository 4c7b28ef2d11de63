# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports archives below this backup's id that its manifest does not name. Later runs do not check a committed id."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from .._base.counted import few
from .._repository.manifest import CollectionEntry


class Stored:
    """Keys below this backup's id: those that this run stored, and those that existed before."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._one = threading.Lock()

    def note(self, key: str) -> None:
        """An archive exists."""
        with self._one:
            self._keys.add(key)

    def unused(self, entries: Iterable[CollectionEntry]) -> list[str]:
        """The keys that none of them names."""
        with self._one:
            return sorted(self._keys - {entry.archive.key for entry in entries})


def sentences(keys: Sequence[str]) -> list[str]:
    """The same as text."""
    if not keys:
        return []
    one = len(keys) == 1
    what = "1 archive was stored and is" if one else f"{len(keys)} archives were stored and are"
    return [
        f"{what} not part of this backup: {few(keys)}. A collection failed after its upload, "
        f"a copy had other contents, or a run was killed. {'It only costs' if one else 'They only cost'} storage."
    ]
