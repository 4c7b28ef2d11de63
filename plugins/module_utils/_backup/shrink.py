# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shrink guard: a backup that is much smaller than the last good one is kept and marked. Pure.

A suspect entry keeps the numbers of the last good backup as its ``previous``, so later backups are suspect too until
the data is back or the fall is accepted.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._base.choose import chosen
from .._base.plan import human_bytes
from .._qdrant.names import before_switch
from .._repository.fields import texts
from .._repository.manifest import Carried
from .options import BackupOptions
from .values import Previous, Prior


@dataclasses.dataclass(frozen=True)
class Baseline:
    """The last good backup of a collection, for comparison."""

    backup_id: str
    points: int | None
    bytes: int

    def as_dict(self) -> dict[str, Any]:
        """The manifest's ``previous``."""
        return {"backup_id": self.backup_id, "points": self.points, "bytes": self.bytes}


def baseline(prior: Prior | None) -> Baseline | None:
    """The last good backup: the prior entry, or the one that a suspect prior entry was compared with."""
    if prior is None:
        return None
    entry = prior.entry
    if entry.suspect and entry.previous:
        good = entry.previous
        return Baseline(str(good["backup_id"]), good.get("points"), int(good.get("bytes") or 0))
    points = entry.points.after if entry.points.after is not None else entry.points.before
    return Baseline(prior.backup_id, points, entry.archive.bytes)


def reasons(base: Baseline | None, points: int | None, size: int, options: BackupOptions) -> list[str]:
    """Why this collection is suspect compared with its last good backup; empty if it is not."""
    if base is None or options.accept_shrink:
        return []
    found = []
    if points is not None and base.points and points < base.points * (1 - options.shrink_points):
        found.append(f"points fell from {base.points} in backup {base.backup_id} to {points}")
    if base.bytes and size < base.bytes * (1 - options.shrink_bytes):
        found.append(
            f"the archive fell from {human_bytes(base.bytes)} in backup {base.backup_id} to {human_bytes(size)}"
        )
    return found


def gone(
    previous: Previous | None, names: Iterable[str], aliases: Mapping[str, str], options: BackupOptions
) -> dict[str, list[str]]:
    """Selected collections and aliases of earlier backups of this node that no longer exist."""
    if previous is None or options.accept_shrink:
        return {}
    here = set(names)
    gone_before = set(texts(previous.gone.get("collections")))
    had = {*previous.collections, *gone_before}
    asked = set(chosen(options.collections, had | here))
    # What was gone before stays so in a run of other collections: it must not look like a good backup of the node.
    collections = sorted((asked | gone_before) - here - _switched_away(previous, aliases))
    of_asked = {alias for alias, name in previous.aliases.items() if name in asked or not options.collections}
    had_aliases = {*of_asked, *texts(previous.gone.get("aliases"))}
    lost_aliases = sorted(had_aliases - set(aliases))
    found = {"collections": collections, "aliases": lost_aliases}
    return {key: value for key, value in found.items() if value}


def _switched_away(previous: Previous, aliases: Mapping[str, str]) -> set[str]:
    """Collections whose alias points to a restored copy of them now: a switch replaced them, and may delete them."""
    return {
        name
        for alias, name in previous.aliases.items()
        if aliases.get(alias, name) != name and before_switch(aliases[alias]) == before_switch(name)
    }


def carried(
    previous: Previous | None,
    lost: Mapping[str, Sequence[str]],
    here: Iterable[str],
    held: Iterable[str],
    failed: Iterable[str],
    aliases: Mapping[str, str],
    options: BackupOptions,
) -> Carried:
    """lost: from ``gone``; here: names on the node; held, failed, aliases: of this backup."""
    if previous is None:
        return Carried()
    had = {*previous.collections, *texts(previous.gone.get("collections"))}
    asked = set(chosen(options.collections, had | set(here)))
    silent = (had - asked) | (had & set(failed))
    told = {*held, *lost.get("collections", ())}
    named = {*aliases, *lost.get("aliases", ())}
    return Carried(
        tuple(sorted(silent - told)),
        {
            alias: name
            for alias, name in sorted(previous.aliases.items())
            if alias not in named and name not in asked and options.collections
        },
    )


def gone_reasons(lost: Mapping[str, Sequence[str]], previous: Previous | None) -> list[str]:
    """The same as messages."""
    since = f" (the previous backup is {previous.backup_id})" if previous else ""
    words = {"collections": "collections gone", "aliases": "aliases gone"}
    return [f"{words[key]}: {', '.join(lost[key])}{since}" for key in ("collections", "aliases") if lost.get(key)]
