# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done with one archive and one name. Decided once, when the plan is made, and carried from there."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Sequence

from .._base.intent import RECOVER, Intent
from .._options import words_of
from .._qdrant.by_hand import change_aliases
from .._qdrant.scope import Scope
from .together import is_back, joins
from .values import Live, RestoreFacts, RestoreOptions, Source, Target

NEW, REPLACE, SWITCH, FINISH, KEEP = "new", "replace", "switch", "finish", "keep"
REPAIR = "repair"  # of a cluster: only shards that no healthy replica holds
# Options by which a single archive is found and checked: without them, the same command may be refused.
_ARCHIVE = ("checksum", "snapshots_dir", "server_snapshots_path")


@dataclasses.dataclass(frozen=True)
class Limits:
    """Limits of waiting, in seconds."""

    silence: float  #: without progress while the node works
    ready: float  #: until the collection is ready
    wait_for: str  #: data, or green (no optimizer works either)
    url: int  #: that a presigned URL is valid


@dataclasses.dataclass(frozen=True)
class Switching:
    """How clients get from the collection that they use to the restored one."""

    old: Live  #: what they use
    takes_name: bool  #: whether the old collection's name becomes an alias; the collection is deleted before
    drops: bool  #: whether the old collection is deleted, after a safety snapshot
    accept_loss: bool  #: whether writes that the old collection received since the backup may be lost

    def at_once(self, missing: tuple[str, ...]) -> tuple[str, ...]:
        """The aliases that are moved in one call. The old collection's name is not among them while it exists."""
        return tuple(alias for alias in missing if not (self.takes_name and self.old.exists and alias == self.old.name))


@dataclasses.dataclass(frozen=True)
class Task:
    """One archive, the name it is restored to, and how."""

    source: Source
    target: Target
    scope: Scope
    node: str  #: the node's URL
    #: NEW, REPLACE, SWITCH, FINISH (an earlier run restored and proved it, and did not end) or KEEP (it exists, is left
    #: alone)
    recipe: str
    ways: tuple[str, ...]  #: of handing the archive over, best first
    aliases: tuple[str, ...]  #: all that the collection is to have
    missing: tuple[str, ...]  #: those of them that it lacks
    limits: Limits
    priority: str
    record: bool  #: whether the proof is recorded beside the backup
    named: bool = False  #: whether the target's name was given; else a command with the same options finds it again
    whose: str = ""  #: name of the node whose backup it is, "" if the options do not have it
    version: str = ""  #: of the node's server
    keyed: bool = False  #: whether the node is called with a key
    switching: Switching | None = None  #: for ``mode: switch``
    options: tuple[str, ...] = ()  #: further words of the command
    archive_options: tuple[str, ...] = ()  #: those by which a single archive is found, for the command of its note
    nodes: tuple[str, ...] = ()  #: of a cluster, each as NAME=URL; none for one node
    leftover: bool = False  #: whether what an interrupted restore left under the name is this restore's to remove
    by_shard: bool = False  #: whether each shard is recovered from an archive of its own, on every node that holds it

    @property
    def name(self) -> str:
        """The target's name."""
        return self.target.name

    @property
    def subject(self) -> str:
        """The target, for errors."""
        return f"collection {self.name} on {self.node}"

    @property
    def mode(self) -> str:
        """The option ``mode`` with which this one collection is restored."""
        if self.recipe == REPAIR:
            return REPAIR
        return REPLACE if self.recipe == REPLACE else SWITCH if self.switching is not None else NEW

    @property
    def creates(self) -> bool:
        """Whether it is restored into a name that must be free."""
        return self.recipe in (NEW, SWITCH)

    @property
    def ends_later(self) -> bool:
        """Whether the host's note stays after the proof was recorded: aliases are to be set or moved."""
        return self.switching is not None or (bool(self.missing) and self.recipe != REPLACE)

    @property
    def makes_keys(self) -> bool:
        """Whether the collection is made before the recover, which alone would make no shard for its keys."""
        return self.creates and self.source.custom_sharding

    @property
    def archives(self) -> int:
        """How many archives are read."""
        return 1 if self.restores else 0

    @property
    def shards(self) -> int:
        """How many shards are recovered."""
        return max(1, len(self.source.shards))

    @property
    def restores(self) -> bool:
        """Whether an archive is recovered."""
        return self.recipe in (NEW, REPLACE, SWITCH, REPAIR)

    def intent(self, started_at: str, safety_snapshot: str = "", step: str = RECOVER, proof: str = "") -> Intent:
        """The note of this restore for the host."""
        place = self.source.location if self.source.kind in ("snapshot", "file") else ""
        return Intent(
            url=self.node,
            collection=self.name,
            mode=self.mode,
            step=step,
            started_at=started_at,
            backup_id=self.source.backup_id,
            safety_snapshot=safety_snapshot,
            source=self.source.kind,
            sha256=self.source.sha256,
            origin=self.source.collection,
            location=place,
            whose=self.whose,
            proof=proof,
            aliases=", ".join(self.missing) if self.recipe != REPLACE else "",
            options=shlex.join((*self.options, *self.archive_options)),
        )


