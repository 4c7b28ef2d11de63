# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known about the backups of one node at one moment."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from .._base.intent import Intent

TRUSTED_AFTER = 3600.0  # seconds that the other nodes have for the same backup, before it counts as incomplete


@dataclasses.dataclass(frozen=True)
class Timer:
    """systemd's timer on this host. last_elapse, next_run: UTC, None where they cannot be told."""

    enabled: bool
    on_calendar: str = ""
    last_elapse: datetime.datetime | None = None
    next_run: datetime.datetime | None = None


@dataclasses.dataclass(frozen=True)
class StatusFacts:
    """backups: as ``inventory.describe`` gives them, newest first, as far back as was needed; count: of all there are;
    nodes: backup id to the nodes that have it, None where other nodes may not be seen; proven_at: of the newest proof
    that found a whole backup good; unreachable: what the repository said when it could not be read."""

    cluster: str
    node: str
    moment: datetime.datetime
    where: str = ""
    backups: tuple[dict[str, Any], ...] = ()
    count: int = 0
    nodes: dict[str, frozenset[str]] | None = None
    expected_nodes: tuple[str, ...] = ()
    proven_at: str = ""
    unreadable: tuple[str, ...] = ()
    intents: tuple[Intent, ...] = ()
    timer: Timer | None = None
    unreachable: str = ""


def good_collection(item: dict[str, Any]) -> bool:
    """Whether nothing speaks against a collection's archive."""
    return not item["suspect"] and not item["proof_failed"]


def good_backup(backup: dict[str, Any]) -> bool:
    """Whether nothing speaks against a backup: every collection is in it, none is suspect or was found damaged."""
    return not backup["failed"] and all(good_collection(item) for item in backup["collections"])
