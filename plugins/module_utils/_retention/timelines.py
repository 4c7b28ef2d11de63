# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes share backups: the nodes of a cluster are one timeline, independent nodes are one each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .._repository.parts import SHARD
from .values import Part


def timelines(parts: Sequence[Part]) -> list[frozenset[str]]:
    """The names of nodes that belong together, each node once.

    Nodes belong together if a manifest expects another one, or if one lacks a shard that another one captured under the
    same backup id.
    """
    leaders: dict[str, str] = {}

    def leader(name: str) -> str:
        while leaders.setdefault(name, name) != name:
            name = leaders[name]
        return name

    holders = _holders(parts)
    for part in parts:
        others = [*part.summary.expected_nodes, *_other_holders(part, holders)]
        for name in others:
            leaders[leader(name)] = leader(part.node)
        leader(part.node)
    found: dict[str, set[str]] = {}
    for name in leaders:
        found.setdefault(leader(name), set()).add(name)
    return sorted((frozenset(names) for names in found.values()), key=sorted)


Holders = dict[tuple[str, str, int], list[str]]  # (backup id, collection, shard) to nodes


def _holders(parts: Iterable[Part]) -> Holders:
    found: Holders = {}
    for part in parts:
        for held in part.summary.collections:
            for shard in held.captured if held.kind == SHARD or set(held.captured) != set(held.known) else ():
                found.setdefault((part.entry.backup_id, held.name, shard), []).append(part.node)
    return found


def _other_holders(part: Part, holders: Holders) -> Iterable[str]:
    for held in part.summary.collections:
        for shard in set(held.known) - set(held.captured):
            yield from holders.get((part.entry.backup_id, held.name, shard), ())
    for one in part.summary.elsewhere:
        for shard in one.known:
            yield from holders.get((part.entry.backup_id, one.name, shard), ())
