# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which local archives form which backup. Pure functions."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Sequence

from .._base.choose import chosen as chosen_names
from .._base.clock import backup_id, parse_utc
from .._base.plan import Plan, Step
from .local import LocalArchive


@dataclasses.dataclass(frozen=True)
class Round:
    """One backup to commit: at most one archive of each collection."""

    backup_id: str
    archives: tuple[LocalArchive, ...]


def rounds(
    local: Iterable[LocalArchive], stored: set[tuple[str, str, int]], taken_ids: set[str], patterns: Sequence[str] = ()
) -> list[Round]:
    """Archives that are not stored yet, in rounds: the newest of each collection, then the second newest, and so on.
    The oldest round comes first. The id of a round is the time of its newest archive, plus seconds if that id is taken.

    stored: (collection, file, bytes) of archives in the repository.
    """
    by_collection: dict[str, list[LocalArchive]] = {}
    local = sorted(local, key=lambda item: (item.taken, item.file), reverse=True)
    wanted = set(chosen_names(patterns, [archive.collection for archive in local]))
    for archive in local:
        if archive.collection in wanted and (archive.collection, archive.file, archive.bytes) not in stored:
            by_collection.setdefault(archive.collection, []).append(archive)
    deepest = max((len(archives) for archives in by_collection.values()), default=0)
    used, found = set(taken_ids), []
    for rank in reversed(range(deepest)):
        chosen = tuple(archives[rank] for dummy, archives in sorted(by_collection.items()) if rank < len(archives))
        name = _free(max(archive.taken for archive in chosen), used)
        used.add(name)
        found.append(Round(name, chosen))
    return found


def _free(name: str, used: set[str]) -> str:
    while name in used:
        name = backup_id(parse_utc(name) + datetime.timedelta(seconds=1))
    return name


def push_plan(found: Sequence[Round], where: str, to: str) -> Plan:
    """The plan that check mode prints."""
    steps: list[Step] = []
    for one in found:
        steps += [Step("store", f"{archive.collection}/{archive.file}", archive.bytes) for archive in one.archives]
        steps.append(Step("commit", f"backup {one.backup_id}"))
    return Plan("push", f"{where} to {to}", tuple(steps))
