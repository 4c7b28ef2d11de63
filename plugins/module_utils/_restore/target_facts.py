# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at the name that a collection is to be restored to, and at what this host notes of it. Facts only."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Collection, Iterator, Mapping, Sequence

from .._base.clock import now
from .._base.host import Host
from .._base.intent import UNREADABLE, Intent
from .._base.marks import read_mark, without_marks
from .._base.switched import Switch, switches
from .._proof.check import check
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .live import live_facts, name_beside, pulse_of
from .match import differences
from .values import Pulse, RestoreOptions, Source, Target, shard_keys_of


@dataclasses.dataclass(frozen=True)
class HostNotes:
    """What a host notes of restores and switches. intents: of restores that did not end, by name of the collection;
    unfinished: of restores that proved their collection, in a run that did not end; switched: for ``mode: switch``."""

    intents: Mapping[str, Intent]
    unfinished: Mapping[str, Intent]
    switched: Sequence[Switch] = ()

    @property
    def _all(self) -> tuple[Intent, ...]:
        """Of all restores that did not end."""
        return (*self.intents.values(), *self.unfinished.values())

    def of(self, source: Source, options: RestoreOptions, existing: Collection[str]) -> tuple[str, Intent | None]:
        """The name that a source is restored to, and the note of a restore into it that did not end."""
        name = options.name or source.collection
        if options.mode == "switch":
            name = name_beside(source, options, self._all)
        intent = self.intents.get(name)
        if options.mode == "missing" and name in existing:
            intent = intent or self.intents.get(UNREADABLE)  # it may be the note of this collection
        return name, intent

    def noted(
        self,
        target: Target,
        source: Source,
        options: RestoreOptions,
        nodes: Sequence[Node],
        aliases: Mapping[str, str],
        existing: Collection[str],
    ) -> Target:
        """The target with what is noted of it, for a switch with what clients use now. nodes: all that are restored."""
        target = dataclasses.replace(target, unfinished=self.unfinished.get(target.name))
        if options.mode != "switch":
            return target
        begun, notes = target.proven_from(source), self._all
        live = live_facts(target.name, source, options, nodes, aliases, existing, self.switched, begun, notes)
        return dataclasses.replace(target, live=live)


def targets_of(
    sources: Sequence[Source],
    node: Node,
    options: RestoreOptions,
    aliases: dict[str, str],
    existing: set[str],
    clustered: bool,
) -> list[Target]:
    """The name that each source is restored to, as the node and the notes of this host have it now."""
    host = Host(options.state_dir, node.url)
    notes = HostNotes(
        {intent.collection: intent for intent in host.intents()},
        {intent.collection: intent for intent in host.unfinished()},
        switches(host) if options.mode == "switch" else (),
    )
    still, found = dataclasses.replace(options, watch_seconds=0.0), []
    for source in sources:
        name, intent = notes.of(source, options, existing)
        found.append(target_facts(name, node, still, aliases, name in existing, intent))
    targets = []
    for source, target in zip(sources, _watched(found, node, options)):
        if clustered and options.mode == "new" and target.exists:
            target = dataclasses.replace(target, agrees=_agrees(node, source, target))
        targets.append(notes.noted(target, source, options, [node], aliases, existing))
    return targets


def _agrees(node: Node, source: Source, target: Target) -> bool:
    """Whether a collection is there as the backup has it: in a cluster, because other nodes have brought it back."""
    if source.probe is None or target.intent is not None or differences(source.config or {}, target.config or {}):
        return False
    try:
        return check(node, target.name, source.probe, archive_count=source.archive_count, wait=1.0).agreed
    except QdrantError:
        return False


def target_facts(
    name: str, node: Node, options: RestoreOptions, aliases: dict[str, str], exists: bool, intent: Intent | None
) -> Target:
    """The target as the node has it now."""
    target = Target(name, alias_of=aliases.get(name, ""), intent=intent)
    return _existing(target, node, options, aliases) if exists else target


def _existing(target: Target, node: Node, options: RestoreOptions, aliases: dict[str, str]) -> Target:
    """The same target with what only an existing collection has. A damaged one (dirty shard) still is a target, and
    answers some of these questions."""
    name, found = target.name, dataclasses.replace(target, exists=True)
    held = {alias: holder for alias, holder in aliases.items() if holder == name}
    marks = [mark for mark in map(read_mark, sorted(held)) if mark is not None]
    fresh = tuple(mark for mark in marks if mark.fresh(now()))
    old = tuple(mark.alias for mark in marks if mark not in fresh)
    found = dataclasses.replace(found, aliases=tuple(sorted(without_marks(held))), marks=fresh, old_marks=old)
    with _answers():
        about = node.collection(name)
        found = dataclasses.replace(found, config=about.config, payload_schema=about.payload_schema)
    with _answers():
        found = dataclasses.replace(found, shard_keys=shard_keys_of(node.shards(name)))
    with _answers():
        count = _count(node, name)
        found = dataclasses.replace(found, count=count, limited=count is None)
    return _watched([found], node, options)[0]


@contextlib.contextmanager
def _answers() -> Iterator[None]:
    """A question that a damaged collection may refuse: then the fact stays unknown. Silence is still an error."""
    try:
        yield
    except QdrantError as error:
        if not error.answered:
            raise


def _count(node: Node, collection: str) -> int | None:
    """The exact count; None where a rate limit leaves no room for it."""
    try:
        return node.count(collection)
    except QdrantError as error:
        if error.kind != "rate_limited":
            raise
        return None


def _watched(targets: Sequence[Target], node: Node, options: RestoreOptions) -> list[Target]:
    """The same targets, and whether they are written to while all are watched together. Only those are watched where
    another client may lose its writes."""
    replaced, seconds = options.mode == "replace", options.watch_seconds
    wanted = [one for one in targets if one.exists and (one.count is not None or one.limited)]
    wanted = [one for one in wanted if replaced or one.begun or one.marks] if seconds > 0 else []
    first = {one.name: _pulse(node, one, replaced) for one in wanted}
    moving: set[str] = set()
    end, over = time.monotonic() + seconds, False
    while not over and len(moving) < len(wanted):
        over = time.monotonic() >= end
        still = [one for one in wanted if one.name not in moving]
        moving.update(one.name for one in still if _is_moving(node, one, first[one.name], replaced))
        time.sleep(0.0 if over else min(0.25, seconds))
    return [dataclasses.replace(one, moving=one.name in moving) for one in targets]


def _pulse(node: Node, target: Target, replaced: bool) -> Pulse:
    """What is replaced tells its operations too: an update may keep the count."""
    return pulse_of([node], target.name) if replaced and not target.limited else Pulse(target.count)


def _is_moving(node: Node, target: Target, first: Pulse, replaced: bool) -> bool:
    """Whether it was written to since the first look, or updates queue. Unknown counts as not."""
    queued, now_there = 0, first
    with _answers():
        queued = node.collection(target.name).update_queue_length or 0
        if not target.limited:  # else the rate limit refuses another count
            now_there = pulse_of([node], target.name) if replaced else Pulse(_count(node, target.name))
    known = first.count is not None and now_there.count is not None
    return queued > 0 or (known and (now_there != first or now_there.count != target.count))
