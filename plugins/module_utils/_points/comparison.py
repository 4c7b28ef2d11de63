# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a backup that is open with the live collection."""

from __future__ import annotations

import concurrent.futures
import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .._base.errors import EngineError
from .._base.progress import Event, Progress, silent
from .._proof.pages import ANSWER_BYTES, Reading, reading
from .._qdrant.client import Node
from .._qdrant.ids import key_of
from .._qdrant.values import Point
from .alike import Tolerances, payloads_alike, vectors_alike
from .difference import SAMPLE, Difference, Keys, OrderError, compare
from .jobs import Jobs
from .live import Live
from .opening import Backup
from .options import Selection
from .pace import Pace
from .reading import records
from .records import Record
from .source import ShardKey, Source

BATCH = 500  # points of one write
BATCH_BYTES = 4 << 20  # of its text; a server refuses requests above 32 MiB
CHUNK = 5000  # points that are extracted at a time
_TOLD = 20_000

Pair = tuple[dict[str, Any], "Point | None"]


@dataclasses.dataclass(frozen=True)
class Compared:
    """One shard key of a collection (None without custom sharding), and how it differs."""

    live: Live
    found: Difference

    @property
    def key(self) -> ShardKey:
        """The shard key."""
        return self.live.key


def compare_all(
    backup: Backup,
    node: Node,
    target: str,
    source: Source,
    selection: Selection,
    *,
    digests: bool,
    new: bool = False,
    copy: Jobs | None = None,
    progress: Progress = silent,
) -> list[Compared]:
    """The differences by shard key.

    digests: whether payloads and vectors are compared; else only ids, which finds missing points fast. new: whether a
    filter is applied to the live collection too, so that its new points are counted. copy: of the live collection, read
    instead of its API. QdrantError, EngineError.
    """
    about = node.collection(target)
    how = reading(about)
    done = []
    for key in source.shard_keys():
        live = Live(node, target, key)
        theirs: Iterable[Record]
        if copy is None:
            ours = backup.list(key, selection, digests=digests)
            theirs = records(live, target, selection, how, digests=digests, choose=new)
        else:
            with concurrent.futures.ThreadPoolExecutor(2) as pool:  # each waits for its own child process
                listed = [pool.submit(backup.list, key, selection, digests=digests)]
                listed.append(pool.submit(copy.list, selection, digests=digests))
                ours, theirs = (one.result() for one in listed)
        try:
            found = compare(ours, _told(theirs, target, progress))
        except OrderError as error:
            raise EngineError(
                "compare the backup with", f"collection {target}", str(error), "Please report it."
            ) from error
        if digests:
            _look_closer(backup, live, found, how, Tolerances(about))
        done.append(Compared(live, found))
    return done


def _told(theirs: Iterable[Record], target: str, progress: Progress) -> Iterator[Record]:
    number = 0
    for number, record in enumerate(theirs, 1):
        if not number % _TOLD:
            progress(Event("compare", target, text=f"{number} points of {target} read"))
        yield record


def _look_closer(backup: Backup, live: Live, found: Difference, how: Reading, tolerances: Tolerances) -> None:
    """Points whose digests differ are read again on both sides: those that differ by rounding only are the same."""
    found.payloads = found.vectors = 0
    differing = Keys(digests=True)
    for chunk in found.changed.chunks(CHUNK):
        digests = dict(chunk)
        for batch in pairs(backup, live, list(digests), how):
            for body, there in batch:
                ours = point_of(body)
                key = key_in(body)
                payload = there is None or not payloads_alike(ours.payload, there.payload)
                vectors = there is None or not vectors_alike(ours.vector, there.vector, tolerances)
                if payload or vectors:
                    differing.add(Record(key, digests[key]))
                    found.payloads += payload
                    found.vectors += vectors
                else:
                    found.same += 1
                    found.rounded += 1
    found.changed = differing


def pairs(
    backup: Backup,
    live: Live,
    keys: Sequence[bytes],
    how: Reading,
    pace: Pace | None = None,
    most: int | None = None,
) -> Iterator[list[Pair]]:
    """Each point of the backup with the live one, as it is now (None: it does not exist), in batches for one write.

    pace: waited for before the live points are read, so that they are written right after that; most: points of one
    write that the collection allows.
    """
    page = page_of(how)
    size = min(most or page, pace.most(page) if pace else page)
    for batch in batches(backup.extract(live.key, keys, page), size):
        if pace:
            pace.wait(len(batch))
        there = {point.id: point for point in live.retrieve(live.name, [body["id"] for body in batch])}
        yield [(body, there.get(body["id"])) for body in batch]


def page_of(how: Reading) -> int:
    """Points of one request that fit into memory, as far as the configuration tells."""
    return max(1, min(BATCH, ANSWER_BYTES // max(1, how.guess)))


def batches(
    bodies: Iterable[tuple[dict[str, Any], int]], most: int, most_bytes: int = BATCH_BYTES
) -> Iterator[list[dict[str, Any]]]:
    """Groups of points, limited by number and by bytes. bodies: points with the length of their text."""
    batch: list[dict[str, Any]] = []
    size = 0
    for body, length in bodies:
        if batch and (len(batch) >= most or size + length > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(body)
        size += length
    if batch:
        yield batch


def point_of(body: dict[str, Any]) -> Point:
    """A point of the backup."""
    return Point(body["id"], body["payload"], body["vector"])


def key_in(body: dict[str, Any]) -> bytes:
    """The key of a point of the backup."""
    return key_of(body["id"])


def counts_of(parts: Sequence[Compared]) -> dict[str, int]:
    """The numbers of all parts together."""
    counts = Difference().counts()
    for part in parts:
        for name, number in part.found.counts().items():
            counts[name] += number
    return counts


def samples_of(parts: Sequence[Compared]) -> dict[str, list[Any]]:
    """The first ids of each kind."""
    samples: dict[str, list[Any]] = {"missing": [], "changed": [], "new": []}
    for part in parts:
        for name, ids in part.found.samples().items():
            samples[name] = [*samples[name], *ids][:SAMPLE]
    return samples
