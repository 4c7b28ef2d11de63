# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients use now in place of a collection that is restored beside it (``mode: switch``), and the name of the new
one. Facts only."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection, Mapping, Sequence

from .._base.intent import PROVEN, RECOVER, Intent
from .._base.marks import without_marks
from .._base.switched import Switch
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.names import before_switch
from .values import Live, Pulse, RestoreOptions, Source


def name_beside(source: Source, options: RestoreOptions, notes: Sequence[Intent]) -> str:
    """The name that a switch restores to: the one given, that of a switch from this archive that did not end, else the
    collection's with the backup's id. Not a temporary name: after the switch it is the collection, and is backed up."""
    if options.name:
        return options.name
    for note in notes:
        same = note.mode == "switch" and note.origin == source.collection and note.of(source.sha256, source.backup_id)
        if same and note.step in (RECOVER, PROVEN):
            return note.collection
    mark = source.backup_id.lower() or source.sha256[:12] or "restored"
    return f"{before_switch(source.collection)}__{mark}"


def holders(
    source: Source, options: RestoreOptions, aliases: Mapping[str, str], existing: Collection[str]
) -> tuple[str, ...]:
    """The collections that clients use now, see ``Live``. By the alias that is named; else by the collection's name,
    if it is an alias or has aliases; else by the aliases that the backup recorded; else the collection itself. Pure."""
    if options.alias in aliases:
        return (aliases[str(options.alias)],)
    if options.alias in existing:
        return (str(options.alias),)
    name = source.collection
    if name in aliases:
        return (aliases[name],)
    if name in without_marks(aliases).values():
        return (name,)
    recorded = sorted({aliases[alias] for alias in source.aliases if alias in aliases})
    return tuple(recorded) or ((name,) if name in existing else ())


def left_beside(
    source: Source, notes: Sequence[Intent], aliases: Mapping[str, str], existing: Collection[str]
) -> tuple[Intent, ...]:
    """The notes of switches of this collection that did not end, and whose restored collection exists and has no alias:
    those from another archive than this restore's stay behind. Pure."""
    used = {*without_marks(aliases).values()}
    of_it = [note for note in notes if note.mode == "switch" and note.step in (RECOVER, PROVEN)]
    return tuple(
        note
        for note in of_it
        if note.collection in existing
        and note.collection not in used
        and before_switch(note.origin) == before_switch(source.collection)
    )


def moved_to(
    name: str, noted: Sequence[Switch], aliases: Mapping[str, str], existing: Collection[str]
) -> tuple[str, tuple[str, ...]]:
    """The collection that clients use in place of ``name`` since an earlier switch, and its aliases; by the record of
    this host, else by the names that switches give. ("", ()) if there is none. Pure."""
    shown = {alias: to for alias, to in without_marks(aliases).items() if to in existing and to != name}
    recorded = [one.collection for one in noted if one.before == name and one.collection in shown.values()]
    named = sorted(to for to in shown.values() if before_switch(to) == before_switch(name))
    found = next(iter([*recorded, *named]), "")
    return found, tuple(sorted(alias for alias, to in shown.items() if to == found))


def live_facts(
    name: str,
    source: Source,
    options: RestoreOptions,
    nodes: Sequence[Node],
    aliases: Mapping[str, str],
    existing: Collection[str],
    noted: Sequence[Switch],
    unfinished: bool,
    notes: Sequence[Intent] = (),
) -> Live:
    """The live side of a restore to ``name``. nodes: all that are restored; noted: switches of this host; unfinished:
    an earlier run restored and proved ``name`` and did not end, so that its switch may be incomplete; notes: of all
    restores that did not end."""
    earlier = next((one for one in noted if one.collection == name and one.of(source.sha256, source.backup_id)), None)
    begun = earlier is not None and unfinished
    held = (earlier.before,) if earlier is not None and begun else holders(source, options, aliases, existing)
    own = tuple(sorted(alias for alias, to in without_marks(aliases).items() if held == (to,)))
    switch = earlier if begun or held == (name,) else None
    found = Live(held, bool(held) and held[0] in existing, own, switch=switch)
    left = left_beside(source, notes, aliases, existing)
    if found.exists and not own:
        found = dataclasses.replace(found, moved_to=moved_to(found.name, noted, aliases, existing))
    found = dataclasses.replace(found, left=tuple(one for one in left if one.collection not in (name, found.name)))
    if not found.name or not found.exists or found.name == name:
        return found
    first = pulse_of(nodes, found.name)
    moving = _moved(nodes, found.name, first, options.watch_seconds)
    return dataclasses.replace(found, pulse=first, moving=moving)


def pulse_of(nodes: Sequence[Node], collection: str) -> Pulse:
    """One look. The first node counts; each tells the operations of its own replicas. A damaged collection may refuse a
    question: then the fact stays unknown."""
    try:
        count = nodes[0].count(collection)
        operations: list[tuple[int, int | None]] = []
        for node in nodes:
            local = sorted(shard.shard_id for shard in node.shards(collection).local)
            operations += [(shard, node.last_operation(collection, shard)) for shard in local]
        return Pulse(count, tuple(operations))
    except QdrantError as error:
        if not error.answered:
            raise
        return Pulse()


def _moved(nodes: Sequence[Node], collection: str, first: Pulse, seconds: float) -> bool:
    """Whether the collection is written to while it is watched."""
    deadline = time.monotonic() + seconds
    while first.count is not None:
        if pulse_of(nodes, collection) != first:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(min(0.25, seconds))
    return False
