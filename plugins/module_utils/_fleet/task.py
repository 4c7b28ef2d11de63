# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done with one collection of a backup, on all nodes. Decided once, when the plan is made."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

from .._base.address import node_key
from .._base.intent import RECOVER, Intent
from .._options import words_of
from .._qdrant.scope import Scope
from .._restore.task import (
    FINISH,
    KEEP,
    NEW,
    REPAIR,
    REPLACE,
    SWITCH,
    Back,
    Limits,
    Task,
    aliases_of,
    option_words,
    recipe_of,
    switching_of,
    to_do,
)
from .._restore.values import RestoreFacts, RestoreOptions, Source, Target
from .placing import known_shards, placement, targets_of
from .repairing import Broken, Left, broken_shards, left_to_qdrant
from .values import Archived, FleetFacts, Member, ShardArchive, ShardKey, View
from .views import with_hidden

# What the command of one collection tells by itself, and what a cluster's restore does not use.
_DECIDED = frozenset(
    {"collections", "exclude", "backup_id", "before", "name", "mode", "nodes", "alias", "restore_aliases"}
    | {"allow_incomplete", "accept_write_loss", "keep_old", "accept_gap", "restore_quotas", "roll_back", "url", "node"}
    | {"report"}
)
NO_SYNC = "no_sync"  # every holder gets the archive itself, so that no replica is made from another one
_PAIR = re.compile(r"(\d+)@(.+)")
_NOWHERE = View({})
_NOTHING = Archived(Source("repository", "", ""), ())


@dataclasses.dataclass(frozen=True)
class Handed:
    """One archive and where it goes. shard: the target's; holders: names of nodes, empty while the collection does not
    exist: then every holder gets it."""

    archive: ShardArchive
    shard: int
    holders: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class ShardedTask(Task):
    """archived: what the backup holds; handed: what is recovered; copies: archives that will be handed over; placed:
    peers for each new shard key, None for those that Qdrant chooses; broken and left: of a repair."""

    archived: Archived = _NOTHING
    handed: tuple[Handed, ...] = ()
    copies: int = 1
    placed: tuple[tuple[ShardKey, tuple[int, ...] | None], ...] = ()
    broken: tuple[Broken, ...] = ()
    left: tuple[Left, ...] = ()

    def of(self, source: Source) -> ShardedTask:
        """The same for one of its archives."""
        return dataclasses.replace(self, source=source)

    @property
    def restores(self) -> bool:
        """Not if a repair finds every shard healthy."""
        return bool(self.handed) and super().restores

    @property
    def archives(self) -> int:
        """How many archives are read. Several shards may be in one."""
        return len({one.archive.location for one in self.handed})

    @property
    def shards(self) -> int:
        """How many shards are recovered, each once."""
        return max(1, len(self.handed))

    @property
    def goes_on(self) -> bool:
        """Whether an interrupted restore created the collection, and this one goes on with it."""
        return self.leftover

    @property
    def doubts_left(self) -> tuple[str, ...]:
        """Of a repair: replicas that an interrupted restore left in doubt, and that are not restored now."""
        recovered = {(one.shard, node) for one in self.handed for node in one.holders}
        left = {(one.shard, one.node) for one in self.left}
        return tuple(pair(*one) for one in sorted((doubtful(self.target) - recovered) & left))


def doubtful(target: Target, every: Iterable[tuple[int, str]] = ()) -> frozenset[tuple[int, str]]:
    """(shard, node) that the host's note of an interrupted restore names. A note without names is of ``every`` one: it
    was written before that restore knew them."""
    note = target.intent
    pairs = [_PAIR.fullmatch(word.strip()) for word in (note.shards if note is not None else "").split(",")]
    named = frozenset((int(match[1]), match[2]) for match in pairs if match is not None)
    return frozenset(every) if not named and note is not None and note.step == RECOVER else named


def renamed(intent: Intent, members: Iterable[Member]) -> Intent:
    """The note with the names that its nodes have in this run: else what it names would not be in doubt any more."""
    now = {node_key(member.url): member.name for member in members}
    names = {name: now.get(node_key(url), name) for name, url in intent.nodes().items()}
    shards = [word.partition("@") for word in intent.shards.split(", ")]
    told = ", ".join(f"{shard}{at}{names.get(name, name)}" for shard, at, name in shards)
    return dataclasses.replace(intent, shards=told)


def pair(shard: int, node: str) -> str:
    """A shard on a node, as notes and reports write it."""
    return f"{shard}@{node}"


def make_tasks(facts: FleetFacts, options: RestoreOptions, back: Back | None = None) -> tuple[ShardedTask, ...]:
    """A task for every chosen collection that something is done for, in order. back: see ``to_do``. Pure."""
    wanted, absent = to_do(facts.base, options, back), not_there(facts, options)
    pairs = [(one, pair) for one, pair in zip(facts.archived, facts.base.pairs) if pair in wanted]
    return tuple(_task(one, target, facts, options) for one, (dummy, target) in pairs if target.name not in absent)


