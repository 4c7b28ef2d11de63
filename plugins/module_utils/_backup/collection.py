# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backs up one collection: the node's part, and in parallel the repository's part.

While an archive is uploaded, the node already creates the next collection's snapshot.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import os
import time
from collections.abc import Sequence
from typing import Any, Callable, Optional

from .._base.errors import EngineError
from .._base.stages import Stages
from .._qdrant.client import Node
from .._repository.manifest import CollectionEntry, PointsEntry, ShardsEntry
from . import coverage, shrink
from .errors import CollectionFailed, Stopped, best_effort, lost
from .fetch import Spool, visible_file
from .flow import Flow, Sending
from .inspection import Inspection
from .opening import Repository, StoreSource, open_repository
from .options import BackupOptions
from .plan import newest
from .reuse import Copied, carried_probe, copy_in_advance, seems_unchanged
from .save import Job, Outdated, Saved, save
from .take import (
    Before,
    Begun,
    Drafted,
    Noted,
    begin,
    draft_of,
    look_before,
    part_of,
    settle_all,
    snapshot_of,
)
from .values import Item, NodeFacts
from .watch import Watch
from .workers import Workers

Copying = concurrent.futures.Future[Optional[Copied]]
Bad = tuple[int, EngineError]  # a shard and why it failed
Handed = tuple[Job, "concurrent.futures.Future[Saved]"]


@dataclasses.dataclass(frozen=True)
class UnderWay:
    """A collection, or a shard, whose snapshot exists and whose archive is being stored. at_rest: its segments were the
    same before and after, so the archive has exactly these; otherwise the node was still flushing."""

    begun: Begun
    noted: Noted
    saving: concurrent.futures.Future[Saved]
    stages: Stages
    warnings: tuple[str, ...]
    at_rest: bool


@dataclasses.dataclass(frozen=True)
class Done:
    """A collection, or a shard, that is stored. sent: bytes uploaded; seconds: of each stage."""

    entry: CollectionEntry
    sent: int
    seconds: dict[str, float]


@dataclasses.dataclass(frozen=True)
class Ended:
    """What became of one collection: its archives, the failures of its shards, and what must be done instead."""

    done: tuple[Done, ...]
    failed: tuple[EngineError, ...] = ()
    again: tuple[Item, ...] = ()


