# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a switch would refuse: what clients use now must be known, and what it would cost them allowed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .._base.counted import counted
from .._base.plan import Refusal
from .commands import addresses, command
from .errors import CHOOSE_OF_ALL
from .task import Switching, Task
from .values import Live, RestoreFacts

_GAP_MS = 60  # measured: that an alias with the name of a collection takes, deleting the collection before


def switch_refusals(task: Task, switching: Switching, facts: RestoreFacts) -> Iterator[Refusal]:
    """Those of one collection that is switched."""
    old = switching.old
    source = task.source
    if task.by_shard and source.elsewhere:
        shards = ", ".join(map(str, sorted(source.elsewhere)))
        yield Refusal(
            "switch_part",
            f"The backup has no archive of shard {shards} of {source.collection}, and a switch would let clients use a "
            "collection without its points.",
            f"{CHOOSE_OF_ALL}, or restore to another name (name:) what it has "
            "(allow_incomplete: true), then move the alias yourself.",
        )
    elif source.elsewhere:
        yield Refusal(
            "switch_part",
            f"The archive of {source.collection} holds {len(source.shards)} of {len(source.known_shards)} shards, and "
            "a switch needs the whole collection in one archive.",
            "Restore all nodes of the cluster at once (nodes; --node-url NAME=URL for each node).",
        )
    if len(old.holders) > 1:
        yield Refusal(
            "aliases_apart",
            f"The aliases of {source.collection} point to different collections now: {_pointing(task, facts.aliases)}.",
            "Name the alias that is to be moved: alias: NAME.",
        )
    elif not old.name:
        yield Refusal(
            "nothing_to_switch",
            f"Neither collection {source.collection} nor one of its aliases exists: clients use nothing that could be "
            "switched.",
            "Restore it under its own name: "
            + command(task, "--restore-aliases", given=addresses(task), name="", mode=""),
        )
    elif old.exists and not old.aliases and not switching.takes_name and old.switch is None:
        yield _needs_name(task, old.name) if not old.moved_to[0] else _moved_away(task, old)
    # What an earlier run has moved already was allowed then.
    if task.missing and old.exists and old.name != task.name and not switching.accept_loss:
        yield from _loss(task, switching)


def _needs_name(task: Task, name: str) -> Refusal:
    allowed = command(task, "--accept-gap")
    return Refusal(
        "name_is_no_alias",
        f"Clients use collection {name} by its own name: it has no alias, and Qdrant refuses an alias with the name of "
        f"a collection (409). So {name} must be deleted before the alias is created, and reads get 404 for some "
        f"{_GAP_MS} ms.",
        f"The new collection is proven before, and a safety snapshot of {name} is stored and read. To allow this "
        f"(accept_gap: true): {allowed}; or restore to another name (name:), and let clients use an alias from now on.",
    )


def _moved_away(task: Task, old: Live) -> Refusal:
    """The collection of an earlier switch that was kept: what clients use is another collection, which the backup holds
    if it was made after that switch."""
    now, aliases = old.moved_to
    used = f"restore what clients use: {command(task, of=now, name='')}; or " if now in task.source.siblings else ""
    named = command(task, f"--alias={aliases[0]}", name="")
    advice = f"{used}name the alias that is to point to the restored data of {old.name}: {named}"
    return Refusal(
        "name_is_no_alias",
        f"Collection {old.name} has no alias: a switch has moved its clients to {now} (alias {', '.join(aliases)}), "
        f"and {old.name} is the collection from before that switch.",
        advice[0].upper() + advice[1:],
    )


def _loss(task: Task, switching: Switching) -> Iterator[Refusal]:
    old, points = switching.old, task.source.points
    if old.moving:
        said = f"{old.name} is being written to right now"
    elif old.count is None:
        said = f"The points of {old.name} cannot be counted, so it is not known which writes would be lost"
    elif points is None:
        said = f"How many points the archive holds is not known, so {old.name} cannot be compared with it"
    elif old.count != points:
        said = f"{old.name} holds {counted(old.count, 'point')}, the backup {points}: it was written to since then"
    else:
        return
    yield Refusal(
        "live_writes",
        f"{said}. Writes since the backup are not in the restored collection, which clients use after the switch.",
        "Stop the writers, or allow the loss explicitly (accept_write_loss: true).",
    )


def _pointing(task: Task, aliases: Mapping[str, str]) -> str:
    return ", ".join(f"{alias} to {aliases[alias]}" for alias in task.source.aliases if alias in aliases)
