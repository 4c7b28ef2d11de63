# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts points of a backup back into the live collection: compare, plan, write in batches, compare again.

Nothing is deleted. Right before each batch its points are read again: what was written since is left alone. No note
on the host is needed: every batch leaves a collection in which some points are back, and the next run finds the rest.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Callable

from .._base.errors import EngineError, LockedError, RefusedError, UsageError
from .._base.host import Host
from .._base.plan import Plan
from .._base.progress import Event, Progress, silent
from .._proof.by_engine import EngineOptions
from .._proof.pages import Reading, reading
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.values import Collection
from .._repository.keeper import node_lock
from .alike import Tolerances, alike
from .comparison import CHUNK, Compared, Pair, compare_all, counts_of, key_in, pairs, point_of, samples_of
from .decide import BACK, DELETED, WRITE, WRITTEN, decide
from .diff import mixed, warnings_of
from .live_copy import live_copy
from .opening import Backup, decide_way, open_backup
from .options import CHANGED, ENGINE, MISSING, PointsOptions, Selection, selection_of
from .pace import Pace
from .plan import COMPARE_AGAIN, PROVE, PUT_BACK, PutBackFacts, after, make_plan
from .source import Source, differing_vectors, find

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue

_SAMPLE = 100  # points whose size is read for the plan
_LISTED = 1000  # skipped points that a report lists


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


def put_back(
    options: PointsOptions,
    engine: EngineOptions,
    node: Node,
    catalogue: Catalogue,
    *,
    check: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Put missing or changed points back; ``check``: plan only, without locks. The report: see ``_report``.

    UsageError, RefusedError (nothing was changed), LockedError, StoreError, QdrantError. Errors once a point was
    written are in ``failed``.
    """
    if options.points not in (MISSING, CHANGED):
        raise UsageError(f"points is {options.points!r}", "Set missing or changed.")
    if options.points_rate < 0:
        raise UsageError(f"points_rate is {options.points_rate}", "Set a number of points per second, or 0.")
    started = time.monotonic()
    way = decide_way(options, "put points of a backup back", check=check)
    selection = selection_of(options)
    source = find(catalogue, options)
    about = _about(node, options)
    with contextlib.ExitStack() as stack:
        opening = open_backup(way, options, engine, catalogue.store, source, node, progress)
        # The node opens it by a restore of its own, which holds the same locks.
        backup = stack.enter_context(opening) if way != ENGINE else None
        confirm, told = _locks(stack, options, node, catalogue, source) if not check else (_nothing, ())
        backup = backup or stack.enter_context(opening)
        work = _Work(options, engine, node, source, selection, backup, about, confirm, progress)
        parts, facts = work.compared()
        plan = make_plan(facts, options)
        plan.refuse_or_go()
        planned = time.monotonic()
        done, found = (Done(), None) if check else work.apply(parts, plan)
        total = time.monotonic() - started
        seconds = {"plan": round(planned - started, 3), "restore": round(total + started - planned, 3)}
        seconds["total"] = round(total, 3)
        return _report(options, source, way, plan, facts, parts, done, found, check, told, seconds)


def _about(node: Node, options: PointsOptions) -> Collection:
    try:
        return node.collection(options.target)
    except QdrantError as error:
        if error.kind != "not_found":
            raise
        raise RefusedError(
            "put points back into",
            f"collection {options.target}",
            "it does not exist",
            f"Restore it as a whole: qdrant-backup restore {options.collection}",
        ) from None


def _nothing() -> None:
    """No lock to confirm."""


def _locks(
    stack: contextlib.ExitStack, options: PointsOptions, node: Node, catalogue: Catalogue, source: Source
) -> tuple[Callable[[], None], tuple[str, ...]]:
    """The locks of the host and of the repository, as a restore holds them: no backup is made meanwhile."""
    host = Host(options.state_dir, node.url)
    stack.enter_context(host.lock("restore of points"))
    whose = options.node_name or source.archives[0].node
    lock = node_lock(catalogue.store, options.cluster, whose, "a restore of points", host.mark(), must=False)
    keeper = stack.enter_context(lock)
    return keeper.confirm, tuple(keeper.warnings)


class _Work:
    """One run, from the opened backup on."""

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
        strict = about.strict_mode
        self._most = int(strict.get("upsert_max_batchsize") or 0) if strict.get("enabled") else None

    def compared(self) -> tuple[list[Compared], PutBackFacts]:
        """The comparison, and the facts of the plan."""
        vectors = tuple(differing_vectors(self._source.about, self._about))
        started = time.monotonic()
        parts = self._compare()
        facts = PutBackFacts(
            self._source.backup_id,
            self._source.nodes,
            counts_of(parts),
            self._point_bytes(parts),
            vectors,
            tuple(mixed(self._options, self._node)),
            tuple(warnings_of(self._source)),
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


def _report(
    options: PointsOptions,
    source: Source,
    way: str,
    plan: Plan,
    facts: PutBackFacts,
    parts: Sequence[Compared],
    done: Done,
    found: dict[str, int] | None,
    check: bool,
    told: Sequence[str],
    seconds: dict[str, float],
) -> dict[str, Any]:
    """{"changed", "ok", "applied", "points_mode": "missing" or "changed", "collection", "name", "backup_id", "nodes",
    "points": counts of the comparison, "samples", "put_back": points, each read again and compared, "batches",
    "already": points that were as in the backup right before their batch, "points_left_alone": number, "skipped":
    [{"id", "why"}], "after": counts of the second comparison, None without it, "seconds": {"plan", "restore",
    "total"}, "opened_with": engine or node, "plan", "failed", "warnings"}."""
    return {
        "changed": plan.changes if check else done.put_back > 0,
        "ok": not done.failed,
        "applied": not check,
        "points_mode": options.points,
        "collection": options.collection,
        "name": options.target,
        "backup_id": source.backup_id,
        "nodes": list(source.nodes),
        "points": facts.counts,
        "samples": samples_of(parts),
        "put_back": done.put_back,
        "batches": done.batches,
        "already": done.already,
        "points_left_alone": done.left_alone,
        "skipped": done.skipped,
        "after": found,
        "seconds": seconds,
        "opened_with": way,
        "plan": plan.as_dict(),
        # Of the report of a restore, for whoever reads both.
        "collections": [],
        "left_alone": [],
        "left_out": [],
        "not_done": [],
        "failed": done.failed,
        "warnings": [*plan.warnings, *told],
    }
