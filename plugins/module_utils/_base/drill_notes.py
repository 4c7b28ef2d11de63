# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes of throw-away collections: whose they are, so that what a killed drill left can be deleted without doubt.

A note is written before the collection is created, and removed after it was deleted.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os

from .address import node_key
from .errors import EngineError
from .host import write_durably
from .ownership import hand_over, make_private

_FOLDER = "drills"


@dataclasses.dataclass(frozen=True)
class DrillNote:
    """One throw-away collection of a drill."""

    collection: str
    backup_id: str
    origin: str  #: the collection in the backup
    started_at: str  #: UTC


class DrillNotes:
    """The notes of one node on this host."""

    def __init__(self, state_dir: str, node_url: str) -> None:
        self._folder = os.path.join(state_dir, _FOLDER, node_key(node_url))
        self._state_dir = state_dir

    def write(self, note: DrillNote) -> None:
        """Write a note that survives a power cut. EngineError if it cannot be written."""
        path = self._path(note.collection)
        try:
            make_private(self._state_dir)
            for folder in (os.path.dirname(self._folder), self._folder):
                make_private(folder)
                hand_over(folder)
            write_durably(path, json.dumps(dataclasses.asdict(note), sort_keys=True).encode())
        except OSError as error:
            raise EngineError(
                "write",
                path,
                error.strerror or str(error),
                "The state directory must be writable: run with sudo or as the backup user, or set state_dir.",
            ) from None

    def remove(self, collection: str) -> None:
        """Remove a note; no error if there is none."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(collection))

    def all(self) -> list[DrillNote]:
        """Every note that can be read. A damaged one names no collection, so nothing is deleted for it."""
        try:
            names = sorted(os.listdir(self._folder))
        except OSError:
            return []
        found = []
        for name in names:
            with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
                if name.endswith(".json"):
                    with open(os.path.join(self._folder, name), encoding="utf-8") as handle:
                        data = json.load(handle)
                    found.append(DrillNote(**{key: str(value) for key, value in data.items()}))
        return found

    def _path(self, collection: str) -> str:
        return os.path.join(self._folder, hashlib.sha256(collection.encode()).hexdigest()[:32] + ".json")
