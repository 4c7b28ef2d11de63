# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which collections the newest backups know: these may still exist, so none of them can be forgotten. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from .._repository.summary import Summary
from .values import Backup, Part


def still_there(backups: Sequence[Backup]) -> set[str]:
    """The collections that the newest backup of each node knows: its own, those that failed in it, and those that its
    run was not asked for. A push knows its own only, so those of the newest run count too."""
    found: set[str] = set()
    for part in _newest(backups):
        found.update(in_backup(part.summary), part.summary.not_selected)
        found.update(name for name, dummy in part.summary.failed)
    return found


def in_newest(backups: Sequence[Backup]) -> set[str]:
    """Those of them that these backups hold."""
    return {name for part in _newest(backups) for name in in_backup(part.summary)}


def in_backup(summary: Summary) -> set[str]:
    """The collections that one node's part of a backup is about."""
    return {held.name for held in summary.collections} | {one.name for one in summary.elsewhere}


def _newest(backups: Sequence[Backup]) -> list[Part]:
    """The newest part of each node. If that was pushed, also its newest one that a run made, and those in between."""
    by_node: dict[str, list[Part]] = {}
    for backup in backups:
        for part in backup.parts:
            by_node.setdefault(part.node, []).append(part)
    found = []
    for own in by_node.values():
        run = next((place for place, part in enumerate(own) if not part.summary.pushed), 0)
        found += own[: run + 1]
    return found