class Lanes:
    """The threads of a run, and their shared state. ``opening``: the repository, which is being opened."""

    def __init__(self, options: BackupOptions, node: Node, watch: Watch) -> None:
        self.options, self.node, self.watch = options, node, watch
        self.spool = Spool(options, node.url)
        self.flow = Flow(options.parallel)
        self.collections = Workers(2 * options.parallel, "collection")
        self._opener = Workers(1, "opening")
        self._store = Workers(2 * options.parallel, "store")
        self._sending = Sending()
        self._inspectors = Workers(min(options.parallel, os.cpu_count() or 1), "inspect")
        self._opening: concurrent.futures.Future[Repository] | None = None
        self.begun: list[Begun] = []  # every snapshot that this run created and did not delete
        self._saving: list[concurrent.futures.Future[Saved]] = []
        self._copying: dict[str, Copying] = {}

    def open(self, source: StoreSource, mark: str) -> concurrent.futures.Future[Repository]:
        """Start to open the repository, in parallel with the first requests to the node."""
        self._opening = self._opener.submit(open_repository, self.options, source, self.watch, mark)
        return self._opening

    def adopt(self, repository: Repository) -> None:
        """Work with a repository that is open."""
        self._opening = concurrent.futures.Future()
        self._opening.set_result(repository)

    def take(self, item: Item, facts: NodeFacts, judge: Callable[[str], None], *, carry: bool = True) -> UnderWay:
        """Probe, create the snapshot, pass it to the repository, probe again. EngineError: the collection failed.

        judge: called with its name when everything is recorded; raises if the snapshot is not usable. carry: reuse the
        previous backup's probe if nothing has changed (``Outdated`` from ``finish`` if it has).
        """
        stages = Stages()
        folder = None if facts.storage.in_s3 else self.options.snapshots_dir
        if not folder:
            self.spool.prepare()
        before = look_before(self.node, facts.collections[item.name])
        repository = self._opened()
        if carry and repository is not None:
            prior = carried_probe(before.facts, before.fingerprint, self.options, repository)
            counted = best_effort(self.node, lambda: self.node.count(item.name), "", []) if prior is not None else None
            if prior is not None and counted == prior.entry.points.after:
                before = dataclasses.replace(before, carried=prior)
        self._copy_in_advance(item.name, item.name, before.fingerprint)
        begun = begin(self.node, before, item, self.options, self.watch, stages, hashed=not facts.storage.in_s3)
        self.begun.append(begun)
        self.flow.made(item.name)
        path, why_not = visible_file(folder, begun.scope, begun.snapshot)
        job = self._hand_over(begun, path, stages) if path else None
        try:
            noted = settle_all(self.node, begun, self.watch, stages)
            judge(item.name)
        except BaseException:
            if job is not None:
                job[0].given_up.set()
            raise
        if job is None:
            job = self._fetch(begun, stages)
        warnings = (*item.warnings, *((why_not,) if why_not else ()), *begun.warnings, *noted.warnings)
        return UnderWay(begun, noted, job[1], stages, warnings, before.fingerprint == noted.fingerprint)

    def take_shards(
        self, item: Item, facts: NodeFacts, judge: Callable[[str], None]
    ) -> tuple[list[UnderWay], list[Bad]]:
        """As ``take``, for each shard of a collection that this node stores; and the shards that failed, with why. They
        share one probe: it is of the whole collection in the cluster. EngineError: all of them failed."""
        stages = Stages()
        folder = None if facts.storage.in_s3 else self.options.snapshots_dir
        if not folder:
            self.spool.prepare()
        before = look_before(self.node, facts.collections[item.name])
        shards = item.shards or ()
        for shard in shards:
            self._copy_in_advance(item.name, part_of(item.name, shard), before.fingerprint_of(shard))
        drafted = draft_of(self.node, before, item, self.options, self.watch, stages)
        jobs: list[tuple[Begun, Handed | None, Stages, str]] = []
        failed: list[Bad] = []
        try:
            for shard in shards:
                own = Stages()  # the probe counts once
                own.seconds.update(stages.seconds if not jobs else {})
                begun = self._begin_shard(item, shard, before, drafted, facts, own, failed)
                if begun is not None:
                    path, why_not = visible_file(folder, begun.scope, begun.snapshot)
                    jobs.append((begun, self._hand_over(begun, path, own) if path else None, own, why_not))
            self.flow.made(item.name)
            if not jobs:
                raise failed[0][1]
            noted = settle_all(self.node, jobs[0][0], self.watch, jobs[0][2])
            judge(item.name)
        except BaseException:
            for dummy, handed, dummy2, dummy3 in jobs:
                if handed is not None:
                    handed[0].given_up.set()
            raise
        found = []
        for begun, handed, own, why_not in jobs:
            saving = (handed or self._fetch(begun, own))[1]
            more = (*begun.warnings, *noted.warnings) if begun is jobs[0][0] else ()
            warnings = (*item.warnings, *((why_not,) if why_not else ()), *more)
            at_rest = before.fingerprint_of(begun.shard) == noted.fingerprint_of(begun.shard)
            found.append(UnderWay(begun, noted, saving, own, warnings, at_rest))
        return found, failed

    def _begin_shard(
        self,
        item: Item,
        shard: int,
        before: Before,
        drafted: Drafted,
        facts: NodeFacts,
        stages: Stages,
        failed: list[Bad],
    ) -> Begun | None:
        """The snapshot of one shard; None if it failed, which the others need not do."""
        hashed = not facts.storage.in_s3
        latest = newest(before.facts.of_shards.get(shard, ()))
        there = latest.name if latest is not None else ""
        try:
            begun = snapshot_of(
                self.node, before, item, shard, drafted, self.watch, stages, hashed=hashed, newest_local=there
            )
        except EngineError as error:
            if isinstance(error, Stopped) or lost(error):
                raise
            failed.append((shard, error))
            return None
        self.begun.append(begun)
        return begun

    def _fetch(self, begun: Begun, stages: Stages) -> Handed:
        """Download the archive from the node, and pass it to the repository."""
        with stages("fetch"):
            path = self.spool.download(self.node, begun.scope, begun.part, begun.snapshot, self.watch)
        return self._hand_over(begun, path, stages)

    def begun_of(self, name: str) -> list[Begun]:
        """The snapshots of one collection among them."""
        return [begun for begun in list(self.begun) if begun.item.name == name]

    def take_back(self, begun: Begun) -> str:
        """Delete a snapshot of this run; a warning if that failed, else ""."""
        try:
            self.node.delete_snapshot(begun.scope, begun.snapshot.name)
        except EngineError as error:
            return f"Snapshot {begun.snapshot.name} of this run was not deleted: {error.sentence()}"
        with contextlib.suppress(ValueError):
            self.begun.remove(begun)
        return ""

    def _copy_in_advance(self, name: str, part: str, print_now: str) -> None:
        """Once for an archive, even if the collection is backed up a second time."""
        if print_now and part not in self._copying:
            self._copying[part] = self._store.submit(
                lambda: copy_in_advance(part, print_now, self.repository(name), self.watch, self._sending)
            )

    def _opened(self) -> Repository | None:
        """The repository if it is open, else None: the node does not wait for it."""
        opening = self._opening
        if opening is None or not opening.done() or opening.cancelled() or opening.exception() is not None:
            return None
        return opening.result()

    def repository(self, name: str) -> Repository:
        """The repository, as soon as it is open; raises the error of opening it."""
        if self._opening is None:
            raise CollectionFailed(name, "the repository was never opened")
        return self._opening.result()

    def _hand_over(self, begun: Begun, path: str, stages: Stages) -> Handed:
        part, before = begun.part, begun.before
        repository = self._opened()
        same = (
            begun.snapshot.checksum is not None
            and repository is not None
            and seems_unchanged(part, before.fingerprint_of(begun.shard), repository) is not None
        )
        inspection = Inspection(self._inspectors, path, content_only=same)
        expected = before.carried.entry.archive.content_digest or "" if before.carried else ""
        job = Job(
            part,
            begun.scope,
            path,
            begun.snapshot,
            inspection,
            stages,
            self._copying.get(part),
            expected,
            self._sending,
        )
        saving = self._store.submit(self._save, job)
        self._saving.append(saving)
        return job, saving

    def _save(self, job: Job) -> Saved:
        try:
            repository = self.repository(job.name)
            if repository.committed is not None and not repository.filling:
                raise CollectionFailed(job.name, "the backup is already committed")
            return save(job, repository, self.watch)
        finally:
            # The inspection reads the file too: it must end before a download is deleted.
            job.inspection.wait()
            self.spool.remove(job.path)

    def drain(self) -> None:
        """Wait until no archive is being stored, including those of failed collections."""
        futures: list[concurrent.futures.Future[Any]] = [*self._saving, *self._copying.values()]
        concurrent.futures.wait(futures)

    def close(self, patience: float | None = None) -> None:
        """Wait for the threads, and start no more work. patience: seconds, if the process is about to end."""
        end = None if patience is None else time.monotonic() + patience
        for workers in (self._store, self.collections, self._inspectors, self._opener):
            workers.close(end)
        self.spool.clear()


