# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks on a collection that is restored node after node: aliases that say which nodes' parts are restored.

Every node of the cluster sees them, they disappear with the collection, and no other program uses such names. The
restore of the last part removes them. They are not a user's aliases: backups do not record them. Pure functions.
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
FRESH = datetime.timedelta(days=1)  # an unfinished restore of a cluster that is older is not continued


@dataclasses.dataclass(frozen=True)
class Mark:
    """One restored part of a collection."""

    alias: str
    backup_id: str
    at: datetime.datetime  #: when the part was restored
    peer: int  #: the node's peer id when the backup was made

    def fresh(self, moment: datetime.datetime) -> bool:
        """Whether the restore that set the mark may still be running."""
        return moment - self.at < FRESH


def mark_of(collection: str, backup_id: str, peer: int, at: datetime.datetime) -> str:
    """The alias that marks this part as restored."""
    return f"__restore_{backup_id}_{id_of(at)}_{peer}_{hashlib.sha256(collection.encode()).hexdigest()[:8]}"


def read_mark(alias: str) -> Mark | None:
    """The mark in an alias; None for a user's alias."""
    match = _MARK.fullmatch(alias)
    return Mark(alias, match[1], parse_utc(match[2]), int(match[3])) if match else None


def without_marks(aliases: Mapping[str, str]) -> dict[str, str]:
    """The aliases without marks, that is, the users' aliases."""
    return {alias: held for alias, held in aliases.items() if read_mark(alias) is None}
