# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Back a node up: facts, plan, apply, report.

The first snapshot starts before the store is open (its library takes half a second to import): if the repository then
says that this backup exists, or that another run has the lock, the snapshot is taken back.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
from typing import Any

from .._base.clock import now, utc_text
from .._base.errors import EngineError, LockedError
from .._base.host import Host
from .._base.progress import Progress, silent
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.scope import Scope
from .._repository.errors import StoreError
from .collection import Done, Lanes, UnderWay, finish
from .commit import build, commit, nothing_stored
from .contact import Contact
from .errors import Stopped
from .facts import gather
from .leftovers import remove_halves
from .opening import Repository, StoreSource, open_repository
from .options import BackupOptions, check_options
from .plan import make_plan
from .report import report
from .rotate import committed_local, make_room, rotate
from .unused import sentences
from .values import BackupPlan, Item, NodeFacts
from .watch import Watch, brisk_threads

# What the store says of one archive only; anything else it says ends the run.
_OF_ONE_ARCHIVE = ("exists", "changed", "bad_digest", "not_found", "protocol", "other")


def back_up(
    options: BackupOptions, node: Node, store: StoreSource, *, check: bool = False, progress: Progress = silent
) -> dict[str, Any]:
    """Back the node up under ``options.backup_id``; ``report.report`` says what comes back. ``check``: plan only.

    store: an open one, or a function that opens it (run beside the first snapshot). Raises RefusedError, LockedError,
    UsageError, QdrantError where the node does not answer, StoreError where the repository does not, EngineError where
    every collection failed. A collection that failed while others did not is in ``failed``, with ``ok`` False.
    """
    check_options(options)
    watch = Watch(progress)
    if check:
        return _planned(options, node, store, watch)
    host = Host(options.state_dir, node.url)
    with host.lock("back up"), brisk_threads():
        return _Run(options, node, watch).carry_out(store, host.mark())


def _planned(options: BackupOptions, node: Node, store: StoreSource, watch: Watch) -> dict[str, Any]:
    """Check mode: nothing is written anywhere, no lock either."""
    facts = gather(options, node)
    repository = open_repository(options, store, watch, check=True)
    try:
        plan = _whole_plan(options, facts, repository)
    finally:
        repository.close()
    plan.plan.refuse_or_go()
    return report(
        options,
        plan,
        changed=repository.committed is None,
        committed=repository.committed is not None,
        manifest_key=repository.manifest_key,
        failed=plan.failed,
        warnings=[*plan.plan.warnings, *repository.warnings],
        seconds=watch.seconds,
    )


def _whole_plan(options: BackupOptions, facts: NodeFacts, repository: Repository) -> BackupPlan:
    """The plan that knows the repository, as much of it as matters."""
    known = repository.facts(facts.selection.names)
    plan = make_plan(options, facts, known)
    if not plan.short:
        return plan
    return make_plan(options, facts, dataclasses.replace(known, local=committed_local(repository, facts)))


