# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options and facts of the operation on a node's snapshots."""

from __future__ import annotations

import dataclasses

from .._base.intent import Intent
from .._options import NODE, SNAPSHOT_STATE, field
from .._qdrant.values import Snapshot


@dataclasses.dataclass(frozen=True)
class SnapshotOptions:
    """Options of ``operation.manage``."""

    kind: str = field(SNAPSHOT_STATE, "kind")  #: collection, shard or full
    collection: str | None = field(SNAPSHOT_STATE, "collection")
    shard_id: int | None = field(SNAPSHOT_STATE, "shard_id")
    state: str = field(SNAPSHOT_STATE, "state")  #: present or absent
    snapshot: str | None = field(SNAPSHOT_STATE, "snapshot")  #: the one to delete
    keep: int | None = field(SNAPSHOT_STATE, "keep")  #: how many to keep, None for all
    max_age: float | None = field(SNAPSHOT_STATE, "max_age")  #: seconds; None always creates one
    snapshots_dir: str | None = field(NODE, "snapshots_dir")  #: the node's snapshots folder as this host sees it
    state_dir: str = field(SNAPSHOT_STATE, "state_dir")  #: this host's lock of the node, and the intents of restores


@dataclasses.dataclass(frozen=True)
class SnapshotFacts:
    """Facts about the node's snapshots."""

    url: str
    snapshots: tuple[Snapshot, ...]  #: of the requested kind, newest first
    ages: dict[str, float | None]  #: seconds by name, None if the server does not return the time
    alias_of: str = ""  #: the collection, if the requested name is an alias
    recovering: int | None = 0  #: recovers that run on the node
    intents: tuple[Intent, ...] = ()  #: restores that began and did not end
    others: frozenset[str] = frozenset()  #: names of those that another server made, or may have made
