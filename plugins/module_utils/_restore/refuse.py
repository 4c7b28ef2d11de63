# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a restore would refuse: every reason, so that one look shows all that is in the way. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

from .._base.command import option
from .._base.counted import points
from .._base.intent import LEFT_ALONE, UNREADABLE
from .._base.plan import Refusal
from .._qdrant.by_hand import delete_collection
from .._qdrant.names import LONGEST_SNAPSHOT_NAME, can_be_snapshotted, collection_name_problem, shortened
from .._qdrant.throwaway import is_throwaway
from .._qdrant.versions import restore_rule
from . import servers
from .commands import addresses, command, whole_command
from .errors import CHOOSE
from .match import differences
from .overview import space_refusals
from .refuse_switch import switch_refusals
from .task import KEEP, REPLACE, SWITCH, Task
from .together import why_not_joined
from .values import Lost, RestoreFacts, RestoreOptions, Source, Target
from .warn import plain

_SHOWN = 40  # characters of a long name in a message


def refusals(facts: RestoreFacts, options: RestoreOptions, tasks: Sequence[Task]) -> Iterator[Refusal]:
    """Those of the whole restore, then those of each collection."""
    yield from _node_refusals(facts, options, tasks)
    yield from servers.refusals(facts.servers, options, lambda named: whole_command(options, named))
    yield from space_refusals(facts, options, tasks)
    for task in tasks:
        yield from of_collection(task, _task_refusals(task, facts, options, tasks))


def of_collection(task: Task, found: Iterable[Refusal]) -> Iterator[Refusal]:
    """The refusals of one collection: the others can be restored without it."""
    for refusal in found:
        yield dataclasses.replace(refusal, collections=(task.source.collection,))


def _node_refusals(facts: RestoreFacts, options: RestoreOptions, tasks: Sequence[Task]) -> Iterator[Refusal]:
    if facts.lost is not None:
        yield _made_too_late(facts.lost)
    elif not facts.pairs and not facts.left_out:
        yield Refusal("nothing_chosen", "Nothing to restore was found.", "See what there is: qdrant-backup list")
    if facts.recoveries_running:
        yield Refusal(
            "recover_running",
            "A recover already runs on the node. Two at the same time leave a mixture of both.",
            "Wait until it has ended (metric snapshot_recovery_running is 0).",
        )
    by_node = any(task.restores and not task.by_shard for task in tasks)  # all nodes at once have their own priority
    if options.priority == "replica" and facts.cluster_enabled and by_node:
        # Measured on 1.18.3: the node answers true, then no node of the cluster can change anything any more.
        yield Refusal(
            "replica_priority",
            "The node is in a cluster, and a collection that is recovered with priority replica stops the consensus of "
            "all its nodes.",
            "Use priority: snapshot (--priority snapshot), or restore all nodes at once with nodes (--node-url).",
        )
    if facts.incomplete and not options.allow_incomplete:
        yield Refusal(
            "incomplete_backup",
            f"The backup is incomplete: {facts.incomplete}.",
            f"{CHOOSE}. Or restore what it has (allow_incomplete: true).",
            facts.incomplete_of,
        )
    if facts.left_out and not facts.cluster_enabled:
        yield Refusal(
            "missing_shards",
            f"The backup holds nothing of {', '.join(facts.left_out)}: its node had no shard of it, and a node without "
            "cluster mode has no other nodes whose backups bring it back.",
            "Restore every node's archive into a cluster, or choose other collections.",
            facts.left_out,
        )
    names = [task.name for task in tasks]
    if len(set(names)) < len(names):
        yield Refusal("one_name", "Several collections would be restored to one name.", "Choose one collection.")


def _made_too_late(found: Lost) -> Refusal:
    """Why the newest backup is not restored unless its id is given."""
    names, verb = ", ".join(found.collections), "was" if len(found.collections) == 1 else "were"
    anyway = f"To restore this one without {names}: --backup-id {found.backup_id}"
    instead = f"Restore the last one that has {found.collections[0]}: add --backup-id {found.holder} (backup_id). "
    return Refusal(
        "suspect_backup",
        f"The newest backup, {found.backup_id}, was made after {names} {verb} gone from the node.",
        (instead if found.holder else "") + anyway,
        found.collections,
    )


