# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backs up one collection from its snapshot to its entry, in a thread of its own."""

from __future__ import annotations

import dataclasses
import functools
from typing import Callable, TypeVar

from .._base.errors import EngineError
from .._qdrant.errors import QdrantError
from .collection import Done, Ended, Lanes, finish
from .contact import Contact
from .errors import CollectionFailed
from .kept import keep
from .node_events import NodeEvents
from .results import ends_the_run
from .save import Outdated
from .values import Item, NodeFacts, Prior

T = TypeVar("T")


class Capture:
    """``capture(item, facts)`` for many collections at once. EngineError: the collection failed, or the run has to end
    (``ends_the_run``)."""

    def __init__(self, lanes: Lanes, contact: Contact, events: NodeEvents) -> None:
        self._lanes, self._contact, self._events = lanes, contact, events

    def __call__(self, item: Item, facts: NodeFacts) -> Ended:
        if item.reused is not None:
            return self._keep(item, item.reused, facts)
        if item.shards is not None:
            return self._of_shards(item, facts)
        for carry in (True, False):
            try:
                take = functools.partial(self._lanes.take, item, facts, self._events.made, carry=carry)
                under_way = self._take(item, take)
                self._lanes.flow.taken(item.name)
                return Ended((finish(under_way, self._lanes.options, facts, self._lanes.repository(item.name)),))
            except Outdated:
                item = self._taken_back(item)
        raise CollectionFailed(item.name, "it changed during each snapshot")

    def _keep(self, item: Item, prior: Prior, facts: NodeFacts) -> Ended:
        """Use the archive of the previous backup again."""
        repository = self._lanes.repository(item.name)
        kept = keep(item, prior, facts.collections[item.name], repository, self._lanes.watch)
        if kept.entry is None:
            warnings = (*item.warnings, *kept.warnings)
            expected = prior.entry.archive.bytes
            return Ended((), again=(dataclasses.replace(item, reused=None, expected=expected, warnings=warnings),))
        self._events.made(item.name)
        return Ended((Done(kept.entry, 0, kept.seconds),))

    def _of_shards(self, item: Item, facts: NodeFacts) -> Ended:
        """Back up the shards of one collection; those that fail do not stop the others."""
        under_way, bad = self._take(item, lambda: self._lanes.take_shards(item, facts, self._events.made))
        self._lanes.flow.taken(item.name)
        done: list[Done] = []
        failed: list[EngineError] = [CollectionFailed(f"{item.name}/{shard}", error.said) for shard, error in bad]
        fatal: EngineError | None = None
        for one in under_way:
            try:
                done.append(finish(one, self._lanes.options, facts, self._lanes.repository(item.name)))
            except EngineError as error:
                if ends_the_run(error):
                    fatal = fatal or error
                failed.append(error)
        if fatal is not None:
            raise fatal
        return Ended(tuple(done), tuple(failed))

    def _taken_back(self, item: Item) -> Item:
        """Delete the snapshot of a collection that must be backed up again; the next one has another time."""
        for begun in self._lanes.begun_of(item.name):
            self._lanes.take_back(begun)
            item = dataclasses.replace(item, newest_local=begun.snapshot.name)
        return item

    def _take(self, item: Item, take: Callable[[], T]) -> T:
        """The node's part of one collection. EngineError where it failed."""
        while True:
            turn = self._contact.back()
            if not turn:
                raise CollectionFailed(item.name, f"Not tried: {self._lanes.node.url} stopped answering before.")
            begun = len(self._lanes.begun_of(item.name))
            try:
                under_way = take()
            except EngineError as error:
                self._contact.failed(error, turn)
                # A node that restarts: no request for this collection was sent yet, so nothing is done twice.
                if _never_sent(error) and len(self._lanes.begun_of(item.name)) == begun:
                    continue
                raise
            self._contact.heard()
            return under_way


def _never_sent(error: EngineError) -> bool:
    return isinstance(error, QdrantError) and error.kind == "unreachable"
