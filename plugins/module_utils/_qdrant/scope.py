# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scope of a snapshot call: a collection, one shard of it, or the whole node."""

from __future__ import annotations

import dataclasses

from .names import quote


@dataclasses.dataclass(frozen=True)
class Scope:
    """Create with ``Scope.collection(c)``, ``Scope.shard(c, shard_id)``, ``Scope.full()``.

    kind: "collection", "shard", "full"; name: the collection, None for full.
    """

    kind: str
    name: str | None = None
    shard_id: int | None = None

    @classmethod
    def collection(cls, name: str) -> Scope:
        return cls("collection", name)

    @classmethod
    def shard(cls, name: str, shard_id: int) -> Scope:
        return cls("shard", name, int(shard_id))

    @classmethod
    def full(cls) -> Scope:
        return cls("full")

    @property
    def path(self) -> str:
        """The path of this scope's snapshots, such as ``/collections/{c}/snapshots``."""
        if self.name is None:
            return "/snapshots"
        if self.shard_id is None:
            return f"/collections/{quote(self.name)}/snapshots"
        return f"/collections/{quote(self.name)}/shards/{self.shard_id}/snapshots"

    def __str__(self) -> str:
        if self.name is None:
            return "the whole node"
        if self.shard_id is None:
            return f"collection {self.name!r}"
        return f"shard {self.shard_id} of collection {self.name!r}"
