# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to know before a restore begins. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._base.clock import human_age
from .._base.counted import counted, few
from .._base.intent import RECOVER, Intent
from .._base.plan import human_bytes
from .._qdrant.by_hand import delete_collection
from . import servers
from .match import lacks_placement, missing_indexes
from .overview import Need, Overview
from .task import FINISH, KEEP, REPLACE, Back, Switching, Task
from .values import RestoreFacts, RestoreOptions, Source, Target

_NAMED = 10  # collections that one warning names


def warnings(
    facts: RestoreFacts, options: RestoreOptions, tasks: Sequence[Task], back: Back, found: Overview
) -> Iterator[str]:
    """Those of the whole restore, then those of each collection. back: collections without a task;
    found: of the same tasks."""
    yield from facts.warnings
    if facts.excluded:
        verb = "is" if len(facts.excluded) == 1 else "are"
        names = few(facts.excluded, _NAMED)
        yield f"{counted(len(facts.excluded), 'collection')} {verb} excluded and not restored: {names}."
    yield from servers.warnings(facts.servers, options)
    if facts.incomplete:
        yield f"The backup is incomplete, and what it lacks is not restored: {facts.incomplete}."
    if found.age is not None and options.rpo is not None and found.age > options.rpo:
        yield f"The backup is {human_age(int(found.age))} old, and rpo allows {human_age(int(options.rpo))}."
    for source, why in back:
        yield f"Nothing is done for {source.collection}: {why}."
    if facts.storage.in_s3 and any(task.recipe == REPLACE or task.source.kind == "snapshot" for task in tasks):
        yield (
            f"The node keeps its snapshots in S3 ({facts.storage.place()}): they are read through its API. Other nodes "
            "may keep theirs in the same bucket."
        )
    if options.restore_aliases and any(task.source.kind != "repository" for task in tasks):
        yield "A single archive records no aliases, so restore_aliases creates none: name one with alias."
    yield from _quota_warnings(facts, options)
    yield from _space_warnings(facts, tasks, found.need)
    for task in tasks:
        if task.recipe == KEEP:
            yield from _kept_warnings(task)
        else:
            yield from _task_warnings(task, facts, options)


def _quota_warnings(facts: RestoreFacts, options: RestoreOptions) -> Iterator[str]:
    """No snapshot holds quotas: a backup notes them, and a restore sets them on request."""
    if facts.quotas and not options.restore_quotas and facts.quotas_differ:
        told = ", ".join(f"{key}: {str(value).lower()}" for key, value in sorted(facts.quotas.items()))
        yield f"The backup noted quotas of its node, and they do not come back by themselves: {told} (restore_quotas)."
    if options.restore_quotas and not facts.quotas:
        yield "The backup noted no quotas: none are set."
    elif options.restore_quotas and not facts.has_quotas:
        yield f"Qdrant {facts.version} has no quotas (1.19 and later have): none are set."


def _space_warnings(facts: RestoreFacts, tasks: Sequence[Task], wanted: Need) -> Iterator[str]:
    """The disks that could not be checked. Those of a cluster's nodes are in ``_fleet``."""
    if not any(task.restores and not task.by_shard for task in tasks):
        return
    if facts.free_bytes is None and facts.storage_free_bytes is None:
        yield (
            "Free space of the node's disk could not be checked (snapshots_dir, storage_dir): the restore needs about "
            f"{human_bytes(wanted.storage + wanted.snapshots)}."
        )
    elif facts.storage_free_bytes is None:
        yield (
            "Free space in the node's storage folder could not be checked (storage_dir): where it is on another disk "
            f"than the snapshots, about {human_bytes(wanted.storage)} must be free there."
        )


def plain(text: str) -> str:
    """A text that goes on in the middle of a sentence."""
    return text.rstrip(". ")


def _task_warnings(task: Task, facts: RestoreFacts, options: RestoreOptions) -> Iterator[str]:
    source, target = task.source, task.target
    absent = len(source.elsewhere)
    if absent and not task.by_shard:
        yield (
            f"The archive of {source.collection} holds {len(source.shards)} of {len(source.known_shards)} shards: "
            f"restore the other nodes' archives on their nodes too{_same_id(source)}; until then it is green and "
            "points are missing."
        )
    if task.recipe == REPLACE and options.mode == "new":
        yield (
            f"Other nodes have brought their parts of {source.collection} back: this node's part is put into "
            f"{target.name}, and a safety snapshot is kept."
        )
    yield from _archive_warnings(source)
    yield from _default_warnings(task, facts)
    if target.intent is not None:
        yield target.intent.warning()
    if task.recipe == FINISH:
        at = target.unfinished.started_at if target.unfinished is not None else ""
        aliases = ", and gets its aliases" if task.missing else ""
        yield (
            f"An earlier run restored {target.name} from this backup and proved it at {at}, but did not end: it is "
            f"compared again{aliases}."
        )
    if task.recipe == REPLACE:
        yield from replace_warnings(source, target)
    if task.switching is not None:
        yield from _switch_warnings(task, task.switching)
    away = [alias for alias in source.aliases if facts.aliases.get(alias) != target.name and alias not in task.aliases]
    if away and not options.restore_aliases:
        names = ", ".join(away)
        yield f"Aliases of {source.collection} were recorded and do not come back by themselves: {names}."


