# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes points of a backup into the live collection in batches: read, decide, write, read again."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterator, Sequence
from typing import Any, Callable

from .._base.errors import EngineError, LockedError
from .._base.plan import Plan
from .._base.progress import Event, Progress
from .._proof.by_engine import EngineOptions
from .._proof.pages import Reading, reading
from .._qdrant.client import Node
from .._qdrant.values import Collection
from .alike import Tolerances, alike
from .comparison import CHUNK, Compared, Pair, compare_all, counts_of, key_in, pairs, point_of
from .decide import BACK, DELETED, WRITE, WRITTEN, decide
from .diff import mixed, warnings_of
from .live_copy import live_copy
from .opening import Backup
from .options import CHANGED, MISSING, PointsOptions, Selection, unmatched
from .pace import Pace
from .plan import COMPARE_AGAIN, PROVE, PUT_BACK, PutBackFacts, after
from .source import Source, differing_vectors

_SAMPLE = 100  # points whose size is read for the plan
_LISTED = 1000  # skipped points that a report lists


def most_of(about: Collection) -> int | None:
    """The points of one batch that strict mode allows, None for any number. A rate limit counts points, and refuses a
    larger request at any time; each batch is read twice, after the comparison."""
    strict = about.strict_mode
    shares = {"upsert_max_batchsize": 1, "write_rate_limit": 1, "read_rate_limit": 3}
    if not strict.get("enabled"):
        return None
    return min((max(1, int(strict[name]) // share) for name, share in shares.items() if strict.get(name)), default=None)


@dataclasses.dataclass
class Done:
    """What was done. skipped: the first points that were left alone, with the reason; left_alone: their number."""

    put_back: int = 0
    batches: int = 0
    already: int = 0
    left_alone: int = 0
    skipped: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    failed: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    def skip(self, point: Any, why: str) -> None:
        """Note a point that is left alone."""
        self.left_alone += 1
        if len(self.skipped) < _LISTED:
            self.skipped.append({"id": point, "why": why})


class Writing:
    """One run, from the opened backup on. about: the live collection; confirm: LockedError if a lock was lost."""

    def __init__(
        self,
        options: PointsOptions,
        engine: EngineOptions,
        node: Node,
        source: Source,
        selection: Selection,
        backup: Backup,
        about: Collection,
        confirm: Callable[[], None],
        progress: Progress,
    ) -> None:
        self._options, self._engine, self._node = options, engine, node
        self._source, self._selection = source, selection
        self._backup, self._about, self._confirm, self._progress = backup, about, confirm, progress
        self._how: Reading = reading(about)
        self._tolerances = Tolerances(about)
        self._most = most_of(about)

    def compared(self) -> tuple[list[Compared], PutBackFacts]:
        """The comparison, and the facts of the plan."""
        vectors = tuple(differing_vectors(self._source.about, self._about))
        started = time.monotonic()
        parts = self._compare()
        counts = counts_of(parts)
        facts = PutBackFacts(
            self._source.backup_id,
            self._source.nodes,
            counts,
            self._point_bytes(parts),
            vectors,
            tuple(mixed(self._options, self._node)),
            (*warnings_of(self._source), *unmatched(self._selection, counts)),
            time.monotonic() - started,
        )
        return parts, facts

    def _compare(self) -> list[Compared]:
        # A missing point is found by its id alone, ten times as fast.
        digests = self._options.points == CHANGED
        with contextlib.ExitStack() as stack:
            copy = None
            if digests and self._options.live_snapshot:
                node, target = self._node, self._options.target
                copy = stack.enter_context(live_copy(node, target, self._source, self._engine, progress=self._progress))
            return compare_all(
                self._backup,
                self._node,
                self._options.target,
                self._source,
                self._selection,
                digests=digests,
                copy=copy,
                progress=self._progress,
            )

    def _point_bytes(self, parts: Sequence[Compared]) -> float:
        for part in parts:
            keys = [key for key, dummy in self._wanted(part).items(0, _SAMPLE)]
            if keys:
                sizes = [size for dummy, size in self._backup.extract(part.key, keys, _SAMPLE)]
                return sum(sizes) / max(1, len(sizes))
        return 0.0

    def _wanted(self, part: Compared) -> Any:
        return part.found.missing if self._options.points == MISSING else part.found.changed

    def apply(self, parts: Sequence[Compared], plan: Plan) -> tuple[Done, dict[str, int] | None]:
        """What was done, and the counts of the second comparison (None: not made)."""
        done = Done()
        if not plan.changes:
            return done, None
        pace = Pace(self._options.points_rate)
        try:
            for part in parts:
                for batch, noted in self._batches(part, pace):
                    self._progress(Event(PUT_BACK, self._options.target, text=f"batch {done.batches + 1}"))
                    self._confirm()
                    self._write(part, batch, noted, done)
            self._progress(Event(COMPARE_AGAIN, self._options.target))
            found = counts_of(self._compare())
        except (LockedError, EngineError) as error:
            done.failed.append({"name": self._options.target, "message": error.sentence()})
            return done, None
        wrong = after(found[self._options.points], self._options, done.left_alone)
        if wrong:
            done.failed.append({"name": self._options.target, "message": wrong})
        return done, found

    def _batches(self, part: Compared, pace: Pace) -> Iterator[tuple[list[Pair], dict[bytes, bytes]]]:
        for chunk in self._wanted(part).chunks(CHUNK):
            noted = dict(chunk)
            for batch in pairs(self._backup, part.live, list(noted), self._how, pace, self._most):
                yield batch, noted

    def _write(self, part: Compared, batch: Sequence[Pair], noted: dict[bytes, bytes], done: Done) -> None:
        """One batch: decide from what is live now, write, read again."""
        mode, writes = self._options.points, []
        for body, there in batch:
            why = decide(mode, point_of(body), there, noted[key_in(body)], self._tolerances)
            if why == BACK:
                done.already += 1
            elif why != WRITE:
                done.skip(body["id"], why)
            else:
                writes.append(body)
        if not writes:
            return
        part.live.upsert(writes, insert_only=mode == MISSING)
        done.batches += 1
        self._progress(Event(PROVE, self._options.target, text=f"batch {done.batches}"))
        found = {point.id: point for point in part.live.retrieve(part.live.name, [body["id"] for body in writes])}
        for body in writes:
            there = found.get(body["id"])
            if there is not None and alike(point_of(body), there, self._tolerances):
                done.put_back += 1
            else:
                done.skip(body["id"], DELETED if there is None else WRITTEN)