def not_there(facts: FleetFacts, options: RestoreOptions) -> tuple[str, ...]:
    """Names of collections that a repair leaves out because they do not exist. If all that were chosen by name do not,
    none is left out: that is refused."""
    if options.mode != REPAIR:
        return ()
    found = tuple(target.name for dummy, target in facts.base.pairs if not target.exists)
    return () if options.collections and len(found) == len(facts.base.pairs) else found


def _task(archived: Archived, target: Target, facts: FleetFacts, options: RestoreOptions) -> ShardedTask:
    source = archived.whole
    switching = switching_of(source, target, options)
    aliases = aliases_of(source, options, switching)
    recipe, leftover = (REPAIR, False) if options.mode == REPAIR else recipe_of(source, target, options, aliases)
    if recipe == REPAIR:  # what an interrupted restore was to set: its note ends here. A switch moves its own
        notes = [note for note in (target.intent, target.unfinished) if note is not None and note.mode != SWITCH]
        waiting = {alias for note in notes for alias in note.aliases.split(", ") if alias}
        aliases = tuple(sorted(waiting | ({options.alias} if options.alias else set())))
    names = [member.name for member in facts.members]
    peers = {member.name: member.peer_id for member in facts.members if member.peer_id is not None}
    copies = min(archived.copies, len(names)) if facts.clustered else 1
    view = facts.views.get(target.name, _NOWHERE)
    doubt = doubtful(target, [(one.shard, one.node) for one in view.replicas])
    broken: tuple[Broken, ...] = ()
    left: tuple[Left, ...] = ()
    if recipe == REPAIR:
        view = with_hidden(view, known_shards(archived))
        broken = broken_shards(view, doubt, names, archived.copies)
        urls = {member.name: member.url for member in facts.members}
        left = left_to_qdrant(view, doubt, names, archived.copies, target.name, urls, peers, facts.base.keyed)
    handed = _handed(archived, recipe, view, broken)
    if recipe == REPAIR:  # of its size, only what is restored counts: plan and report show it beside those points
        sizes = {one.archive.location: one.archive.bytes for one in handed}
        source = dataclasses.replace(source, bytes=sum(sizes.values()))
    placed = tuple((key, _placed(archived, key, peers, facts)) for key, dummy in source.shard_keys)
    return ShardedTask(
        source=source,
        target=target,
        scope=Scope.collection(target.name),
        node=facts.base.node_url,
        recipe=recipe,
        ways=_ways(archived, facts.base, options),
        aliases=aliases,
        missing=tuple(alias for alias in aliases if facts.base.aliases.get(alias) != target.name),
        limits=Limits(options.silence_timeout, options.ready_timeout, options.wait_for, options.url_seconds),
        priority=NO_SYNC,
        record=options.record and recipe != REPAIR,
        named=bool(options.name),
        version=facts.base.version,
        keyed=facts.base.keyed,
        switching=switching,
        nodes=tuple(f"{member.name}={member.url}" for member in facts.members),
        options=_words(facts, options),
        leftover=leftover,
        by_shard=True,
        archived=archived,
        handed=handed,
        copies=copies,
        placed=placed,
        broken=broken,
        left=left,
    )


def _handed(archived: Archived, recipe: str, view: View, broken: tuple[Broken, ...]) -> tuple[Handed, ...]:
    """What is recovered where. A repair restores broken shards only; a new collection has no holders yet."""
    if recipe in (FINISH, KEEP):
        return ()
    if recipe in (NEW, SWITCH):
        return tuple(Handed(archive, archive.shard) for archive in archived.shards)
    targets = targets_of(archived, view.shards)
    there = [(archive, targets[archive.shard]) for archive in archived.shards if archive.shard in targets]
    if recipe == REPLACE:
        return tuple(Handed(archive, shard, view.holders(shard)) for archive, shard in there)
    holders = {one.shard: one.holders for one in broken}
    return tuple(Handed(archive, shard, holders[shard]) for archive, shard in there if shard in holders)


def _placed(archived: Archived, key: ShardKey, peers: dict[str, int], facts: FleetFacts) -> tuple[int, ...] | None:
    found = placement(archived, key, peers, facts.nodes_of_peers)
    return None if found is None else tuple(found)


def _ways(archived: Archived, base: RestoreFacts, options: RestoreOptions) -> tuple[str, ...]:
    """The ways to hand archives over, best first. What is cut out of an archive here can only be uploaded."""
    cut = any(archive.cut for archive in archived.shards)
    possible = [*(["url"] if base.can_presign and not cut else []), "upload"]
    return tuple(way for way in possible if options.delivery in ("auto", way))


def _words(facts: FleetFacts, options: RestoreOptions) -> tuple[str, ...]:
    """The options of the command that does the same again."""
    words = [word for member in facts.members for word in ("--node-url", f"{member.name}={member.url}")]
    return (*words, *option_words(options), *words_of(options.given, _DECIDED))


def sharded(task: Task) -> ShardedTask:
    """The same, as steps of this room get it."""
    if not isinstance(task, ShardedTask):
        raise TypeError("a step of a cluster's restore was given the task of one node")
    return task