def _task_refusals(
    task: Task, facts: RestoreFacts, options: RestoreOptions, tasks: Sequence[Task]
) -> Iterator[Refusal]:
    source, target = task.source, task.target
    name, again = target.name, "restore to another name (name:)"
    if task.recipe == KEEP:
        yield from _kept_refusals(task)
        return
    yield from _archive_refusals(source, facts, options)
    if target.alias_of:
        yield Refusal(
            "alias_in_the_way",
            f"{name} is an alias of collection {target.alias_of}; a restore through it would overwrite that one.",
            f"Name the collection itself, or {again}.",
        )
    elif target.exists and task.creates and not task.leftover:
        yield _name_taken(task, facts)
    elif not target.exists:
        yield from _name_refusals(name, source)
    yield from _shard_refusals(task, facts)
    if task.recipe == REPLACE and not target.alias_of:
        yield from _replace_refusals(task, options)
    if task.switching is not None:
        yield from switch_refusals(task, task.switching, facts)
    yield from _alias_refusals(task, facts, tasks)
    if not task.ways:
        yield _no_delivery(task, facts, options)


def _no_delivery(task: Task, facts: RestoreFacts, options: RestoreOptions) -> Refusal:
    """Why the node cannot be given the archive, by the chosen way or at all."""
    way, said = options.delivery, f"Node {facts.node_url} cannot be given the archive"
    if way == "auto":
        folder = "Set snapshots_dir to the node's snapshots folder as this host sees it, and run as root."
        return Refusal("no_delivery", f"{said}: Qdrant refuses an upload to a name with ':'.", folder)
    if task.source.kind == "url":
        why = "the node itself fetches an archive that is behind a URL"
    elif way == "file":
        why = f"this host cannot write to the folder {options.snapshots_dir} (snapshots_dir)"
    elif way == "upload":
        why = "Qdrant refuses an upload to a name with ':'"
    elif facts.can_presign:  # only a cluster's restore lacks this way then
        why = "its shards are cut out of the archives of whole nodes on this host"
    else:
        why = "the archive is on this host, and only one in a bucket or behind snapshot_url has a URL"
    return Refusal(
        "no_delivery", f"{said} by {way}: {why}.", "Leave delivery out: its default, auto, chooses a way that works."
    )


def _name_refusals(name: str, source: Source) -> Iterator[Refusal]:
    """A name that a new collection cannot have. One that it had when it was backed up could be snapshotted then: how
    long it may be depends on the server's peer id."""
    again = "restore to another name (name:)"
    unfit = collection_name_problem(name)
    if unfit:
        yield Refusal(
            "bad_name", f"{_shown(name)} cannot be a collection's name: {unfit}.", f"Choose one that can: {again}."
        )
    elif name != source.collection and not can_be_snapshotted(name) and not is_throwaway(name):
        yield Refusal(
            "bad_name",
            f"The name {_shown(name)} has {len(name.encode())} bytes, and {LONGEST_SNAPSHOT_NAME} are the most with "
            "which Qdrant can restore and back up a collection, because its own file names are longer.",
            f"Choose a shorter one: {again}.",
        )


def _shown(name: str) -> str:
    return repr(name) if len(name) <= _SHOWN else f"{name[:_SHOWN]!r}..."


def _archive_refusals(source: Source, facts: RestoreFacts, options: RestoreOptions) -> Iterator[Refusal]:
    if source.problems:
        more = f" (and {len(source.problems) - 1} more)" if len(source.problems) > 1 else ""
        yield Refusal(
            "bad_archive",
            f"The archive of {source.collection} is incomplete or damaged: {source.problems[0]}{more}.",
            f"{CHOOSE}." if source.kind == "repository" else "Choose another archive, or check the one that was given.",
        )
    if source.frozen:
        yield Refusal(
            "archive_frozen",
            f"The archive of {source.collection} cannot be read now, {source.location}: {plain(source.frozen)}.",
            f"Make it readable, and restore then: {source.thaw}" if source.thaw else "Restore when it can be read.",
        )
    if source.suspect and options.backup_id == "latest":
        yield Refusal(
            "suspect_backup",
            f"The newest backup of {source.collection}, {source.backup_id}, is suspect: {plain(source.suspect)}.",
            f"Choose an older one (backup_id), or set backup_id: {source.backup_id} to use it anyway.",
        )
    if source.qdrant_version:
        broken = restore_rule(source.qdrant_version, facts.version)
        if broken:
            yield Refusal(
                "version",
                broken[0].upper() + broken[1:] + ".",
                "Restore on a server of the same minor version, or the next one.",
            )


