# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shrink guard: a backup with much less in it than the last good one is kept, and marked. Pure.

A suspect entry keeps the figures of the last good backup as its ``previous``, so the mark stays until the data is back
or the fall is accepted; it does not go away by itself one backup later.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._base.choose import chosen
from .._base.plan import human_bytes
from .options import BackupOptions
from .values import Previous, Prior


@dataclasses.dataclass(frozen=True)
class Baseline:
    """What a collection is compared with: the last good backup of it."""

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
    """Sentences why this collection is suspect beside its last good backup; empty where it is not."""
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
    """Collections and aliases that backups of this node had, that are asked for, and that are not there any more."""
    if previous is None or options.accept_shrink:
        return {}
    here = set(names)
    had = {*previous.collections, *_texts(previous.gone.get("collections"))}
    asked = set(chosen(options.collections, had | here))
    collections = sorted(asked - here)
    of_asked = {alias for alias, name in previous.aliases.items() if name in asked or not options.collections}
    had_aliases = {*of_asked, *_texts(previous.gone.get("aliases"))}
    lost_aliases = sorted(had_aliases - set(aliases))
    found = {"collections": collections, "aliases": lost_aliases}
    return {key: value for key, value in found.items() if value}


@dataclasses.dataclass(frozen=True)
class Carried:
    """What backups before this one had and this one says nothing about, because it was not asked to or because it
    failed: noted, so that the next backup still knows it."""

    collections: tuple[str, ...] = ()
    aliases: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The manifest's ``carried``; empty where there is nothing to carry."""
        found = {"collections": list(self.collections), "aliases": dict(self.aliases)}
        return found if self.collections or self.aliases else {}


def carried(
    previous: Previous | None,
    lost: Mapping[str, Sequence[str]],
    here: Iterable[str],
    held: Iterable[str],
    failed: Iterable[str],
    aliases: Mapping[str, str],
    options: BackupOptions,
) -> Carried:
    """lost: what ``gone`` found; here: names on the node; held, failed, aliases: of the backup that is being made."""
    if previous is None:
        return Carried()
    had = {*previous.collections, *_texts(previous.gone.get("collections"))}
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


def carried_by(extra: Mapping[str, Any]) -> Carried:
    """What a manifest carries on; nonsense in it is nothing."""
    found = extra.get("carried")
    if not isinstance(found, dict):
        return Carried()
    aliases = found.get("aliases")
    pairs = aliases.items() if isinstance(aliases, dict) else ()
    return Carried(tuple(_texts(found.get("collections"))), {str(alias): str(name) for alias, name in pairs})


def gone_reasons(lost: Mapping[str, Sequence[str]], previous: Previous | None) -> list[str]:
    """The same as sentences."""
    since = f" (the backup before was {previous.backup_id})" if previous else ""
    words = {"collections": "collections gone", "aliases": "aliases gone"}
    return [f"{words[key]}: {', '.join(lost[key])}{since}" for key in ("collections", "aliases") if lost.get(key)]


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []
