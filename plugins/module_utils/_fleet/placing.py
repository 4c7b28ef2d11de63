# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which shard of the target an archive goes to, and which nodes hold it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._base.counted import counted
from .values import Archived, ShardKey, View


def keys_of(shards: Mapping[int, ShardKey]) -> dict[Any, list[int]]:
    """Shard key to its shard ids, in order; empty without custom sharding."""
    found: dict[Any, list[int]] = {}
    for shard, key in sorted(shards.items()):
        if key is not None:
            found.setdefault(key, []).append(shard)
    return found


def known_shards(archived: Archived) -> dict[int, ShardKey]:
    """The shards of the collection in the backup, with their keys."""
    keys = {shard: key for key, ids in archived.whole.shard_keys for shard in ids}
    return {shard: keys.get(shard) for shard in sorted(archived.whole.known_shards)}


def targets_of(archived: Archived, shards: Mapping[int, ShardKey]) -> dict[int, int]:
    """Shard id in the backup to shard id in the target; a shard without one is left out.

    With automatic sharding the ids are the same: they are the points of the hash ring. A shard key with one shard may
    have another id in the target, one with several must have the same ids, for the same reason.
    """
    if not archived.whole.custom_sharding:
        return {shard: shard for shard in archived.whole.known_shards if shard in shards}
    found: dict[int, int] = {}
    there = keys_of(shards)
    for key, ids in archived.whole.shard_keys:
        theirs = there.get(key, [])
        if len(ids) == len(theirs) and (len(ids) == 1 or tuple(theirs) == ids):
            found.update(zip(ids, theirs))
    return found


def new_ids(archived: Archived) -> dict[int, ShardKey]:
    """The shards that a new collection will have: a server numbers those of keys 1, 2, 3, ... as they are created."""
    if not archived.whole.custom_sharding:
        return dict.fromkeys(range(len(archived.whole.known_shards)))
    keys = [key for key, ids in archived.whole.shard_keys for dummy in ids]
    return dict(enumerate(keys, start=1))


def misfit(archived: Archived, shards: Mapping[int, ShardKey]) -> str:
    """Why the shards of a collection are not those of the backup, "" if each archive has its shard."""
    known = archived.whole.known_shards
    lost = sorted(known - set(targets_of(archived, shards)))
    if lost:
        return f"shard {', '.join(map(str, lost))} of the backup has no place in it"
    if len(known) != len(shards):
        return f"it has {counted(len(shards), 'shard')}, the backup {len(known)}"
    return ""


def placement(
    archived: Archived, key: ShardKey, members: Mapping[str, int], nodes_of_peers: Mapping[int, str]
) -> list[int] | None:
    """The peers for a new shard key: those that held it, by peer id or by the name of their node. None to let Qdrant
    choose, where one of them does not exist any more."""
    held = {peer for archive in archived.shards if archive.key == key for peer in archive.peers}
    found = set()
    for peer in held:
        if peer in members.values():
            found.add(peer)
        elif nodes_of_peers.get(peer, "") in members:
            found.add(members[nodes_of_peers[peer]])
        else:
            return None
    return sorted(found) if found and len(found) == len(held) else None


def fewest(view: View, members: Sequence[str], copies: int) -> tuple[str, ...]:
    """The nodes for a shard that has no replica: those with the fewest replicas of the collection."""
    held = {name: sum(one.node == name for one in view.replicas) for name in members}
    return tuple(sorted(sorted(members, key=lambda name: (held[name], name))[: max(1, copies)]))
