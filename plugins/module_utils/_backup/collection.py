# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One collection's way through a backup, over two lanes: the node's (main thread) and the repository's (one thread).

While an archive is uploaded, the node already takes the next collection's snapshot; no more than one waits.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses

from .._base.errors import EngineError
from .._qdrant.client import Node
from .._repository.manifest import CollectionEntry, PointsEntry, ShardsEntry
from . import coverage, shrink
from .errors import CollectionFailed
from .fetch import Spool, visible_file
from .inspection import Inspection
from .opening import Repository, StoreSource, open_repository
from .options import BackupOptions
from .reuse import Copied, copy_in_advance, seems_unchanged
from .save import Job, Saved, save
from .take import Begun, Noted, begin, fingerprint_of, settle_all
from .values import Item, NodeFacts
from .watch import Stages, Watch


@dataclasses.dataclass(frozen=True)
class UnderWay:
    """A collection whose snapshot is made and whose archive is on its way to the repository. at_rest: its segments were
    the same before and after, so the archive is of just these; otherwise something was still being flushed."""

    begun: Begun
    noted: Noted
    saving: concurrent.futures.Future[Saved]
    stages: Stages
    warnings: tuple[str, ...]
    at_rest: bool


@dataclasses.dataclass(frozen=True)
class Done:
    """A collection that is stored. sent: bytes uploaded; seconds: of each stage."""

    entry: CollectionEntry
    sent: int
    seconds: dict[str, float]


class Lanes:
    """The threads of a run, and what they share. ``opening`` is the repository on its way."""

    def __init__(self, options: BackupOptions, node: Node, watch: Watch) -> None:
        self.options, self.node, self.watch = options, node, watch
        self.spool = Spool(options, node.url)
        self._store_lane = concurrent.futures.ThreadPoolExecutor(1, "store")
        self._inspectors = concurrent.futures.ThreadPoolExecutor(1, "inspect")
        self._opening: concurrent.futures.Future[Repository] | None = None
        self.begun: list[Begun] = []  # every snapshot that this run made
        self._jobs: dict[str, Job] = {}

    def open(self, source: StoreSource, mark: str) -> concurrent.futures.Future[Repository]:
        """Begin to open the repository, in its lane and so before any archive."""
        self._opening = self._store_lane.submit(open_repository, self.options, source, self.watch, mark)
        return self._opening

    def take(self, item: Item, facts: NodeFacts) -> UnderWay:
        """Probe, snapshot, hand over to the repository's lane, probe again. EngineError: the collection failed."""
        stages = Stages()
        if not self.options.snapshots_dir:
            self.spool.prepare()
        print_before = fingerprint_of(self.node, item.name, facts.collections[item.name].shards)
        copying = self._copy_in_advance(item.name, print_before)
        begun = begin(self.node, facts.collections[item.name], item, self.options, self.watch, stages)
        self.begun.append(begun)
        path, why_not = visible_file(self.options.snapshots_dir, item.name, begun.snapshot)
        saving = self._hand_over(begun, path, stages, copying, print_before) if path else None
        try:
            noted = settle_all(self.node, begun, self.watch, stages)
        except BaseException:
            if saving is not None:
                self._jobs[item.name].given_up.set()
            raise
        if saving is None:
            with stages("fetch"):
                path = self.spool.download(self.node, item.name, begun.snapshot, self.watch)
            saving = self._hand_over(begun, path, stages, copying, print_before)
        warnings = (*item.warnings, *((why_not,) if why_not else ()), *begun.warnings, *noted.warnings)
        return UnderWay(begun, noted, saving, stages, warnings, print_before == noted.fingerprint)

    def _copy_in_advance(self, name: str, print_now: str) -> concurrent.futures.Future[Copied | None]:
        return self._store_lane.submit(lambda: copy_in_advance(name, print_now, self._repository(name), self.watch))

    def _seems_unchanged(self, name: str, print_now: str) -> bool:
        """As far as is known by now: the node does not wait for the repository."""
        opening = self._opening
        if opening is None or not opening.done() or opening.exception() is not None:
            return False
        return seems_unchanged(name, print_now, opening.result()) is not None

    def _repository(self, name: str) -> Repository:
        if self._opening is None:
            raise CollectionFailed(name, "the repository was never opened")
        return self._opening.result()

    def _hand_over(
        self,
        begun: Begun,
        path: str,
        stages: Stages,
        copying: concurrent.futures.Future[Copied | None],
        print_before: str,
    ) -> concurrent.futures.Future[Saved]:
        same = begun.snapshot.checksum is not None and self._seems_unchanged(begun.item.name, print_before)
        inspection = Inspection(self._inspectors, path, content_only=same)
        job = Job(begun.item.name, path, begun.snapshot, inspection, stages, copying)
        self._jobs[job.name] = job
        return self._store_lane.submit(self._save, job)

    def _save(self, job: Job) -> Saved:
        try:
            repository = self._repository(job.name)
            if repository.committed is not None:
                raise CollectionFailed(job.name, "the backup is committed already")
            return save(job, repository, self.watch)
        finally:
            # The inspection reads the file too: it must be through before a download is removed.
            job.inspection.wait()
            self.spool.remove(job.path)

    def drain(self) -> None:
        """Wait until nothing is on its way to the repository, of collections that failed neither."""
        self._store_lane.submit(int).result()

    def close(self) -> None:
        """Wait for the threads; what has not begun does not begin."""
        self._store_lane.shutdown(wait=True, cancel_futures=True)
        self._inspectors.shutdown(wait=True, cancel_futures=True)
        self.spool.clear()


