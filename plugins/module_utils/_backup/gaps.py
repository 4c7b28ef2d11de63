# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which shards of a committed backup are in no archive, and which of them this node stores now. Pure.

A node that has not backed up yet is waited for: its shards are not a gap. It is not waited for once the backup is an
hour old, or if it does not answer its peers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from .assign import assign, assign_gaps
from .coverage import known_shards
from .values import ClusterBackup, NodeFacts

PATIENCE = 3600.0  # seconds; status also counts a backup as incomplete after this time


@dataclasses.dataclass(frozen=True)
class Gap:
    """Shards of one collection that are in no archive. here: those that this node stores now; told: warnings."""

    name: str
    here: tuple[int, ...] = ()
    told: tuple[str, ...] = ()


def gaps(node: NodeFacts, backup_id: str, of_cluster: ClusterBackup) -> Iterator[Gap]:
    """The gaps of the selected collections."""
    silent = node.silent or ()
    for name in node.selection.names:
        facts = node.collections[name]
        if facts.shards is None or facts.error:
            continue
        missing = {int(shard) for shard in known_shards(facts.shards)} - of_cluster.captured.get(name, frozenset())
        takers = assign(facts.shards, name, backup_id, silent).takers
        late = of_cluster.age >= PATIENCE
        awaited = {
            shard
            for shard in missing
            if of_cluster.at_work or (shard in takers and takers[shard] not in of_cluster.peers and not late)
        }
        found = assign_gaps(facts.shards, name, backup_id, missing - awaited, of_cluster.peers, silent)
        here = found.of(facts.shards.peer_id)
        if missing:
            yield Gap(name, here, tuple(_told(name, backup_id, missing, awaited, here, of_cluster)))


def _told(
    name: str,
    backup_id: str,
    missing: set[int],
    awaited: set[int],
    here: tuple[int, ...],
    of_cluster: ClusterBackup,
) -> Iterator[str]:
    where = f"of {name} is in no archive of backup {backup_id}"
    if here:
        yield f"Shard {_list(here)} {where}: it is stored now, as a later part of this node's backup."
    if awaited and of_cluster.at_work:
        yield f"Shard {_list(awaited)} {where} yet: {', '.join(of_cluster.at_work)} is backing up now."
    elif awaited:
        yield f"Shard {_list(awaited)} {where} yet: the nodes that store it in this backup have not backed up."
    rest = missing - awaited - set(here)
    if rest:
        yield f"Shard {_list(rest)} {where}. Run this under the same id on the other nodes that have it."


def _list(shards: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(shards)))
