# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of the collections of a run. They are backed up in threads of their own; the main thread records it."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
from typing import Callable

from .._base.errors import EngineError, LockedError
from .._repository.errors import StoreError
from .collection import Done, Ended, with_one_probe
from .errors import CollectionFailed, Stopped
from .flow import Flow
from .node_events import NodeEvents
from .opening import Repository
from .values import BackupPlan, Item

# Errors of one archive; other errors of the store end the run.
_OF_ONE_ARCHIVE = ("exists", "changed", "bad_digest", "not_found", "protocol", "other")


class Results:
    """``done`` and ``failed`` so far, and ``again``: collections whose archive could not be used again.

    All methods are for the main thread.
    """

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._futures: dict[str, concurrent.futures.Future[Ended]] = {}
        self._ended: collections.deque[str] = collections.deque()  # and not recorded yet
        self._recorded: set[str] = set()
        self.done: list[Done] = []
        self.failed: list[tuple[str, str]] = []
        self.again: list[Item] = []

    def __contains__(self, name: str) -> bool:
        """Whether the collection was begun."""
        return name in self._futures

    def __bool__(self) -> bool:
        """Whether any was."""
        return bool(self._futures)

    def follow(self, name: str, future: concurrent.futures.Future[Ended]) -> None:
        """Record this collection when it has ended. It may be followed once more then."""
        self._recorded.discard(name)
        self._futures[name] = future

        def ended(_future: concurrent.futures.Future[Ended]) -> None:
            # In this order: as soon as it is among the ended, the main thread may begin it once more.
            self._flow.ended(name)
            self._ended.append(name)
            self._flow.look_again()

        future.add_done_callback(ended)

    def wait(self, ready: Callable[[], bool]) -> None:
        """Wait until ``ready`` returns true, and record results of collections."""
        while True:
            self._flow.wait(lambda: ready() or bool(self._ended))
            self._record()
            if ready():
                return

    def wait_for_all(self) -> None:
        """Until what became of every collection is noted: one that is through is not noted yet."""
        self.wait(lambda: len(self._recorded) == len(self._futures))

    def judge(self, events: NodeEvents) -> None:
        """Let those fail during whose snapshot the node changed, and note its warnings."""
        taken, self.done = self.done, []
        for one in taken:
            name = one.entry.name
            if name in events.failures:
                failure = (name, events.failures[name].sentence())
                self.failed += [failure] if failure not in self.failed else []
                continue
            warned = events.warnings.get(name)
            warnings = (*one.entry.warnings, warned) if warned else one.entry.warnings
            self.done.append(dataclasses.replace(one, entry=dataclasses.replace(one.entry, warnings=warnings)))

    def keep_stored(self, repository: Repository) -> None:
        """Let those fail whose archive is not in the store with its size. One listing shows all of them, so uploads and
        copies that the store has confirmed are not looked at one by one."""
        stored, self.done = self.done, []
        for one in stored:
            why = repository.lost(one.entry.archive)
            if why:
                self.failed.append((one.entry.name, CollectionFailed(one.entry.part, why).sentence()))
            else:
                self.done.append(one)

    def put_in_order(self, plan: BackupPlan) -> None:
        """Completed and failed collections, in the order of the plan."""
        place = {item.name: number for number, item in enumerate(plan.items)}
        self.done.sort(key=lambda one: (place[one.entry.name], one.entry.shards.captured))
        self.done = [
            dataclasses.replace(one, entry=entry)
            for one, entry in zip(self.done, with_one_probe([one.entry for one in self.done]))
        ]
        self.failed.sort(key=lambda one: place.get(one[0], -1))

    def _record(self) -> None:
        """Record results of collections; a failure that ends the run is raised after the others are recorded."""
        fatal: EngineError | None = None
        while self._ended:
            name = self._ended.popleft()
            self._recorded.add(name)
            try:
                found = self._futures[name].result()
                self.done += found.done
                self.again += found.again
                self.failed += [(name, error.sentence()) for error in found.failed]
            except EngineError as error:
                if ends_the_run(error):
                    fatal = fatal if fatal is not None and not isinstance(fatal, Stopped) else error
                else:
                    self.failed.append((name, error.sentence()))
        if fatal is not None:
            raise fatal


def ends_the_run(error: EngineError) -> bool:
    """Whether a failure concerns the whole run, not only its collection."""
    if isinstance(error, (Stopped, LockedError)):
        return True
    return isinstance(error, StoreError) and error.kind not in _OF_ONE_ARCHIVE
