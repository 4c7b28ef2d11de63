# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether backups are complete, from their manifests and the stored archives. Pure."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._base.counted import counted
from .parts import SHARD
from .summary import Elsewhere, Held, Summary

Stored = Collection[tuple[str, int]]


@dataclasses.dataclass(frozen=True)
class Unseen:
    """A node's part of a backup that exists but could not be read, and why."""

    backup_id: str
    node: str
    why: str


@dataclasses.dataclass(frozen=True)
class Gap:
    """Shards of one collection that are in no archive. keys: their shard keys, with custom sharding; points: an
    estimate of the points in them, None if unknown; of: the points of the collection."""

    collection: str
    shards: tuple[int, ...]
    keys: tuple[str | int, ...] = ()
    points: int | None = None
    of: int | None = None

    def sentence(self) -> str:
        """What is not in the backup."""
        named = f"shard {', '.join(map(str, self.shards))} of {self.collection}"
        named += f" (shard key {', '.join(map(str, self.keys))})" if self.keys else ""
        if self.points is None:
            return f"in no archive: {named}"
        return f"in no archive: {named}, about {self.points} of {counted(self.of or 0, 'point')}"


@dataclasses.dataclass(frozen=True)
class Completeness:
    """The contents of a backup id, over all nodes."""

    expected: tuple[str, ...]  # nodes that any manifest names
    present: tuple[str, ...]  # nodes that have a manifest
    missing_nodes: tuple[str, ...]
    missing_shards: tuple[tuple[str, int], ...]  # (collection, shard id) that no node captured
    lost: tuple[str, ...]  # keys of archives that a manifest names but that are missing or have another size
    failed: tuple[str, ...]  # "collection on node"
    text: str  # in a few words: the state, how many nodes there are, how much is missing
    gaps: tuple[Gap, ...] = ()  # the missing shards by collection
    unused: tuple[str, ...] = ()  # keys of archives that no manifest names: they only cost storage
    unseen: tuple[str, ...] = ()  # "node: why", whose manifest or list of archives could not be read

    @property
    def whole(self) -> bool:
        """Everything that the cluster had can be restored from this backup. Also False if that is unknown."""
        return not (self.lacks or self.unseen)

    @property
    def lacks(self) -> bool:
        """Something is known to be missing."""
        return bool(self.missing_nodes or self.missing_shards or self.lost or self.failed)

    @property
    def state(self) -> str:
        """``complete``; ``incomplete`` if something is missing; ``unknown`` if a node's part could not be read."""
        return "complete" if self.whole else "incomplete" if self.lacks else "unknown"

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form for reports."""
        out = dataclasses.asdict(self)
        out["missing_shards"] = [{"collection": name, "shard": shard} for name, shard in self.missing_shards]
        out["gaps"] = [{**gap, "shards": list(gap["shards"]), "keys": list(gap["keys"])} for gap in out["gaps"]]
        return {
            **{key: list(value) if isinstance(value, tuple) else value for key, value in out.items()},
            "whole": self.whole,
            "state": self.state,
        }


def complete_each(
    parts: Iterable[Summary | Unseen], stored: Mapping[str, Stored]
) -> Iterator[tuple[str, Completeness]]:
    """Each backup id with its completeness, in one pass.

    parts: sorted by id; stored: backup id to (key, bytes) of the stored archives.
    """
    for backup_id, group in itertools.groupby(parts, key=lambda part: part.backup_id):
        found = list(group)
        summaries = [part for part in found if isinstance(part, Summary)]
        unseen = [part for part in found if isinstance(part, Unseen)]
        yield backup_id, complete(summaries, stored.get(backup_id, ()), unseen)


def complete(summaries: Sequence[Summary], stored: Stored, unseen: Sequence[Unseen] = ()) -> Completeness:
    """The completeness of one backup id. summaries: one a node; stored: (key, bytes) of the stored archives."""
    there = stored if isinstance(stored, (set, frozenset)) else set(stored)
    present = sorted({part.node for part in summaries} | {part.node for part in unseen})
    expected = sorted({name for summary in summaries for name in summary.expected_nodes} | set(present))
    held = [entry for summary in summaries for entry in summary.collections]
    named = {entry.archive for entry in held}
    unread = [f"{part.node}: {part.why}" for part in unseen]
    gaps = () if unseen else tuple(_gaps(summaries))
    found = Completeness(
        expected=tuple(expected),
        present=tuple(present),
        missing_nodes=tuple(name for name in expected if name not in present),
        missing_shards=tuple((gap.collection, shard) for gap in gaps for shard in gap.shards),
        lost=tuple(sorted(entry.archive for entry in held if (entry.archive, entry.bytes) not in there)),
        failed=tuple(sorted({f"{name} on {part.node}" for part in summaries for name, dummy in part.failed})),
        text="",
        gaps=gaps,
        # A manifest that could not be read may name any of them.
        unused=() if unseen else tuple(sorted({key for key, dummy in there} - named)),
        unseen=tuple(sorted(unread)),
    )
    return dataclasses.replace(found, text=_text(found))


def _gaps(summaries: Sequence[Summary]) -> Iterator[Gap]:
    """Shards that a node saw and that none captured, also those of nodes that have no manifest."""
    known: dict[str, set[int]] = {}
    keys: dict[str, dict[str, str | int]] = {}
    held: dict[str, list[Held]] = {}
    for summary in summaries:
        seen: list[Held | Elsewhere] = [*summary.collections, *summary.elsewhere]
        for one in seen:
            known.setdefault(one.name, set()).update(one.known)
            keys.setdefault(one.name, {}).update(one.keys)
        for entry in summary.collections:
            held.setdefault(entry.name, []).append(entry)
    for name in sorted(known):
        entries = held.get(name, [])
        missing = sorted(known[name] - {shard for entry in entries for shard in entry.captured})
        if missing:
            own = dict.fromkeys(keys[name][str(shard)] for shard in missing if str(shard) in keys[name])
            yield Gap(name, tuple(missing), tuple(own), *_points(entries))


def _points(entries: Sequence[Held]) -> tuple[int | None, int | None]:
    """(points that are in no archive, points of the collection): an estimate, from the nodes' counts of the shards that
    they captured. Unknown if they did not count each."""
    points = {entry.captured[0]: entry.shard_points for entry in entries if entry.kind == SHARD}
    whole = next((entry.points for entry in entries if entry.points is not None), None)
    if whole is None or len(points) < len(entries) or None in points.values():
        return None, None
    return max(0, whole - sum(count or 0 for count in points.values())), whole


_MOST_NAMES = 2  # of nodes in the short text


def _text(found: Completeness) -> str:
    """``complete, 3 nodes``, ``incomplete: node-c missing, 2 shards missing``."""
    if found.whole:
        return "complete" if len(found.expected) == 1 else f"complete, {len(found.expected)} nodes"
    what = [f"{_names(found.missing_nodes)} missing"] if found.missing_nodes else []
    counts = ((found.missing_shards, "shard", "missing"), (found.lost, "archive", "lost"))
    what += [f"{counted(len(items), name)} {word}" for items, name, word in counts if items]
    what += [f"{counted(len(found.failed), 'collection')} failed"] if found.failed else []
    what += [f"{_names([told.partition(': ')[0] for told in found.unseen])} not read"] if found.unseen else []
    return f"{found.state}: {', '.join(what)}"


def _names(nodes: Sequence[str]) -> str:
    return ", ".join(nodes) if len(nodes) <= _MOST_NAMES else f"{len(nodes)} nodes"
