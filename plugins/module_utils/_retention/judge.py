# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether each collection of a backup is good, over all nodes that belong together. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from .._base.clock import is_ahead
from .._repository.summary import Held
from .values import Backup, Content, Facts, Part, Stored

ALL_LOST = "all archives of it are lost"  # in every backup
EMPTY = "(no collections)"  # the content of a backup of a node without collections


def backups_of(facts: Facts, timeline: frozenset[str]) -> list[Backup]:
    """The backups of one timeline, newest first."""
    by_id: dict[str, list[Part]] = {}
    for part in facts.parts:
        if part.node in timeline:
            by_id.setdefault(part.entry.backup_id, []).append(part)
    found = [_judged(facts, backup_id, by_id[backup_id]) for backup_id in sorted(by_id, reverse=True)]
    return _with_lost(found)


def _with_lost(backups: list[Backup]) -> list[Backup]:
    """The backups, with the collections of which no backup has an archive. That is a damage, or a store that answers
    wrongly: what is known of them stays."""
    known = {name for backup in backups for name in backup.contents}
    out = []
    for backup in backups:
        names = {held.name for part in backup.parts for held in part.summary.collections} - known
        lost = dict.fromkeys(sorted(names), Content(ALL_LOST))
        out.append(dataclasses.replace(backup, contents={**backup.contents, **lost}) if lost else backup)
    return out


def _judged(facts: Facts, backup_id: str, parts: Sequence[Part]) -> Backup:
    present = {part.node for part in parts}
    missing = sorted({name for part in parts for name in part.summary.expected_nodes} - present)
    incomplete = f"incomplete: {', '.join(missing)} missing" if missing else ""
    shared = incomplete or ("its id is in the future" if is_ahead(backup_id, facts.now) else "")
    found: dict[str, list[tuple[Part, Held]]] = {}
    for part in parts:
        for held in part.summary.collections:
            found.setdefault(held.name, []).append((part, held))
    failed = {name: part.node for part in parts for name, dummy in part.summary.failed}
    contents = {}
    for name, items in found.items():
        lost = [held for part, held in items if not _is_stored(facts, part, held)]
        if len(lost) < len(items):
            elsewhere = {
                shard for part in parts for one in part.summary.elsewhere if one.name == name for shard in one.known
            }
            contents[name] = _content(facts, items, elsewhere, shared, failed.get(name, ""), bool(lost))
    if not found and not failed:
        contents[EMPTY] = Content(shared)
    return Backup(backup_id, tuple(parts), contents, incomplete)


def _is_stored(facts: Facts, part: Part, held: Held) -> bool:
    listed = facts.stored.get(part.which, Stored()).archives.get(held.archive, (-1,))
    # The store was asked for each archive that the listing shows otherwise: that answer counts.
    return held.bytes in (listed[0], facts.elsewhere.get(held.archive))


def _content(
    facts: Facts, items: Sequence[tuple[Part, Held]], elsewhere: set[int], shared: str, failed_on: str, lost: bool
) -> Content:
    """elsewhere: shards of the collection that nodes saw which took none of them."""
    states = [facts.grades.get(part.which, {}).get(held.part, {}) for part, held in items]
    known = elsewhere | {shard for dummy, held in items for shard in held.known}
    missing = sorted(known - {shard for dummy, held in items for shard in held.captured})
    suspect = any(held.suspect for dummy, held in items)
    why = [
        shared,
        f"failed on {failed_on}" if failed_on else "",
        f"shard {missing[0]} in no archive" if missing else "",
        "an archive is lost" if lost else "",
        "a proof failed" if any(state.get("failed") for state in states) else "",
        "suspect" if suspect else "",
    ]
    grade = min(int(state.get("grade") or 0) for state in states)
    return Content(next((text for text in why if text), ""), grade, suspect)