def finish(under_way: UnderWay, options: BackupOptions, facts: NodeFacts, repository: Repository) -> Done:
    """Wait until the archive is stored, check its contents, create its entry.

    EngineError: the collection failed; ``Outdated``: it must be backed up again.
    """
    begun, noted, item = under_way.begun, under_way.noted, under_way.begun.item
    saved = under_way.saving.result()
    carried = begun.before.carried
    if carried is not None and saved.facts.content_digest != carried.entry.archive.content_digest:
        raise Outdated("go on with", f"collection {item.name}", "it changed while its snapshot was made")
    before = begun.before.facts.shards
    if before is not None and before.peer_id != noted.shards.peer_id:
        raise CollectionFailed(
            item.name,
            f"peer {before.peer_id} answered at first, then peer {noted.shards.peer_id}",
            coverage.BALANCER,
        )
    points = noted.after if noted.after is not None else noted.before
    if begun.shard is None:
        covered = coverage.judge(noted.shards, saved.facts, begun.snapshot.name, facts.cluster, points)
    else:
        covered = coverage.judge_shard(noted.shards, saved.facts, begun.snapshot.name, item.name, begun.shard)
    if covered.failure:
        raise CollectionFailed(begun.part, covered.failure)
    described = _described(noted, begun, saved, repository)
    base = shrink.baseline(repository.prior(begun.part))
    why = [*item.in_doubt, *described.suspect, *shrink.reasons(base, points, saved.archive.bytes, options)]
    entry = CollectionEntry(
        name=item.name,
        kind=begun.scope.kind,
        archive=saved.archive,
        config=described.config,
        payload_schema=described.payload_schema,
        shards=ShardsEntry(covered.captured, covered.known),
        points=PointsEntry(noted.before, noted.after, noted.quiet),
        probe=noted.probe,
        previous=base.as_dict() if base else None,
        suspect={"why": "; ".join(why), "in_doubt": bool(item.in_doubt)} if why else None,
        warnings=(*under_way.warnings, *saved.warnings, *covered.warnings, *described.warnings),
        extra={
            "snapshot": {
                "name": begun.snapshot.name,
                "bytes": saved.facts.bytes,
                "sha256": saved.facts.sha256 or begun.snapshot.checksum,
            },
            "fingerprint": noted.fingerprint_of(begun.shard) if under_way.at_rest else "",
            **_shard_points(noted, begun.shard),
            **({"probed_in": carried.entry.extra.get("probed_in") or carried.backup_id} if carried else {}),
        },
    )
    return Done(entry, saved.sent, under_way.stages.seconds)


