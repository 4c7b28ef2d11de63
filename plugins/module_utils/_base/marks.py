# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks on a collection that is being brought back node after node: aliases that say which nodes' parts are back.

Every node of the cluster sees them, they vanish with the collection, and nobody else makes such names. The last part
that comes back takes them away. They are no aliases of a user's: backups do not note them. Pure.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import re
from collections.abc import Mapping

from .clock import backup_id as id_of
from .clock import parse_utc

_MARK = re.compile(r"__restore_(\d{8}T\d{6}Z)_(\d{8}T\d{6}Z)_(\d{1,20})_[0-9a-f]{8}")
FRESH = datetime.timedelta(days=1)  # a restore of a cluster that was left half done for longer is not gone on with


@dataclasses.dataclass(frozen=True)
class Mark:
    """One part that is back. peer: the id that the node had when the backup was made; at: when its part came back."""

    alias: str
    backup_id: str
    at: datetime.datetime
    peer: int

    def fresh(self, moment: datetime.datetime) -> bool:
        """Whether the restore that it belongs to can still be under way."""
        return moment - self.at < FRESH


def mark_of(collection: str, backup_id: str, peer: int, at: datetime.datetime) -> str:
    """The alias that says so."""
    return f"__restore_{backup_id}_{id_of(at)}_{peer}_{hashlib.sha256(collection.encode()).hexdigest()[:8]}"


def read_mark(alias: str) -> Mark | None:
    """What an alias says; None for one of a user's."""
    match = _MARK.fullmatch(alias)
    return Mark(alias, match[1], parse_utc(match[2]), int(match[3])) if match else None


def without_marks(aliases: Mapping[str, str]) -> dict[str, str]:
    """The aliases of users."""
    return {alias: held for alias, held in aliases.items() if read_mark(alias) is None}