def _kept_refusals(task: Task) -> Iterator[Refusal]:
    """What is in doubt is not left alone as if it were whole."""
    source, target = task.source, task.target
    name, intent = target.name, target.intent
    if intent is not None:
        told = intent.warning() if intent.collection == UNREADABLE else _told_intent(source, target).strip()
        checked = f"you have checked or recreated the data: {intent.settle()}"
        finish = "" if intent.collection == UNREADABLE else f"Finish that restore: {intent.remedy()}"
        yield Refusal(
            "in_doubt",
            f"Collection {name} exists, but it may be incomplete or mixed. {told}",
            f"{finish}; if {checked}" if finish else f"If {checked}",
        )
    elif target.marks or target.old_marks:
        yield Refusal(
            "in_doubt",
            f"Collection {name} exists, but nodes of the cluster have restored only parts of a backup into it: "
            f"{why_not_joined(source, target)}.",
            "Restore the other nodes' parts from the backup with which the first node began, or use mode: replace on "
            "every node.",
        )
    elif target.count is None and not target.limited:
        yield Refusal(
            "unreadable_collection",
            f"Collection {name} exists, but its points cannot be counted: it may be damaged.",
            "Restore only the shards that no healthy replica holds: mode: repair (--mode repair)."
            if task.by_shard
            else "Check the node (qdrant-backup doctor). To overwrite the collection: " + command(task, mode=REPLACE),
        )


def _name_taken(task: Task, facts: RestoreFacts) -> Refusal:
    source, target = task.source, task.target
    said = f"Collection {target.name} exists ({points(target.count)}) and would be overwritten."
    if target.live is not None:
        drop = delete_collection(facts.node_url, target.name, keyed=facts.keyed)
        advice = f"Restore to another name (name:), or drop it if no client uses it: {drop}"
        return Refusal("name_taken", said + _told_intent(source, target), advice)
    advice = _ways_out(task)
    if facts.cluster_enabled:
        advice = f"If you drop it, it is dropped on every node of the cluster. {advice}"
        if not task.by_shard and (source.elsewhere or target.marks):  # one node's part of a cluster
            said += f" It is not one that this node's part is missing in: {why_not_joined(source, target)}."
    return Refusal("name_taken", said + _told_intent(source, target), advice)


def _ways_out(task: Task) -> str:
    """What to do if the name is taken: each way as option of the module, and as command if the backup has an id."""
    beside = option("--name", shortened(task.name, "_restored"))
    ways = [("Restore to another name (name:)", command(task, *beside, given=addresses(task), name="", mode=""))]
    if task.name == task.source.collection:  # a switch is for clients of that collection, not of another name
        ways.append(("or beside it, and let its aliases follow (mode: switch)", command(task, mode=SWITCH)))
    ways.append(
        (
            "or overwrite it after a safety snapshot (mode: replace; reads fail for moments, writes since are lost)",
            command(task, mode=REPLACE),
        )
    )
    if not task.source.backup_id:
        return f"{', '.join(said for said, dummy in ways)}."
    return "; ".join(f"{said}: {line}" for said, line in ways)


def _told_intent(source: Source, target: Target) -> str:
    if target.intent is None:
        return ""
    if target.intent.step == LEFT_ALONE:
        return f" It existed when a restore failed at {target.intent.started_at}, and may be another client's."
    if not target.begun:
        return f" {target.intent.warning()}"
    return (
        f" A restore into this name, free then, began at {target.intent.started_at} and did not end, but this is not "
        f"what it left: {target.strange(source)}."
    )


