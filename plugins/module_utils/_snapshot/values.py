# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wanted of a node's snapshots, and what is there."""

from __future__ import annotations

import dataclasses

from .._base.host import STATE_DIR
from .._base.intent import Intent
from .._qdrant.values import Snapshot


@dataclasses.dataclass(frozen=True)
class SnapshotOptions:
    """kind: collection, shard or full; keep: how many to leave (None: all); max_age: seconds that a snapshot may be
    old and still do (None: always create); snapshots_dir: this host's view of the node's snapshots folder; state_dir:
    where this host's lock of the node is, and what restores have begun and not ended."""

    kind: str = "collection"
    collection: str = ""
    shard_id: int | None = None
    state: str = "present"
    snapshot: str = ""
    keep: int | None = None
    max_age: float | None = None
    snapshots_dir: str = ""
    state_dir: str = STATE_DIR


@dataclasses.dataclass(frozen=True)
class SnapshotFacts:
    """snapshots: of the kind wanted, newest first; ages: seconds, None where the server does not tell the time;
    alias_of: the collection behind the name, where it is an alias; recovering: recovers at work on the node; intents:
    restores that began and did not end."""

    url: str
    snapshots: tuple[Snapshot, ...]
    ages: dict[str, float | None]
    alias_of: str = ""
    recovering: int | None = 0
    intents: tuple[Intent, ...] = ()
