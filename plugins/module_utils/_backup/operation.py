# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backs a node up: facts, plan, apply, report.

The first snapshots start before the store is open (its library takes half a second to import). If this backup already
exists, or another run holds the lock, they are deleted.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
from typing import Any

from .._base.clock import now, utc_text
from .._base.errors import EngineError
from .._base.host import Host
from .._base.progress import Progress, silent
from .._base.sentences import joined
from .._qdrant.client import Node
from .._qdrant.throwaway import remove_unless_drilled
from .._repository.errors import StoreError
from .capture import Capture
from .collection import Ended, Lanes
from .commit import build, build_part, commit, commit_part, nothing_stored
from .contact import Contact
from .facts import gather
from .leftovers import remove_halves
from .node_events import NodeEvents, captured_aliases
from .opening import Repository, StoreSource, open_repository
from .options import BackupOptions, check_options
from .plan import make_plan, parts_of
from .report import report
from .results import Results
from .rotate import committed_local, make_room, rotate
from .take import Crowded, check_room
from .unused import sentences
from .values import BackupPlan, Item, NodeFacts
from .watch import Watch, brisk_threads

_PATIENCE = 5.0  # seconds for running work when the process ends: uploads are aborted


def back_up(
    options: BackupOptions, node: Node, store: StoreSource, *, check: bool = False, progress: Progress = silent
) -> dict[str, Any]:
    """Back the node up under ``options.backup_id``; returns ``report.report``. ``check``: plan only.

    store: an open one, or a function that opens it (called during the first snapshot). Raises RefusedError,
    LockedError, UsageError, QdrantError if the node does not answer, StoreError if the repository does not, EngineError
    if every collection failed. If only some collections failed, they are in ``failed``, and ``ok`` is False.
    """
    check_options(options)
    watch = Watch(progress)
    if check:
        return _planned(options, node, store, watch)
    host = Host(options.state_dir, node.url)
    with host.lock("back up"), brisk_threads():
        return _Run(options, node, watch).carry_out(store, host.mark())


def _planned(options: BackupOptions, node: Node, store: StoreSource, watch: Watch) -> dict[str, Any]:
    """Check mode: nothing is written, not even a lock."""
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
        changed=repository.committed is None or plan.fills,
        committed=repository.committed is not None,
        manifest_key=repository.manifest_key,
        failed=plan.failed,
        warnings=[*plan.plan.warnings, *repository.warnings],
        seconds=watch.seconds,
    )


def _whole_plan(options: BackupOptions, facts: NodeFacts, repository: Repository) -> BackupPlan:
    """The plan with the facts of the repository."""
    known = repository.facts(parts_of(options, facts))
    plan = make_plan(options, facts, known)
    if not plan.short:
        return plan
    return make_plan(options, facts, dataclasses.replace(known, local=committed_local(repository, facts)))


