# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether backups are complete, from their manifests and the stored archives. Pure."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .summary import Summary

Stored = Collection[tuple[str, int]]


@dataclasses.dataclass(frozen=True)
class Unseen:
    """A node's part of a backup that exists but could not be read, and why."""

    backup_id: str
    node: str
    why: str


@dataclasses.dataclass(frozen=True)
class Completeness:
    """The contents of a backup id, over all nodes."""

    expected: tuple[str, ...]  # nodes that any manifest names
    present: tuple[str, ...]  # nodes that have a manifest
    missing_nodes: tuple[str, ...]
    missing_shards: tuple[tuple[str, int], ...]  # (collection, shard id) that no node captured
    lost: tuple[str, ...]  # keys of archives that a manifest names but that are missing or have another size
    failed: tuple[str, ...]  # "collection on node"
    text: str  # all of it in one line
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
    found = Completeness(
        expected=tuple(expected),
        present=tuple(present),
        missing_nodes=tuple(name for name in expected if name not in present),
        missing_shards=() if unseen else tuple(sorted(_missing_shards(summaries))),
        lost=tuple(sorted(entry.archive for entry in held if (entry.archive, entry.bytes) not in there)),
        failed=tuple(sorted(f"{name} on {part.node}" for part in summaries for name, dummy in part.failed)),
        text="",
        # A manifest that could not be read may name any of them.
        unused=() if unseen else tuple(sorted({key for key, dummy in there} - named)),
        unseen=tuple(sorted(unread)),
    )
    return dataclasses.replace(found, text=_text(found))


def _missing_shards(summaries: Iterable[Summary]) -> set[tuple[str, int]]:
    known: set[tuple[str, int]] = set()
    captured: set[tuple[str, int]] = set()
    for summary in summaries:
        for entry in summary.collections:
            known.update((entry.name, shard) for shard in entry.known)
            captured.update((entry.name, shard) for shard in entry.captured)
    return known - captured


def _text(found: Completeness) -> str:
    what = [f"{name} missing" for name in found.missing_nodes]
    what += [f"shard {shard} of {name} in no archive" for name, shard in found.missing_shards]
    what += [f"{name} failed" for name in found.failed]
    what += [f"not read: {told}" for told in found.unseen]
    if found.lost:
        lost = f"lost: {', '.join(found.lost)}"
        what.append(f"{lost} (deleted by hand or by the bucket's lifecycle, or not of the size in the manifest)")
    text = f"{found.state} {len(found.present)}/{len(found.expected)}"
    text += ": " + ", ".join(what) if what else ""
    if found.unused:
        text += f"; in no manifest: {', '.join(found.unused)} (of collections that failed later, or copies not needed)"
    return text
