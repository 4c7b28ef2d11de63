# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backs a node up: facts, plan, apply, report.

The first snapshots start before the store is open (its library takes half a second to import). If this backup already
exists, or another run holds the lock, they are deleted.
"""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import dataclasses
import functools
from typing import Any, Callable, TypeVar

from .._base.clock import now, utc_text
from .._base.errors import EngineError, LockedError
from .._base.host import Host
from .._base.progress import Progress, silent
from .._base.sentences import joined
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.throwaway import remove_unless_drilled
from .._repository.errors import StoreError
from .collection import Done, Ended, Lanes, finish, with_one_probe
from .commit import build, build_part, commit, commit_part, nothing_stored
from .contact import Contact
from .errors import CollectionFailed, Stopped
from .facts import gather
from .kept import keep
from .leftovers import remove_halves
from .node_events import NodeEvents, captured_aliases
from .opening import Repository, StoreSource, open_repository
from .options import BackupOptions, check_options
from .plan import make_plan, parts_of
from .report import report
from .rotate import committed_local, make_room, rotate
from .save import Outdated
from .take import Crowded, check_room
from .unused import sentences
from .values import BackupPlan, Item, NodeFacts, Prior
from .watch import Watch, brisk_threads

T = TypeVar("T")
_PATIENCE = 5.0  # seconds for running work when the process ends: uploads are aborted
# Errors of one archive; other errors of the store end the run.
_OF_ONE_ARCHIVE = ("exists", "changed", "bad_digest", "not_found", "protocol", "other")


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
        self.lanes = Lanes(options, node, watch)
        self.started_at = utc_text(now())
        self.done: list[Done] = []
        self.failed: list[tuple[str, str]] = []
        self.unused: list[str] = []
        self.left: list[str] = []  # what killed drills left, as sentences
        self.under_way: dict[str, concurrent.futures.Future[Ended]] = {}
        self.again: list[Item] = []  # whose archive could not be used again
        self.ended: collections.deque[str] = collections.deque()  # and not recorded yet
        self.collected: set[str] = set()
        self.contact = Contact(node, watch)
        self.events = NodeEvents(node)

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
        self.failed += plan.failed
        try:
            room = make_room(self.node, plan.spares, self.watch)
            for item in plan.items:
                if item.name not in self.under_way:
                    self._begin(item, facts)
            warnings = [*plan.plan.warnings, *self.left, *room.warnings]
            self._wait_for_all()
            self._take_again(facts)
            self._judge_all()
            facts, changed = self._with_aliases(facts)
            warnings += changed
            self.lanes.drain()
            warnings += _orphans(repository)
            self._check_stored(repository)
            self._in_order(plan)
            if self.failed and not self.done:
                raise nothing_stored(self.options, self.failed)
            self.watch.tell("commit", self.options.backup_id)
            entries = [one.entry for one in self.done]
            suspect = [f"{e.part} is marked suspect: {e.suspect['why']}." for e in entries if e.suspect]
            self.unused = repository.stored.unused(entries)
            told = [*warnings, *repository.warnings, *suspect, *sentences(self.unused)]
            noted = [text for text in told if text not in (*plan.of_the_run, *room.warnings)]
            manifest = build(self.options, facts, plan, self.started_at, entries, self.failed, noted, self.unused)
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
        self.lanes = Lanes(self.options, self.node, self.watch)
        self.lanes.adopt(repository)
        self.under_way, self.collected = {}, set()
        self.ended.clear()
        self.events = NodeEvents(self.node)
        repository.fill()
        committed = repository.committed.collections if repository.committed is not None else ()
        try:
            for item in plan.items:
                self._begin(item, facts)
            self._wait_for_all()
            self._judge_all()
            self.lanes.drain()
            self._check_stored(repository)
            self._in_order(plan)
            if not self.done:
                raise nothing_stored(self.options, self.failed)
            self.watch.tell("commit", self.options.backup_id)
            entries = [one.entry for one in self.done]
            self.unused = repository.stored.unused([*committed, *entries])
            told = [*plan.plan.warnings, *problems, *repository.warnings, *sentences(self.unused)]
            part = build_part(self.options, facts, self.started_at, entries, self.failed, told)
            commit_part(repository, part)
        except EngineError as error:
            raise self._explained(error, plan) from None
        self.watch.tell("committed", self.options.backup_id)
        needed = [intent.safety_snapshot for intent in facts.intents]
        rotated = rotate(self.node, repository, part, self.options, self.watch, facts, needed)
        self.failed += plan.failed
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
            if self.under_way and not self.lanes.flow.admits(item.expected):
                break
            self._begin(item, facts)

    def _begin(self, item: Item, facts: NodeFacts) -> None:
        """Start a collection in its turn; a failure that ends the run is raised here."""
        flow = self.lanes.flow
        self._wait(lambda: flow.admits(item.expected))
        try:
            self._check_room(item)
        except EngineError as error:
            failed: concurrent.futures.Future[Ended] = concurrent.futures.Future()
            failed.set_exception(error)
            self._follow(item.name, failed)
            return
        flow.begin(item.name, item.expected)
        self._follow(item.name, self.lanes.collections.submit(self._carry, item, facts))

    def _take_again(self, facts: NodeFacts) -> None:
        """Take a snapshot of the collections whose previous archive could not be used again."""
        again, self.again = self.again, []
        for item in again:
            self.collected.discard(item.name)
            self._begin(item, facts)
        self._wait_for_all()

    def _follow(self, name: str, future: concurrent.futures.Future[Ended]) -> None:
        """Record this collection when it has ended."""
        self.under_way[name] = future

        def ended(_future: concurrent.futures.Future[Ended]) -> None:
            # In this order: as soon as it is among the ended, the main thread may begin it once more.
            self.lanes.flow.ended(name)
            self.ended.append(name)
            self.lanes.flow.look_again()

        future.add_done_callback(ended)

    def _check_room(self, item: Item) -> None:
        """CollectionFailed if there is no space; waits if other snapshots may still free some."""
        flow = self.lanes.flow
        try:
            check_room(item, self.options, flow.coming)
        except Crowded:
            self._wait(lambda: not flow.coming)
            check_room(item, self.options)

    def _wait(self, ready: Callable[[], bool]) -> None:
        """Wait until ``ready`` returns true, and record results of collections."""
        while True:
            self.lanes.flow.wait(lambda: ready() or bool(self.ended))
            self._collect()
            if ready():
                return

    def _wait_for_all(self) -> None:
        """Until what became of every collection is noted: one that is through is not noted yet."""
        self._wait(lambda: len(self.collected) == len(self.under_way))

    def _collect(self) -> None:
        """Record results of collections; a failure that ends the run is raised after the others are recorded."""
        fatal: EngineError | None = None
        while self.ended:
            name = self.ended.popleft()
            self.collected.add(name)
            try:
                found = self.under_way[name].result()
                self.done += found.done
                self.again += found.again
                self.failed += [(name, error.sentence()) for error in found.failed]
            except EngineError as error:
                if _ends_the_run(error):
                    fatal = fatal if fatal is not None and not isinstance(fatal, Stopped) else error
                else:
                    self.failed.append((name, error.sentence()))
        if fatal is not None:
            raise fatal

    def _carry(self, item: Item, facts: NodeFacts) -> Ended:
        """Back up one collection, in its own thread."""
        if item.reused is not None:
            return self._keep(item, item.reused, facts)
        if item.shards is not None:
            return self._carry_shards(item, facts)
        for carry in (True, False):
            try:
                take = functools.partial(self.lanes.take, item, facts, self.events.made, carry=carry)
                under_way = self._take(item, take)
                self.lanes.flow.taken(item.name)
                return Ended((finish(under_way, self.options, facts, self.lanes.repository(item.name)),))
            except Outdated:
                item = self._taken_back(item)
        raise CollectionFailed(item.name, "it changed during each snapshot")

    def _keep(self, item: Item, prior: Prior, facts: NodeFacts) -> Ended:
        """Use the archive of the previous backup again."""
        repository = self.lanes.repository(item.name)
        kept = keep(item, prior, facts.collections[item.name], repository, self.watch)
        if kept.entry is None:
            warnings = (*item.warnings, *kept.warnings)
            expected = prior.entry.archive.bytes
            return Ended((), again=(dataclasses.replace(item, reused=None, expected=expected, warnings=warnings),))
        self.events.made(item.name)
        return Ended((Done(kept.entry, 0, kept.seconds),))

    def _carry_shards(self, item: Item, facts: NodeFacts) -> Ended:
        """Back up the shards of one collection; those that fail do not stop the others."""
        under_way, bad = self._take(item, lambda: self.lanes.take_shards(item, facts, self.events.made))
        self.lanes.flow.taken(item.name)
        done: list[Done] = []
        failed: list[EngineError] = [CollectionFailed(f"{item.name}/{shard}", error.said) for shard, error in bad]
        fatal: EngineError | None = None
        for one in under_way:
            try:
                done.append(finish(one, self.options, facts, self.lanes.repository(item.name)))
            except EngineError as error:
                if _ends_the_run(error):
                    fatal = fatal or error
                failed.append(error)
        if fatal is not None:
            raise fatal
        return Ended(tuple(done), tuple(failed))

    def _taken_back(self, item: Item) -> Item:
        """Delete the snapshot of a collection that must be backed up again; the next one has another time."""
        for begun in self.lanes.begun_of(item.name):
            self.lanes.take_back(begun)
            item = dataclasses.replace(item, newest_local=begun.snapshot.name)
        return item

    def _take(self, item: Item, take: Callable[[], T]) -> T:
        """The node's part of one collection. EngineError where it failed."""
        while True:
            turn = self.contact.back()
            if not turn:
                raise CollectionFailed(item.name, f"Not tried: {self.node.url} stopped answering before.")
            begun = len(self.lanes.begun_of(item.name))
            try:
                under_way = take()
            except EngineError as error:
                self.contact.failed(error, turn)
                # A node that restarts: no request for this collection was sent yet, so nothing is done twice.
                if _never_sent(error) and len(self.lanes.begun_of(item.name)) == begun:
                    continue
                raise
            self.contact.heard()
            return under_way

    def _judge_all(self) -> None:
        """Check the snapshots that were created since the last check of events on the node."""
        self.events.ask()
        taken, self.done = self.done, []
        for one in taken:
            name = one.entry.name
            if name in self.events.failures:
                failure = (name, self.events.failures[name].sentence())
                self.failed += [failure] if failure not in self.failed else []
                continue
            warned = self.events.warnings.get(name)
            warnings = (*one.entry.warnings, warned) if warned else one.entry.warnings
            self.done.append(dataclasses.replace(one, entry=dataclasses.replace(one.entry, warnings=warnings)))

    def _check_stored(self, repository: Repository) -> None:
        """Every archive is in the store with its size. One listing shows all of them, so uploads and copies that the
        store has confirmed are not looked at one by one."""
        stored, self.done = self.done, []
        for one in stored:
            why = repository.lost(one.entry.archive)
            if why:
                self.failed.append((one.entry.name, CollectionFailed(one.entry.part, why).sentence()))
            else:
                self.done.append(one)

    def _with_aliases(self, facts: NodeFacts) -> tuple[NodeFacts, list[str]]:
        """The facts with the aliases of the captured collections, and warnings for changed aliases."""
        if self.events.aliases is None:
            return facts, []
        aliases, changed = captured_aliases(facts.aliases, self.events.aliases, facts.names)
        return dataclasses.replace(facts, aliases=aliases), changed

    def _in_order(self, plan: BackupPlan) -> None:
        """Completed and failed collections, in the order of the plan."""
        place = {item.name: number for number, item in enumerate(plan.items)}
        self.done.sort(key=lambda one: (place[one.entry.name], one.entry.shards.captured))
        self.done = [
            dataclasses.replace(one, entry=entry)
            for one, entry in zip(self.done, with_one_probe([one.entry for one in self.done]))
        ]
        self.failed.sort(key=lambda one: place.get(one[0], -1))

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
        stored = list(dict.fromkeys(one.entry.name for one in self.done))
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
            done=self.done if changed else (),
            failed=self.failed if changed else plan.failed,
            rotated=rotated or (),
            warnings=warnings,
            unused=self.unused,
            seconds=self.watch.seconds,
        )


def _ends_the_run(error: EngineError) -> bool:
    """Whether a failure concerns the whole run, not only its collection."""
    if isinstance(error, (Stopped, LockedError)):
        return True
    return isinstance(error, StoreError) and error.kind not in _OF_ONE_ARCHIVE


def _never_sent(error: EngineError) -> bool:
    return isinstance(error, QdrantError) and error.kind == "unreachable"


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
    """Release the lock if it was taken."""
    if opening.cancelled() or opening.exception() is not None:
        return
    opening.result().close()
