# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests that cannot be read: each stops a prune, until an operator names its backup. Pure.

A damaged manifest may have named anything, so its backup stays as it is (``skip_unreadable``), or goes with all that is
stored under its id (``delete_unreadable``). A manifest of a newer version is not skipped: its format may let backups
share archives.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

from .._base.choose import chosen
from .._base.command import option
from .._base.counted import few
from .._base.plan import Refusal
from .._base.sentences import joined
from .._repository.layout import name_of, parse_archive_key, segment
from .._repository.unreadable import Unreadable
from .known import still_there
from .options import PruneOptions
from .values import Backup, Facts, Stored

UNREADABLE, READABLE, NO_GOOD_BACKUP = "unreadable_manifest", "readable_manifest", "no_good_backup"
SKIPPED = "skip_unreadable names it"
_SHOWN = 3
_STOPS = "Nothing is deleted while a manifest cannot be read: it may need what would be deleted."


def own(facts: Facts) -> tuple[Unreadable, ...]:
    """Those of the nodes that are pruned."""
    segments = {segment(name) for name in facts.nodes}
    return tuple(one for one in facts.unreadable if one.entry.segment in segments)


def blocking(facts: Facts, options: PruneOptions) -> tuple[Unreadable, ...]:
    """Those that stop the prune."""
    going = {one.entry.key for one in deleted(facts, options)}
    skipped = {one.entry.key for one in facts.unreadable if one.damaged and one.entry.backup_id in _skipped(options)}
    return tuple(one for one in facts.unreadable if one.entry.key not in going | skipped)


def deleted(facts: Facts, options: PruneOptions) -> tuple[Unreadable, ...]:
    """Those that ``delete_unreadable`` names, and that are not merely out of reach for this user."""
    named = set(options.delete_unreadable)
    return tuple(one for one in own(facts) if one.entry.backup_id in named and (one.damaged or one.newer))


def _skipped(options: PruneOptions) -> set[str]:
    return set(options.skip_unreadable)


def refusals(facts: Facts, options: PruneOptions, lines: Iterable[Sequence[Backup]]) -> Iterable[Refusal]:
    """Reasons not to start. lines: the backups of each timeline."""
    stopping = blocking(facts, options)
    if stopping:
        shown = [f"The {one.fact}." for one in stopping[:_SHOWN]]
        more = [f"{len(stopping) - _SHOWN} more cannot be read."] if len(stopping) > _SHOWN else []
        ways = [_STOPS, *_ways(facts, options, stopping)]
        yield Refusal(UNREADABLE, " ".join([*shown, *more]), joined(*ways))
        return
    known = {part.entry.backup_id for part in facts.parts if part.node in facts.nodes}
    readable = sorted(known & set(options.delete_unreadable) - {one.entry.backup_id for one in facts.unreadable})
    for backup_id in readable:
        yield Refusal(
            READABLE,
            f"delete_unreadable: the manifest of backup {backup_id} can be read.",
            "Leave the option out: the rules decide about this backup.",
        )
    yield from _last_ones(facts, options, list(lines))


def _ways(facts: Facts, options: PruneOptions, stopping: Sequence[Unreadable]) -> Iterable[str]:
    """How to go on, each way once."""
    yield from dict.fromkeys(one.error.next for one in stopping if not (one.damaged or one.newer) and one.error.next)
    if any(one.newer for one in stopping):
        yield "A newer version of this collection wrote it: update the one that prunes."
    damaged = [one for one in stopping if one.damaged]
    if not damaged:
        return
    yield "If the bucket keeps versions, restore the first version of the object."
    command = _command(options.given, "--skip-unreadable", damaged)
    yield f"To keep what is damaged as it is, and judge the other backups (module: skip_unreadable): {command}"
    nodes: dict[str, list[Unreadable]] = {}
    for one in damaged:
        nodes.setdefault(one.entry.node, []).append(one)
    here = {one.entry.key for one in own(facts)}
    for node, found in sorted(nodes.items()):
        given = options.given if found[0].entry.key in here else _for_node(options.given, node)
        command = _command(given, "--delete-unreadable", found)
        yield f"To delete what is damaged, with archives and proofs (module: delete_unreadable): {command}"


def _command(given: Sequence[str], flag: str, found: Iterable[Unreadable]) -> str:
    ids = sorted({one.entry.backup_id for one in found})
    return shlex.join(["qdrant-backup", "prune", *given, *(word for one in ids for word in (flag, one))])


def _for_node(given: Sequence[str], node: str) -> list[str]:
    """The words of a command for another node, whose snapshots cannot be reached from here."""
    words, skip = [], False
    for word in given:
        drop, skip = skip or word == "--node" or word.startswith("--node="), word == "--node"
        words += [] if drop or word in ("--local-snapshots", "--no-local-snapshots") else [word]
    return [*words, *option("--node", node), "--no-local-snapshots"]


def _last_ones(facts: Facts, options: PruneOptions, lines: Sequence[Sequence[Backup]]) -> Iterable[Refusal]:
    """The archives of a damaged backup are as good as they were. They go only if another backup is good."""
    for one in deleted(facts, options):
        node = one.entry.segment
        line = [backups for backups in lines if any(part.entry.segment == node for b in backups for part in b.parts)]
        good = {segment(name) for backups in line for b in backups for name, found in b.contents.items() if found.good}
        held = _collections(facts.stored.get((node, one.entry.backup_id), Stored()).archives)
        last = sorted(set(map(name_of, held - good)))
        there = {name for backups in line for name in still_there(backups)}
        given_up = set(chosen(options.forget, last) if options.forget else ()) - there
        last = [name for name in last if name not in given_up]
        if last:
            yield Refusal(
                NO_GOOD_BACKUP,
                f"delete_unreadable: backup {one.entry.backup_id} has archives of {few(last)}, "
                f"and no other backup of node {one.entry.node} has good ones.",
                "To give these collections up, name them with --forget (module: forget). To keep them, back up first: "
                "qdrant-backup run",
            )


def _collections(archives: Mapping[str, object]) -> set[str]:
    """The segments of the collections that archives are of."""
    return {parsed.collection for parsed in map(parse_archive_key, archives) if parsed}