class _Run:
    """One run that holds the host's lock."""

    def __init__(self, options: BackupOptions, node: Node, watch: Watch) -> None:
        self.options, self.node, self.watch = options, node, watch
        self.started_at = utc_text(now())
        self.unused: list[str] = []
        self.left: list[str] = []  # what killed drills left, as sentences
        self._set_up()

    def _set_up(self) -> None:
        """Prepare the threads and the records of a run in which no collection has begun."""
        self.lanes = Lanes(self.options, self.node, self.watch)
        self.contact = Contact(self.node, self.watch)
        self.results = Results(self.lanes.flow)
        self.events = NodeEvents(self.node)
        self.capture = Capture(self.lanes, self.contact, self.events)

    def carry_out(self, store: StoreSource, mark: str) -> dict[str, Any]:
        """The whole run; at the end, started work is undone or stopped."""
        opening = self.lanes.open(store, mark)
        patience: float | None = _PATIENCE
        try:
            self.watch.tell("facts", self.options.node)
            self.left = remove_unless_drilled(Host(self.options.state_dir, self.node.url), self.node)
            facts = gather(self.options, self.node)
            self._note_server(facts)
            # What is used again is known only with the repository; until then, so is the space that is needed.
            early = None if self.options.reuse_days else make_plan(self.options, facts)
            if early is not None:
                early.plan.refuse_or_go()
            if opening.done():
                opening.result()  # locked, no such bucket, ...: known before any work started
            try:
                if early is not None and not early.short and not _committed(opening):
                    self._begin_early(early, facts)
                repository = opening.result()
                plan = _whole_plan(self.options, facts, repository)
                plan.plan.refuse_or_go()
            except EngineError:
                self._take_back()
                raise
            if plan.fills:
                problems = self._take_back()
                result = self._fill(plan, facts, repository, problems)
            elif repository.committed is not None:
                problems = self._take_back()
                warnings = [*plan.plan.warnings, *repository.warnings, *problems]
                result = self._report(plan, repository, changed=False, warnings=warnings)
            else:
                result = self._apply(plan, facts, repository)
            patience = None
            return result
        except EngineError:
            patience = None
            raise
        finally:
            # After an interruption, do not wait for requests to the node.
            self.watch.stop()
            self.lanes.close(patience)
            _close(opening)

    def _apply(self, plan: BackupPlan, facts: NodeFacts, repository: Repository) -> dict[str, Any]:
        self.results.failed += plan.failed
        try:
            room = make_room(self.node, plan.spares, self.watch)
            for item in plan.items:
                if item.name not in self.results:
                    self._begin(item, facts)
            warnings = [*plan.plan.warnings, *self.left, *room.warnings]
            self.results.wait_for_all()
            self._take_again(facts)
            self._judge_all()
            facts, changed = self._with_aliases(facts)
            warnings += changed
            self.lanes.drain()
            warnings += _orphans(repository)
            self.results.keep_stored(repository)
            self.results.put_in_order(plan)
            if self.results.failed and not self.results.done:
                raise nothing_stored(self.options, self.results.failed)
            self.watch.tell("commit", self.options.backup_id)
            entries = [one.entry for one in self.results.done]
            suspect = [f"{e.part} is marked suspect: {e.suspect['why']}." for e in entries if e.suspect]
            self.unused = repository.stored.unused(entries)
            told = [*warnings, *repository.warnings, *suspect, *sentences(self.unused)]
            noted = [text for text in told if text not in (*plan.of_the_run, *room.warnings)]
            manifest = build(
                self.options, facts, plan, self.started_at, entries, self.results.failed, noted, self.unused
            )
            commit(repository, manifest)
        except EngineError as error:
            raise self._explained(error, plan) from None
        self.watch.tell("committed", self.options.backup_id)
        needed = [intent.safety_snapshot for intent in facts.intents]
        rotated = rotate(self.node, repository, manifest, self.options, self.watch, facts, needed)
        halves = self._remove_halves(facts)
        warnings = [*told, *rotated.warnings, *halves]
        return self._report(
            plan, repository, changed=True, warnings=warnings, rotated=[*room.deleted, *rotated.deleted]
        )

    def _fill(self, plan: BackupPlan, facts: NodeFacts, repository: Repository, problems: list[str]) -> dict[str, Any]:
        """Store shards that are in no archive of a committed backup, and commit them as a later part of it."""
        # What began before the repository was open has ended.
        self.watch = self.watch.again()
        self._set_up()
        self.lanes.adopt(repository)
        repository.fill()
        committed = repository.committed.collections if repository.committed is not None else ()
        try:
            for item in plan.items:
                self._begin(item, facts)
            self.results.wait_for_all()
            self._judge_all()
            self.lanes.drain()
            self.results.keep_stored(repository)
            self.results.put_in_order(plan)
            if not self.results.done:
                raise nothing_stored(self.options, self.results.failed)
            self.watch.tell("commit", self.options.backup_id)
            entries = [one.entry for one in self.results.done]
            self.unused = repository.stored.unused([*committed, *entries])
            told = [*plan.plan.warnings, *problems, *repository.warnings, *sentences(self.unused)]
            part = build_part(self.options, facts, self.started_at, entries, self.results.failed, told)
            commit_part(repository, part)
        except EngineError as error:
            raise self._explained(error, plan) from None
        self.watch.tell("committed", self.options.backup_id)
        needed = [intent.safety_snapshot for intent in facts.intents]
        rotated = rotate(self.node, repository, part, self.options, self.watch, facts, needed)
        self.results.failed += plan.failed
        return self._report(
            plan, repository, changed=True, warnings=[*told, *rotated.warnings], rotated=rotated.deleted
        )

    def _note_server(self, facts: NodeFacts) -> None:
        """For later runs: if it cannot be recorded (a full disk), their check is only less certain."""
        if facts.peer_id is not None:
            with contextlib.suppress(EngineError):
                Host(self.options.state_dir, self.node.url).note_server(facts.peer_id)

    def _begin_early(self, plan: BackupPlan, facts: NodeFacts) -> None:
        """Start the first collections while the repository is being opened."""
        for item in plan.items[: self.options.parallel]:
            if self.results and not self.lanes.flow.admits(item.expected):
                break
            self._begin(item, facts)

    def _begin(self, item: Item, facts: NodeFacts) -> None:
        """Start a collection in its turn; a failure that ends the run is raised here."""
        flow = self.lanes.flow
        self.results.wait(lambda: flow.admits(item.expected))
        try:
            self._check_room(item)
        except EngineError as error:
            failed: concurrent.futures.Future[Ended] = concurrent.futures.Future()
            failed.set_exception(error)
            self.results.follow(item.name, failed)
            return
        flow.begin(item.name, item.expected)
        self.results.follow(item.name, self.lanes.collections.submit(self.capture, item, facts))

    def _take_again(self, facts: NodeFacts) -> None:
        """Take a snapshot of the collections whose previous archive could not be used again."""
        again, self.results.again = self.results.again, []
        for item in again:
            self._begin(item, facts)
        self.results.wait_for_all()

    def _check_room(self, item: Item) -> None:
        """CollectionFailed if there is no space; waits if other snapshots may still free some."""
        flow = self.lanes.flow
        try:
            check_room(item, self.options, flow.coming)
        except Crowded:
            self.results.wait(lambda: not flow.coming)
            check_room(item, self.options)

    def _judge_all(self) -> None:
        """Check the snapshots that were created since the last check of events on the node."""
        self.events.ask()
        self.results.judge(self.events)

    def _with_aliases(self, facts: NodeFacts) -> tuple[NodeFacts, list[str]]:
        """The facts with the aliases of the captured collections, and warnings for changed aliases."""
        if self.events.aliases is None:
            return facts, []
        aliases, changed = captured_aliases(facts.aliases, self.events.aliases, facts.names)
        return dataclasses.replace(facts, aliases=aliases), changed

    def _remove_halves(self, facts: NodeFacts) -> list[str]:
        try:
            return remove_halves(self.node, self.options.snapshots_dir, facts.names)
        except EngineError as error:
            return [f"Unfinished snapshots of a killed Qdrant were not deleted: {error.sentence()}"]

    def _take_back(self) -> list[str]:
        """Delete the snapshots of this run, because there is nothing to do, or the run cannot continue."""
        self.watch.stop()
        self.lanes.close()
        return [problem for problem in map(self.lanes.take_back, list(self.lanes.begun)) if problem]

    def _explained(self, error: EngineError, plan: BackupPlan) -> EngineError:
        """The same error with completed and missing collections. Local snapshots are kept, because there is no other
        copy."""
        stored = list(dict.fromkeys(one.entry.name for one in self.results.done))
        error.details["stored"] = stored
        error.details["not_stored"] = [item.name for item in plan.items if item.name not in stored]
        error.details["local_snapshots"] = [begun.snapshot.name for begun in self.lanes.begun]
        error.next = joined(error.next, "Nothing was committed; earlier backups are unchanged.")
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
            done=self.results.done if changed else (),
            failed=self.results.failed if changed else plan.failed,
            rotated=rotated or (),
            warnings=warnings,
            unused=self.unused,
            seconds=self.watch.seconds,
        )


def _committed(opening: concurrent.futures.Future[Repository]) -> bool:
    return opening.done() and opening.exception() is None and opening.result().committed is not None


def _orphans(repository: Repository) -> list[str]:
    """A message about archives of killed runs, during the last upload."""
    try:
        keys = repository.orphans()
    except StoreError as error:
        return [f"Archives of killed runs could not be listed: {error.sentence()}"]
    if not keys:
        return []
    if len(keys) == 1:
        return [
            f"The repository has 1 archive that a killed run left ({keys[0]}). It is ignored, and only costs storage."
        ]
    return [
        f"The repository has {len(keys)} archives that killed runs left (for example {keys[0]}). "
        "They are ignored, and only cost storage."
    ]


def _close(opening: concurrent.futures.Future[Repository]) -> None:
    """Release the lock if it was taken. Of an interrupted run whose store does not answer it is not known; the lock
    expires."""
    if not opening.done() or opening.cancelled() or opening.exception() is not None:
        return
    opening.result().close()