Back = Sequence[tuple[Source, str]]  # collections with nothing to do, and why we think so


def already_back(facts: RestoreFacts, options: RestoreOptions) -> Back:
    """Collections that a cluster's nodes have brought back together as far as this node goes, or that were switched to
    this archive before. Who asks for a replacement gets one. Pure."""
    if options.mode == "switch":
        return [(source, why) for source, target in facts.pairs if (why := _switched(source, target, facts, options))]
    if not facts.cluster_enabled or options.mode == "replace":
        return []
    found = [(source, is_back(source, target)) for source, target in facts.pairs]
    return [(source, why) for source, why in found if why]


def _switched(source: Source, target: Target, facts: RestoreFacts, options: RestoreOptions) -> str:
    """Why a switch has nothing to do, "" where it has: an earlier run has moved the aliases to this archive's data."""
    live = target.live
    if live is None or live.switch is None or live.name != target.name:
        return ""
    if target.intent is not None or target.unfinished is not None:
        return ""
    at = live.switch.at
    moved = ", ".join(live.aliases)
    verb = "was" if len(live.aliases) == 1 else "were"
    again = "To restore it again, use another name (name:)"
    if options.alias and facts.aliases.get(options.alias) != target.name:
        removal = [{"delete_alias": {"alias_name": options.alias}}] if options.alias in facts.aliases else []
        creation = {"create_alias": {"collection_name": target.name, "alias_name": options.alias}}
        command = change_aliases(facts.node_url, [*removal, creation], keyed=facts.keyed)
        again = f"It does not get the alias {options.alias}. To point that to it: {command}; to restore it again, use "
        again += "another name (name:)"
    return f"{moved} {verb} switched to {target.name} at {at}, restored from this archive. {again}"


def to_do(facts: RestoreFacts, options: RestoreOptions, back: Back | None = None) -> list[tuple[Source, Target]]:
    """The collections that something is done for. back: of ``already_back``, None if it was not asked. Pure."""
    done = [source for source, dummy in (already_back(facts, options) if back is None else back)]
    return [(source, target) for source, target in facts.pairs if source not in done]


def make_tasks(facts: RestoreFacts, options: RestoreOptions, back: Back | None = None) -> tuple[Task, ...]:
    """A task for every collection that something is done for, in order. back: see ``to_do``. Pure."""
    return tuple(_task(source, target, facts, options) for source, target in to_do(facts, options, back))


