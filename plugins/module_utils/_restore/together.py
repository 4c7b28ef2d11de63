# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes of a cluster bring a collection back together, each its own part of one backup, one after another. Pure.

The first node finds the name free, and makes the collection on all of them. The next find it taken: by marks (see
_base/marks.py) they know that it is the one that they belong to.
"""

from __future__ import annotations

from collections.abc import Iterable

from .._base.counted import points
from .values import Source, Target

NO, LIKELY, CERTAIN = 0, 1, 2


def why_not_joined(source: Source, target: Target) -> str:
    """Why a collection that is there is not one whose other parts were just brought back; "" where it is.

    A node may hold all of it, where others hold parts: then its own part is the whole. A client that uses it
    must not lose what it wrote: an alias, writers, another shape or more points than were backed up say that it is
    in use.
    """
    if not target.marks or not source.backup_id:
        return "no other node has just restored its part"
    other = sorted({mark.backup_id for mark in target.marks} - {source.backup_id})
    if other:
        return f"other nodes restored their parts from backup {', '.join(other)}, this one is {source.backup_id}"
    if source.peer_id in {mark.peer for mark in target.marks}:
        return "this node's part is back already"
    return target.strange_shape(source) or _more(source, target)


def _more(source: Source, target: Target) -> str:
    if source.quiet and source.points is not None and (target.count or 0) > source.points:
        return f"it holds {points(target.count)}, the backup {source.points}"
    return ""


def joins(source: Source, target: Target) -> bool:
    """Whether this node's part of the backup goes into a collection that other nodes have begun to bring back."""
    return target.exists and not target.alias_of and not why_not_joined(source, target)


def is_back(source: Source, target: Target) -> str:
    """Why there is nothing to do for a collection, "" where there is: its part is back, or all of it."""
    if not target.exists or target.alias_of:
        return ""
    own = [m for m in target.marks if (m.backup_id, m.peer) == (source.backup_id, source.peer_id)]
    if own and not target.strange_shape(source):
        return "this node's part of it was brought back just now"
    # With marks left, no node has proven the whole yet, made its aliases and removed them: this one will.
    return "it is there as the backup has it" if target.agrees and not target.marks else ""


def coverage(source: Source, restored: Iterable[int]) -> int:
    """Whether the parts of these peers are the whole collection: of every shard one replica at least (LIKELY: one that
    was not active was not captured), or all that there were (CERTAIN)."""
    peers = set(restored)
    holders = [source.shard_peers.get(shard, frozenset()) for shard in source.known_shards]
    if not holders or not all(held & peers for held in holders):
        return NO
    return CERTAIN if all(held <= peers for held in holders) else LIKELY