def _shard_refusals(task: Task, facts: RestoreFacts) -> Iterator[Refusal]:
    source = task.source
    if task.by_shard:  # archives of all nodes are at hand, and keys may get other ids: see _fleet
        return
    absent = sorted(source.elsewhere)
    if absent and not facts.cluster_enabled:
        yield Refusal(
            "missing_shards",
            f"The archive of {source.collection} holds {len(source.shards)} of {len(source.known_shards)} shards "
            f"(missing: {', '.join(map(str, absent))}), and a node without cluster mode cannot take a part.",
            "Restore every node's archive into a cluster.",
        )
    if source.custom_sharding and not facts.cluster_enabled:
        yield Refusal(
            "custom_sharding",
            f"{source.collection} uses custom sharding; without cluster mode a node reports success but loads none.",
            "Restore it on a node that runs with cluster mode enabled (one node is enough).",
        )
    elif source.custom_sharding and task.creates:
        yield from _shard_key_refusals(source)


def _shard_key_refusals(source: Source) -> Iterator[Refusal]:
    """Keys are created before the restore, and a server gives shards the ids 1, 2, 3, ... in that order."""
    ids = [shard for dummy, shards in source.shard_keys for shard in shards]
    if not ids:
        yield Refusal(
            "no_shard_keys",
            f"The shard keys of {source.collection} are not known.",
            "Create the collection and its keys first, and restore into it (mode: replace).",
        )
    elif ids != list(range(1, len(ids) + 1)):
        yield Refusal(
            "shard_ids",
            f"The shards of {source.collection} have the ids {', '.join(map(str, ids))} (keys were deleted), and "
            "a new collection would number them again from 1.",
            "Create the collection and its keys so that the ids are these, and restore into it (mode: replace).",
        )


def _replace_refusals(task: Task, options: RestoreOptions) -> Iterator[Refusal]:
    source, target = task.source, task.target
    if source.config is not None and target.config is not None:
        for sentence in differences(source.config, target.config):
            yield Refusal("config_differs", f"{target.name} does not fit: {sentence}.", "Restore to another name.")
    # With an archive for each shard, they are put where the keys say: see _fleet.
    known = target.shard_keys is not None and not task.by_shard
    if source.custom_sharding and known and source.shard_keys != target.shard_keys:
        yield Refusal(
            "shard_keys_differ",
            f"The shards of {target.name} belong to other keys ({_keys(target)}) than those of the archive "
            f"({_keys(source)}); a restore puts one key's points under another's.",
            "Restore all nodes at once (--node-url NAME=URL for each, module: nodes), or restore to another name.",
        )
    if target.moving and not options.accept_write_loss:
        yield Refusal(
            "live_writes",
            f"{target.name} is being written to right now; writes since the backup, and during the restore, are lost.",
            "Stop the writers, or allow the loss explicitly (accept_write_loss: true).",
        )


def _keys(holder: Source | Target) -> str:
    shown = [f"{key}: {'+'.join(map(str, ids))}" for key, ids in (holder.shard_keys or ())[:6]]
    return ", ".join(shown + (["..."] if len(holder.shard_keys or ()) > 6 else [])) or "none"


def _alias_refusals(task: Task, facts: RestoreFacts, tasks: Sequence[Task]) -> Iterator[Refusal]:
    others = [other for other in tasks if other.name != task.name]
    switching = task.switching
    old = switching.old.name if switching is not None else ""
    for alias in task.aliases:
        freed = switching is not None and switching.takes_name and alias == old
        if (alias in facts.collections and not freed) or alias in (task.name, *(other.name for other in others)):
            yield Refusal(
                "alias_taken",
                f"Alias {alias} cannot be created: a collection has that name.",
                "Choose another name for the alias.",
            )
        if any(alias in other.aliases for other in others):
            yield Refusal("one_alias", f"Several collections would get the alias {alias}.", "Restore them one by one.")
        held = facts.aliases.get(alias, "")
        if held and held not in (task.name, old):
            yield Refusal(
                "alias_taken",
                f"Alias {alias} points to {held}. This restore will not repoint it.",
                "Restore without aliases, then move the alias when the collection is proven.",
            )