def finish(under_way: UnderWay, options: BackupOptions, facts: NodeFacts, repository: Repository) -> Done:
    """Wait for the archive to be stored, judge what it holds, write its entry. EngineError: the collection failed."""
    begun, noted, item = under_way.begun, under_way.noted, under_way.begun.item
    saved = under_way.saving.result()
    before = begun.facts.shards
    if before is not None and before.peer_id != noted.shards.peer_id:
        raise CollectionFailed(
            item.name,
            f"questions were answered by peer {before.peer_id}, then by {noted.shards.peer_id}",
            coverage.BALANCER,
        )
    points = noted.after if noted.after is not None else noted.before
    covered = coverage.judge(noted.shards, saved.facts, begun.snapshot.name, facts.cluster, points)
    if covered.failure:
        raise CollectionFailed(item.name, covered.failure)
    base = shrink.baseline(repository.prior(item.name))
    why = [*item.suspect, *shrink.reasons(base, points, saved.archive.bytes, options)]
    entry = CollectionEntry(
        name=item.name,
        kind="collection",
        archive=saved.archive,
        config=(noted.about.config if noted.about else saved.facts.config) or {},
        payload_schema=(noted.about.payload_schema if noted.about else saved.facts.payload_schema) or {},
        shards=ShardsEntry(covered.captured, covered.known),
        points=PointsEntry(noted.before, noted.after, noted.quiet),
        probe=noted.probe,
        previous=base.as_dict() if base else None,
        suspect={"why": "; ".join(why)} if why else None,
        warnings=(*under_way.warnings, *saved.warnings, *covered.warnings),
        extra={
            "snapshot": {
                "name": begun.snapshot.name,
                "bytes": saved.facts.bytes,
                "sha256": saved.facts.sha256 or begun.snapshot.checksum,
            },
            "fingerprint": noted.fingerprint if under_way.at_rest else "",
        },
    )
    return Done(entry, saved.sent, under_way.stages.seconds)


def sentence(error: BaseException) -> str:
    """Why a collection failed, for ``failed[]``."""
    if isinstance(error, EngineError):
        return error.sentence()
    return f"{type(error).__name__}: {error}"
