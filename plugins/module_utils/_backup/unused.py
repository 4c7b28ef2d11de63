# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives below this backup's id that its manifest does not name: nothing else would ever tell of them, for an id that
was committed is taken for accounted for."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from .._repository.manifest import CollectionEntry

_SHOWN = 3


class Stored:
    """Keys that lie below this backup's id: those that this run stored, and those that were there already."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._one = threading.Lock()

    def note(self, key: str) -> None:
        """An archive is there."""
        with self._one:
            self._keys.add(key)

    def unused(self, entries: Iterable[CollectionEntry]) -> list[str]:
        """What is there and named by none of them."""
        with self._one:
            return sorted(self._keys - {entry.archive.key for entry in entries})


def sentences(keys: Sequence[str]) -> list[str]:
    """The same for a person."""
    if not keys:
        return []
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    what = "1 archive was stored and is" if len(keys) == 1 else f"{len(keys)} archives were stored and are"
    return [
        f"{what} not part of this backup: {', '.join(keys[:_SHOWN])}{more}. A collection failed after its archive was "
        "sent, a copy turned out to be of something else, or a run was killed. It costs only its storage."
    ]
