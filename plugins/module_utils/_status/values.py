# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about the backups of one node at one moment."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence
from typing import Any

from .._base.intent import Intent
from .._repository.manifest import EarlierServer
from .._repository.unreadable import Unreadable

TRUSTED_AFTER = 3600.0  # seconds after which a backup counts as incomplete if other nodes do not have it


@dataclasses.dataclass(frozen=True)
class Timer:
    """The systemd timer on this host."""

    enabled: bool
    on_calendar: str = ""
    last_elapse: datetime.datetime | None = None  #: UTC, None if unknown
    next_run: datetime.datetime | None = None  #: UTC, None if unknown
    name: str = "qdrant-backup.timer"


@dataclasses.dataclass(frozen=True)
class StatusFacts:
    """Facts for the report of one node."""

    cluster: str
    node: str
    moment: datetime.datetime  #: when the facts were gathered
    where: str = ""  #: the repository
    backups: tuple[dict[str, Any], ...] = ()  #: as ``inventory.describe`` returns them, newest first, as many as needed
    #: of the backups below ``backups``: those with the newest good archive of a collection that these do not have good
    older: tuple[dict[str, Any], ...] = ()
    count: int = 0  #: number of all backups
    nodes: dict[str, frozenset[str]] | None = None  #: backup id -> nodes that have it, None if they may not be listed
    expected_nodes: tuple[str, ...] = ()
    proven_at: str = ""  #: time of the newest proof that found a whole backup good
    unreadable: tuple[Unreadable, ...] = ()  #: backups whose manifest cannot be read, newest first, of those looked at
    not_checked: tuple[str, ...] = ()  #: what could not be checked of the archives, as sentences
    intents: tuple[Intent, ...] = ()  #: restores that began and did not end
    timer: Timer | None = None
    unreachable: str = ""  #: the error of the repository if it could not be read
    servers: tuple[EarlierServer, ...] = ()  #: the servers of the backups, oldest first
    drills: tuple[tuple[datetime.datetime, bool], ...] | None = None  #: (when, passed), newest first; None: unknown
    noted_server: int | None = None  #: peer id of this host's server, as the last run here saw it


def good_collection(item: dict[str, Any]) -> bool:
    """Whether a collection's archive is neither suspect nor damaged nor lost."""
    return not item["suspect"] and not item["proof_failed"] and not item["lost"]


def good_backup(backup: dict[str, Any]) -> bool:
    """Whether a backup holds every collection that its run was asked for, none is gone, suspect, damaged or lost."""
    return (
        not backup["failed"] and not backup["suspect"] and all(good_collection(item) for item in backup["collections"])
    )


def known_backups(backups: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """The backups, newest first, that tell which collections the node has: the newest one. A push knows only its own
    collections, so the newest one that a run made counts too, and those in between."""
    run = next((place for place, backup in enumerate(backups) if not backup.get("pushed")), 0)
    return backups[: run + 1]


def names_of(backups: Sequence[dict[str, Any]]) -> set[str]:
    """The collections that the newest backup of a node knows: its own, those that failed in it, and those that its run
    was not asked for. backups: newest first."""
    found: set[str] = set()
    for backup in known_backups(backups):
        found |= {item["name"] for item in (*backup["collections"], *backup["failed"])} | set(backup["not_selected"])
    return found