@dataclasses.dataclass(frozen=True)
class Described:
    """The configuration of a collection, for its entry."""

    config: dict[str, Any]
    payload_schema: dict[str, Any]
    warnings: tuple[str, ...] = ()
    suspect: tuple[str, ...] = ()


def _described(noted: Noted, begun: Begun, saved: Saved, repository: Repository) -> Described:
    """As the node describes the collection, else as its archive does. The archive of a shard does not; then an earlier
    backup is asked."""
    about = noted.about or (begun.before.facts.info if begun.shard is not None else None)
    if about is not None:
        return Described(about.config or {}, about.payload_schema or {})
    if begun.shard is None:
        return Described(saved.facts.config or {}, saved.facts.payload_schema or {})
    earlier = repository.newest(begun.item.name)
    if earlier is not None and earlier.entry.config:
        told = f"the node does not describe it; its configuration is that of backup {earlier.backup_id}"
        return Described(dict(earlier.entry.config), dict(earlier.entry.payload_schema), (told,))
    told = "the node does not describe it, and no earlier backup does: its configuration is not recorded here"
    return Described({}, {}, suspect=(told,))


def _shard_points(noted: Noted, shard: int | None) -> dict[str, int]:
    """The node's own count of one shard, which is an estimate."""
    counted = [one.points_count for one in noted.shards.local if one.shard_id == shard]
    return {"shard_points": counted[0]} if counted else {}


def with_one_probe(entries: Sequence[CollectionEntry]) -> list[CollectionEntry]:
    """The entries for the manifest: of several archives of one collection, only the first keeps the probe."""
    seen: set[str] = set()
    found = []
    for entry in entries:
        found.append(dataclasses.replace(entry, probe={}) if entry.name in seen else entry)
        seen.add(entry.name)
    return found
