# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the node's disks have room for a restore. Pure.

A recover unpacks the archive into the storage folder. The safety snapshot, and the copy that a file or an upload makes,
lie in the snapshots folder. The two folders may be on one disk or on two, and be seen from here or not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from .._base.plan import Refusal, human_bytes
from .choose import deliveries, in_place, to_do
from .values import RestoreFacts, RestoreOptions

WAL_BYTES = 64 << 20  # what Qdrant wants free for the write-ahead log of each shard; below it every write fails


@dataclasses.dataclass(frozen=True)
class Need:
    """Bytes needed meanwhile in the storage folder and in the snapshots folder."""

    storage: int = 0
    snapshots: int = 0


def need(facts: RestoreFacts, options: RestoreOptions) -> Need:
    """Collections come back one after another: what is kept adds up, what is let go of again counts once."""
    storage = snapshots = segment = copy = 0
    for source, target in to_do(facts, options):
        storage += source.bytes + WAL_BYTES * max(1, len(source.shards))
        segment = max(segment, source.bytes if source.largest_segment is None else source.largest_segment)
        if in_place(source, target, options) or (target.begun and target.count):
            snapshots += source.bytes  # the safety snapshot
        if deliveries(source, target, facts, options)[:1] in (["file"], ["upload"]):
            copy = max(copy, source.bytes)
    return Need(storage + segment, snapshots + copy)


def space_refusals(facts: RestoreFacts, options: RestoreOptions) -> Iterator[Refusal]:
    """A disk that would be too full. Where only one folder is seen, its disk is taken for both."""
    if not to_do(facts, options):
        return
    wanted = need(facts, options)
    for free, bytes_, where in _disks(facts, wanted):
        if free - bytes_ < options.min_free:
            yield Refusal(
                "no_space",
                f"{human_bytes(free)} are free{where}; the restore needs about {human_bytes(bytes_)} and "
                f"{human_bytes(options.min_free)} must stay free (Qdrant refuses every write on a full disk).",
                "Free some space, or lower min_free.",
            )


def _disks(facts: RestoreFacts, wanted: Need) -> list[tuple[int, int, str]]:
    seen = [free for free in (facts.storage_free_bytes, facts.free_bytes) if free is not None]
    if facts.free_bytes is not None and facts.storage_free_bytes is not None and not facts.one_disk:
        return [
            (facts.storage_free_bytes, wanted.storage, " in the storage folder"),
            (facts.free_bytes, wanted.snapshots, " in the snapshots folder"),
        ]
    return [(min(seen), wanted.storage + wanted.snapshots, "")] if seen else []


def space_warnings(facts: RestoreFacts, options: RestoreOptions) -> Iterator[str]:
    """What could not be seen, so that nobody takes silence for room."""
    if not to_do(facts, options):
        return
    wanted = need(facts, options)
    if facts.free_bytes is None and facts.storage_free_bytes is None:
        yield (
            "Free space of the node's disk could not be seen (snapshots_dir, storage_dir): the restore needs about "
            f"{human_bytes(wanted.storage + wanted.snapshots)}."
        )
    elif facts.storage_free_bytes is None:
        yield (
            "Free space in the node's storage folder could not be seen (storage_dir): where it is on another disk "
            f"than the snapshots, about {human_bytes(wanted.storage)} must be free there."
        )
