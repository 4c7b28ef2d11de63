# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup of a collection, opened by the node itself: restored under a throw-away name, read over REST, deleted.

For hosts without the embedded engine. It is slower, and needs room on the node for a second copy of the collection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .._base.errors import EngineError, RefusedError, UsageError
from .._base.host import Host
from .._base.plan import Plan, Refusal
from .._base.progress import Progress, silent
from .._drill.by_node import Drop, RestoreCopy, Scene, Trial, WriteNote, clean_up
from .._drill.target import Copy, TargetFacts, refusals, refusals_of_same, target_facts
from .._proof.pages import Reading, reading
from .._qdrant.client import Node
from .._qdrant.ids import id_of
from .._qdrant.throwaway import LOCK, remove_leftovers, throwaway_name
from .engine_job import line_of
from .live import Live
from .options import PointsOptions, Selection
from .reading import records
from .records import Record
from .source import ShardKey, Source

if TYPE_CHECKING:
    from .._repository.store import Store


_ENGINE = "nstall qdrant-edge-py (pip install qdrant-edge-py), and set open_with to engine"
_REMEDIES = {
    "cluster": f"I{_ENGINE}.",
    "room_unknown": f"Set storage_dir to the node's storage folder on this host, or i{_ENGINE}.",
    "no_space": f"Free space, lower min_free, or i{_ENGINE} with scratch_dir on another disk.",
    "no_memory": f"I{_ENGINE}.",
}


class RestoredBackup:
    """The throw-away collection, read like ``backup.OpenedBackup``."""

    def __init__(self, live: Live, how: Reading) -> None:
        self._live, self._how = live, how

    def list(self, key: ShardKey, selection: Selection, *, digests: bool) -> Iterator[Record]:
        """The records of the chosen points, in the order of their ids."""
        return records(self._live, self._live.name, selection, self._how, digests=digests)

    def extract(self, key: ShardKey, keys: Sequence[bytes], page: int) -> Iterator[tuple[dict[str, Any], int]]:
        """The points of these keys, as an upsert takes them, each with the length of its text."""
        for first in range(0, len(keys), page):
            ids = [id_of(key) for key in keys[first : first + page]]
            for point in self._live.retrieve(self._live.name, ids):
                body = {"id": point.id, "payload": point.payload or {}, "vector": point.vector or {}}
                yield body, len(line_of(point))


@contextlib.contextmanager
def restored(
    store: Store, source: Source, options: PointsOptions, node: Node, *, progress: Progress = silent
) -> Iterator[RestoredBackup]:
    """The backup as a collection of the node. It is deleted at the end; after a kill, the next run or drill does it.

    UsageError if the collection has shards on several nodes, RefusedError if the node has no room for it, LockedError
    while a drill runs, EngineError if it cannot be restored or deleted.
    """
    entry, origin = _whole(source), source.archives[0].node
    name = throwaway_name(source.collection, source.backup_id)
    host = Host(options.state_dir, node.url)
    with host.lock("restore a throw-away collection", LOCK):
        remove_leftovers(host, node)
        subject = f"{source.collection} as {name} on {node.url}"
        copy = Copy(source.collection, source.backup_id, entry.archive.bytes)
        why_not = reasons(copy, target_facts(node, options), options.min_free)
        Plan("restore", subject, (), why_not).refuse_or_go()
        scene = Scene(node, store, host, options, source.backup_id, origin, time.monotonic(), progress)
        trial = Trial()
        WriteNote(entry, name, source.backup_id).do(scene, trial)
        try:
            RestoreCopy(entry, name).do(scene, trial)
            if trial.phase:
                other = f"Use another backup, and verify this one: qdrant-backup verify --backup-id {source.backup_id}"
                cause = f"Fix the cause, then run the same command again, or i{_ENGINE}."
                raise EngineError("open the backup of", subject, trial.said, other if trial.damaged else cause)
            yield RestoredBackup(Live(node, name), reading(node.collection(name)))
        finally:  # also after a signal
            clean_up(Drop(name, source.collection, source.backup_id), scene, trial)


def reasons(copy: Copy, facts: TargetFacts, min_free: int) -> tuple[Refusal, ...]:
    """Why the node cannot take the copy: those of a drill, with options that a comparison has. Unlike a drill, the copy
    is made on a busy host too. Pure."""
    found = (*refusals([copy], facts), *refusals_of_same([copy], facts, min_free))
    return tuple(dataclasses.replace(one, next=_REMEDIES.get(one.code, one.next)) for one in found)


def _whole(source: Source) -> Any:
    """The one entry that holds the whole collection."""
    if len(source.archives) > 1 or source.lacking or source.keys:
        raise UsageError(
            f"{source.collection} in backup {source.backup_id} is not one archive, so that the node cannot open it "
            "beside the live collection",
            f"I{_ENGINE}.",
        )
    return source.entry


def check_changes(check: bool) -> None:
    """RefusedError in check mode: opening the backup would change the node."""
    if check:
        raise RefusedError(
            "open the backup",
            "in check mode",
            "without the embedded engine it is restored under a throw-away name, which check mode must not do",
            "Install qdrant-edge-py (pip install qdrant-edge-py), or run without check mode: diff changes no point.",
        )