def _archive_warnings(source: Source) -> Iterator[str]:
    """What is not known of the archive."""
    if source.suspect:
        yield f"The backup of {source.collection} is marked suspect: {plain(source.suspect)}."
    if source.probe is None:
        counted = source.points is not None or source.archive_count is not None
        provable = "hash and count" if counted else "hash"
        yield f"No probes were noted for {source.collection}: only its {provable} can be proven."
    if not source.sized:
        yield (
            f"The archive of {source.collection} could not be read from here: its size, structure, configuration and "
            "shards are not checked, nor whether it finds room. Only its sha256 is, by the node."
        )
    if source.unchecked:
        yield f"No checksum is known for the archive of {source.collection}: set checksum to verify its bytes."
    if not source.qdrant_version:
        yield f"The server that made the archive of {source.collection} is not known: its version is not checked."


def _kept_warnings(task: Task) -> Iterator[str]:
    note = task.target.unfinished
    if note is not None and task.target.proven_from(task.source):
        yield f"An earlier run restored {task.name} from this backup and proved it at {note.started_at}."
    if task.missing:
        yield f"{task.name} exists and is left alone: it does not get the alias {', '.join(task.missing)}."


def _default_warnings(task: Task, facts: RestoreFacts) -> Iterator[str]:
    if task.creates and facts.vector_defaults and lacks_placement(task.source.config or {}):
        given = ", ".join(f"{key}: {str(value).lower()}" for key, value in facts.vector_defaults.items())
        yield (
            f"The node gives every new collection {given} (storage.collection.vectors in its configuration), and the "
            f"archive of {task.source.collection} has no such setting: Qdrant will refuse it. Remove the setting, "
            "restart the node, restore, and set it again."
        )


def replace_warnings(source: Source, target: Target) -> Iterator[str]:
    if source.custom_sharding and target.shard_keys is None:
        yield f"{target.name} does not tell its shard keys: whether they are those of the archive is not checked."
    yield f"While {target.name} is replaced reads fail for moments, and writes made since the backup are lost."
    there = target.payload_schema
    changed = missing_indexes(source.payload_schema, there) if there is not None else {}
    lacked = [field for field in changed if field not in (there or {})]
    other = [field for field in changed if field not in lacked]
    if lacked:
        yield f"{target.name} lacks payload indexes that the archive has, and gets them: {', '.join(lacked)}."
    if other:
        names = ", ".join(other)
        yield f"Payload indexes of {target.name} differ from those of the archive, and are replaced: {names}."


def _switch_warnings(task: Task, switching: Switching) -> Iterator[str]:
    old = switching.old
    yield from (_left(note, task.keyed) for note in old.left)
    if not old.exists or old.name == task.name:
        return
    counts = (
        ""
        if old.count is None or task.source.points is None
        else (f": it holds {counted(old.count, 'point')}, the backup {task.source.points}")
    )
    yield (
        f"Writes that {old.name} received since the backup are not in {task.name}, which clients use after the "
        f"switch{counts}."
    )
    if old.aliases and not switching.takes_name:
        yield f"Clients that use the name {old.name} itself are not switched: only its aliases are moved."
    if switching.takes_name:
        yield f"While {old.name} is deleted and its name becomes an alias, reads get 404 for some 60 ms."


def _left(note: Intent, keyed: bool) -> str:
    """A collection that an earlier switch made, and that this one does not go on with."""
    drop = delete_collection(note.url, note.collection, keyed=keyed)
    settle = f"; then close its note: {note.settle()}" if note.step == RECOVER else ""
    return (
        f"An earlier switch restored {note.collection}{_from(note)} and did not end: no alias points to it, and this "
        f"restore does not use it. If no client uses it, delete it: {drop}{settle}"
    )


def _from(note: Intent) -> str:
    return f" from backup {note.backup_id}" if note.backup_id else ""


def _same_id(source: Source) -> str:
    return f", from the same backup ({source.backup_id})" if source.backup_id else ""