def _task(source: Source, target: Target, facts: RestoreFacts, options: RestoreOptions) -> Task:
    switching = switching_of(source, target, options)
    aliases = aliases_of(source, options, switching)
    missing = tuple(alias for alias in aliases if facts.aliases.get(alias) != target.name)
    recipe, leftover = recipe_of(source, target, options, aliases)
    return Task(
        source=source,
        target=target,
        scope=Scope.collection(target.name),
        node=facts.node_url,
        recipe=recipe,
        ways=_ways(source, target, facts, options),
        aliases=aliases,
        missing=missing,
        limits=Limits(options.silence_timeout, options.ready_timeout, options.wait_for, options.url_seconds),
        priority=options.priority,
        record=options.record and source.kind == "repository",
        named=bool(options.name),
        whose=options.node_name or "",
        version=facts.version,
        keyed=facts.keyed,
        switching=switching,
        options=option_words(options),
        archive_options=_archive_words(source, options),
        leftover=leftover,
    )


def recipe_of(source: Source, target: Target, options: RestoreOptions, aliases: tuple[str, ...]) -> tuple[str, bool]:
    """What is done for a collection, by the mode and by what exists under its name; whether that is a leftover, which
    is removed or gone on with."""
    proven, leftover = target.proven_from(source), target.leftover(source)
    if options.mode == SWITCH:
        return (FINISH, False) if proven else (SWITCH, leftover)
    if not target.exists or leftover:
        return NEW, leftover
    if options.mode == REPLACE:
        return REPLACE, False
    if proven and (options.mode == NEW or aliases):
        return FINISH, False
    if joins(source, target):
        return REPLACE, False
    return (KEEP if options.mode == "missing" else NEW), False


def _ways(source: Source, target: Target, facts: RestoreFacts, options: RestoreOptions) -> tuple[str, ...]:
    """The ways to hand the archive to the node, best first; only the one that was chosen, and none if that one is
    impossible."""
    if source.kind == "snapshot":
        return ("node",)
    ways = []
    if source.kind == "url" or (source.kind == "repository" and facts.can_presign):
        ways.append("url")
    if source.kind != "url":
        ways += ["file"] if facts.can_place_file else []
        ways += ["upload"] if ":" not in target.name else []
    return tuple(way for way in ways if options.delivery in ("auto", way))


def aliases_of(source: Source, options: RestoreOptions, switching: Switching | None) -> tuple[str, ...]:
    """The aliases that the restored collection is to have: recorded ones on request, the one named, and for a switch
    all of the collection that clients use."""
    names = set(source.aliases) if options.restore_aliases else set()
    names |= {options.alias} if options.alias else set()
    if switching is not None:
        old = switching.old
        names |= {*old.aliases, *(old.switch.aliases if old.switch is not None else ())}
        names |= {old.name} if switching.takes_name else set()
    return tuple(sorted(names))


def switching_of(source: Source, target: Target, options: RestoreOptions) -> Switching | None:
    """How clients get to the restored collection; None except for ``mode: switch``."""
    live = target.live
    if live is None:
        return None
    own_name = not live.aliases or live.name == source.collection
    takes_name = (
        live.switch.takes_name if live.switch is not None else options.accept_gap and bool(live.name) and own_name
    )
    return Switching(live, takes_name, takes_name or not options.keep_old, options.accept_write_loss)


def option_words(options: RestoreOptions) -> tuple[str, ...]:
    """Further options of the command, as they were given."""
    words = [f"--alias={options.alias}"] if options.alias else []
    for word, given in (
        ("--restore-aliases", options.restore_aliases),
        ("--no-keep-old", not options.keep_old),
        ("--accept-gap", options.accept_gap),
        ("--accept-write-loss", options.accept_write_loss),
        ("--allow-incomplete", options.allow_incomplete),
        ("--restore-quotas", options.restore_quotas),
    ):
        words += [word] if given else []
    return tuple(words)


def _archive_words(source: Source, options: RestoreOptions) -> tuple[str, ...]:
    """The options by which an archive is found and checked that is in no repository, as they were given."""
    if source.kind == "repository":
        return ()
    return tuple(words_of({name: options.given[name] for name in _ARCHIVE if name in options.given}))
