# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds a recorded drill in the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._base.clock import backup_id, parse_utc
from .._base.errors import UsageError
from .._repository.drills import DrillEntry, drills_of, read_drill
from .._repository.errors import StoreError
from .values import DrillReport, read_report

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue

LATEST = "latest"


def recorded(catalogue: Catalogue, node: str | None, which: str) -> DrillReport:
    """The newest drill of a node (None: this host's, or the only node's), or the one of a time.

    StoreError if there is none, or if it is not a drill that this version can read; UsageError for a time that is none.
    """
    name = node or catalogue.own_node() or ""
    wanted = which if which == LATEST else backup_id(parse_utc(which))
    if not name:
        raise UsageError("There are no backups, so there are no drills", "Check bucket or path, prefix and cluster.")
    entries = drills_of(catalogue, name)
    entry = _chosen(catalogue, entries, name, wanted)
    document = read_drill(catalogue, entry)
    report = read_report(document) if document is not None else None
    if report is None:
        raise StoreError(
            "read the drill",
            f"{entry.key} in {catalogue.store.url}",
            "it is not a record of a drill of format 1",
            "It was written by another program or a later version. Choose another drill.",
            kind="protocol",
        )
    return report


def _chosen(catalogue: Catalogue, entries: list[DrillEntry], node: str, wanted: str) -> DrillEntry:
    found = [entry for entry in entries if wanted in (LATEST, time_of(entry))]
    if found:
        return found[0]
    raise StoreError(
        "find the drill" if wanted != LATEST else "find a drill",
        f"of node {node} in {catalogue.store.url}",
        f"there are {', '.join(map(time_of, entries[:10]))}" if entries else "there are none",
        "Use one of these times." if entries else "Drill now: qdrant-backup drill",
        kind="not_found",
    )


def time_of(entry: DrillEntry) -> str:
    """The time of a drill as in its key."""
    return entry.key.rpartition("/")[2].partition("-")[0]