class _Run:
    """One run that holds the host's lock."""

    def __init__(self, options: BackupOptions, node: Node, watch: Watch) -> None:
        self.options, self.node, self.watch = options, node, watch
        self.lanes = Lanes(options, node, watch)
        self.started_at = utc_text(now())
        self.done: list[Done] = []
        self.failed: list[tuple[str, str]] = []
        self.unused: list[str] = []
        self.waiting: list[UnderWay] = []
        self.contact = Contact(node, watch)

    def carry_out(self, store: StoreSource, mark: str) -> dict[str, Any]:
        """Everything, with what was begun taken back or let go of at the end."""
        opening = self.lanes.open(store, mark)
        try:
            self.watch.tell("facts", self.options.node)
            facts = gather(self.options, self.node)
            plan = make_plan(self.options, facts)
            plan.plan.refuse_or_go()
            if opening.done():
                opening.result()  # locked, no such bucket, ...: known before anything was begun
            early: list[UnderWay | None] = []
            if plan.items and not plan.short and not _committed(opening):
                early.append(self._take(plan.items[0], facts))
            try:
                repository = opening.result()
                plan = _whole_plan(self.options, facts, repository)
                plan.plan.refuse_or_go()
            except EngineError:
                self._take_back()
                raise
            if repository.committed is not None:
                problems = self._take_back()
                warnings = [*plan.plan.warnings, *repository.warnings, *problems]
                return self._report(plan, repository, changed=False, warnings=warnings)
            return self._apply(plan, facts, repository, early)
        finally:
            self.watch.stop()
            self.lanes.close()
            _close(opening)

    def _apply(
        self, plan: BackupPlan, facts: NodeFacts, repository: Repository, early: list[UnderWay | None]
    ) -> dict[str, Any]:
        """early: what became of the first collection, where its turn came before the repository was open."""
        self.failed += plan.failed
        try:
            room = make_room(self.node, plan.spares, self.watch)
            for item in plan.items:
                under_way = early.pop() if early else self._take(item, facts)
                if under_way is not None:
                    self.waiting.append(under_way)
                while len(self.waiting) > 1:
                    self._finish(facts, repository)
            warnings = [*plan.plan.warnings, *room.warnings, *_orphans(repository)]
            while self.waiting:
                self._finish(facts, repository)
            if self.failed and not self.done:
                raise nothing_stored(self.options, self.failed)
            self.watch.tell("commit", self.options.backup_id)
            entries = [one.entry for one in self.done]
            suspect = [f"{e.name} is marked suspect: {e.suspect['why']}." for e in entries if e.suspect]
            self.lanes.drain()
            self.unused = repository.stored.unused(entries)
            noted = [*warnings, *repository.warnings, *suspect, *sentences(self.unused)]
            manifest = build(self.options, facts, plan, self.started_at, entries, self.failed, noted, self.unused)
            commit(repository, manifest)
        except EngineError as error:
            raise self._explained(error, plan) from None
        self.watch.tell("committed", self.options.backup_id)
        needed = [intent.safety_snapshot for intent in facts.intents]
        rotated = rotate(self.node, repository, manifest, self.options.keep_local, self.watch, needed)
        halves = self._remove_halves(facts)
        warnings = [*noted, *rotated.warnings, *halves]
        return self._report(
            plan, repository, changed=True, warnings=warnings, rotated=[*room.deleted, *rotated.deleted]
        )

    def _remove_halves(self, facts: NodeFacts) -> list[str]:
        try:
            return remove_halves(self.node, self.options.snapshots_dir, facts.names)
        except EngineError as error:
            return [f"What a killed Qdrant left was not removed: {error.sentence()}"]

    def _take(self, item: Item, facts: NodeFacts) -> UnderWay | None:
        """The node's part of one collection; None where it failed, which is noted."""
        begun = len(self.lanes.begun)
        while self.contact.back():
            try:
                under_way = self.lanes.take(item, facts)
            except EngineError as error:
                self.contact.failed(error)
                # A node that restarts: nothing of this collection was asked for yet, so nothing is done twice.
                if _never_sent(error) and len(self.lanes.begun) == begun and self.contact.back():
                    continue
                self._note_failure(item.name, error)
                return None
            self.contact.heard()
            return under_way
        self.failed.append((item.name, f"Not tried: {self.node.url} had stopped answering."))
        return None

    def _finish(self, facts: NodeFacts, repository: Repository) -> None:
        """Wait for the oldest collection under way."""
        under_way = self.waiting.pop(0)
        try:
            self.done.append(finish(under_way, self.options, facts, repository))
        except EngineError as error:
            self._note_failure(under_way.begun.item.name, error)

    def _note_failure(self, name: str, error: EngineError) -> None:
        """Keep a collection's failure apart from the run's: the latter is raised again."""
        if isinstance(error, (Stopped, LockedError)):
            raise error
        if isinstance(error, StoreError) and error.kind not in _OF_ONE_ARCHIVE:
            raise error
        self.failed.append((name, error.sentence()))

    def _take_back(self) -> list[str]:
        """Delete the snapshots that this run made: it turned out that there is nothing to do, or no way to do it."""
        self.watch.stop()
        self.lanes.close()
        problems = []
        for begun in self.lanes.begun:
            try:
                self.node.delete_snapshot(Scope.collection(begun.item.name), begun.snapshot.name)
            except EngineError as error:
                problems.append(
                    f"The snapshot {begun.snapshot.name}, begun meanwhile, is still there: {error.sentence()}"
                )
        return problems

    def _explained(self, error: EngineError, plan: BackupPlan) -> EngineError:
        """The same error with what was done and what was not. Local snapshots stay: they are all that there is."""
        stored = [one.entry.name for one in self.done]
        error.details["stored"] = stored
        error.details["not_stored"] = [item.name for item in plan.items if item.name not in stored]
        error.details["local_snapshots"] = [begun.snapshot.name for begun in self.lanes.begun]
        if "Nothing was committed" not in error.next:
            error.next = f"{error.next} Nothing was committed; earlier backups are untouched.".strip()
        error.args = (error.sentence(),)
        return error

    def _report(
        self,
        plan: BackupPlan,
        repository: Repository,
        *,
        changed: bool,
        warnings: list[str],
        rotated: list[dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        return report(
            self.options,
            plan,
            changed=changed,
            committed=True,
            manifest_key=repository.manifest_key,
            done=self.done if changed else (),
            failed=self.failed if changed else plan.failed,
            rotated=rotated or (),
            warnings=warnings,
            unused=self.unused,
            seconds=self.watch.seconds,
        )


def _never_sent(error: EngineError) -> bool:
    return isinstance(error, QdrantError) and error.kind == "unreachable"


def _committed(opening: concurrent.futures.Future[Repository]) -> bool:
    return opening.done() and opening.exception() is None and opening.result().committed is not None


def _orphans(repository: Repository) -> list[str]:
    """A sentence about archives of killed runs, while the last archive is still on its way."""
    try:
        keys = repository.orphans()
    except StoreError as error:
        return [f"Archives left by killed runs could not be looked for: {error.sentence()}"]
    if not keys:
        return []
    return [
        f"{len(keys)} archives in the repository belong to no backup, left by killed runs (for example {keys[0]}). "
        "They are ignored, and cost only their storage."
    ]


def _close(opening: concurrent.futures.Future[Repository]) -> None:
    """Give the lock back, if it was taken."""
    if opening.cancelled() or opening.exception() is not None:
        return
    opening.result().close()
