# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to know before a cluster is restored. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._base.counted import counted
from .._qdrant.by_hand import change_aliases
from .._restore import warn as one_node
from .._restore.overview import Overview
from .._restore.steps.alias import creation
from .._restore.task import REPAIR, REPLACE, Back
from .._restore.values import RestoreOptions
from .placing import known_shards, misfit
from .space import space_warnings
from .task import NO_SYNC, ShardedTask, not_there, pair
from .values import FleetFacts, View
from .views import with_hidden


def warnings(
    facts: FleetFacts, options: RestoreOptions, tasks: Sequence[ShardedTask], back: Back, found: Overview
) -> Iterator[str]:
    """Those that one node's restore gives too, then those of the cluster."""
    yield from one_node.warnings(facts.base, options, tasks, back, found)
    if options.priority not in (RestoreOptions().priority, NO_SYNC):
        yield f"priority: {options.priority} has no effect: every node that holds a shard gets its archive itself."
    yield from space_warnings(facts, tasks)
    absent = not_there(facts, options)
    if absent:
        yield (
            f"A repair does nothing for collections that do not exist: {', '.join(absent)}. To restore them, use mode: "
            "missing."
        )
    for task in tasks:
        yield from _task_warnings(task, facts, options)


def _task_warnings(task: ShardedTask, facts: FleetFacts, options: RestoreOptions) -> Iterator[str]:
    wanted, nodes = task.archived.copies, len(facts.members)
    if task.creates and facts.clustered and wanted > nodes:
        yield (
            f"{task.name} has replication_factor {wanted}, and the cluster has {counted(nodes, 'node')}: "
            f"each shard gets {counted(nodes, 'replica')}."
        )
    if any(archive.cut for archive in task.archived.shards) and task.restores:
        yield (
            f"The backup holds {task.source.collection} as archives of whole nodes: each is fetched to this host, and "
            "its shards are cut out and uploaded."
        )
    if task.goes_on:
        yield f"An interrupted restore created {task.name}. This one goes on with it: every shard is recovered again."
    view = facts.views.get(task.name)
    if view is not None and view.transfers and task.recipe in (REPLACE, REPAIR):
        yield (
            f"Shards of {task.name} are being moved: the restore waits until that has ended, "
            f"{options.ready_timeout:g} s at most."
        )
    if task.recipe == REPAIR:
        yield from _left(task)
        every = with_hidden(view or View({}), known_shards(task.archived)).shards
        wrong = misfit(task.archived, every) if view is not None else ""
        if wrong:
            yield f"{task.name} does not have the shards of the backup, and a repair does not make any: {wrong}."
        if not task.broken:
            yield f"Every shard of {task.name} has a healthy replica: nothing is restored."
        if task.missing and not task.handed:
            names, creations = ", ".join(task.missing), [creation(task.name, alias) for alias in task.missing]
            yield (
                f"Alias {names} of {task.name} is not set: this repair restores nothing. Create it: "
                f"{change_aliases(task.node, creations, keyed=task.keyed)}"
            )
        for broken in task.broken:
            yield f"Shard {broken.shard} of {task.name} has no healthy replica: {broken.why}."
        if task.broken:
            yield (
                f"Writes that shard {', '.join(str(one.shard) for one in task.broken)} of {task.name} received since "
                "the backup are lost. The other shards are as they are now, not as in the backup."
            )


def _left(task: ShardedTask) -> Iterator[str]:
    """What is broken still after the run, and who puts it right."""
    if task.left:
        where = ", ".join(pair(one.shard, one.node) for one in task.left)
        calls = " The plan has the calls (--check)." if any(one.call for one in task.left) else ""
        yield f"Not repaired here, but left to Qdrant, which has a healthy replica: {where} (shard@node).{calls}"
