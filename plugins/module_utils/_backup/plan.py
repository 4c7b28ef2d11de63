# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans a backup: its steps and refusals. Pure: facts and options in, a plan out."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .._base.choose import chosen
from .._base.clock import is_ahead
from .._base.plan import Plan, Refusal, Step
from .._qdrant.names import LONGEST_SNAPSHOT_NAME, can_be_snapshotted
from .._qdrant.values import ShardView, Snapshot
from .._repository.parts import SHARD, part_name
from .._repository.servers import judge, recorded
from .._retention.local import snapshot_time
from . import room, server, shrink
from .assign import Assignment, assign
from .coverage import known_shards
from .gaps import gaps
from .options import BackupOptions
from .select import is_leftover
from .unchanged import needs_no_snapshot, taken_in
from .values import BackupPlan, CollectionFacts, Item, NodeFacts, Previous, Prior, RepositoryFacts, Spare

TOO_LONG = (
    f"Qdrant cannot create snapshots of collections whose name has more than {LONGEST_SNAPSHOT_NAME} bytes "
    "(file names have at most 255). Copy it to a collection with a shorter name."
)


def make_plan(options: BackupOptions, node: NodeFacts, repository: RepositoryFacts | None = None) -> BackupPlan:
    """The plan of one backup. ``repository`` None: unknown, because the first snapshot starts before the store is
    open."""
    subject = f"{node.url} as {options.cluster}/{options.node}, backup {options.backup_id}"
    refusals = [*_node_refusals(node), *node.selection.refusals]
    warnings = [*_node_warnings(options, node), *node.selection.warnings]
    if repository is not None and repository.committed and not refusals:
        return _committed_already(options, node, repository, subject)
    failed = list(node.selection.unknown)
    items: list[Item] = []
    elsewhere: list[str] = []
    shards_elsewhere: dict[str, Any] = {}
    priors = repository.priors if repository else {}
    for name in node.selection.names:
        facts = node.collections[name]
        if facts.error:
            failed.append((name, facts.error))
        elif is_per_shard(options, node) and facts.shards is not None:
            assignment = assigned(facts, facts.shards, node, options)
            shards = assignment.of(facts.shards.peer_id)
            warnings += _unheld(name, assignment.unheld)
            if shards:
                items.append(_item_of_shards(facts, node, priors, shards))
            else:
                shards_elsewhere[name] = known_shards(facts.shards)
        elif _is_elsewhere(facts, node):
            # Its snapshot would be some kilobytes without a point, and useless for a restore.
            elsewhere.append(name)
        else:
            items.append(_item(facts, node, priors.get(name), options))
    if (
        not refusals
        and not items
        and not failed
        and not elsewhere
        and not shards_elsewhere
        and any(not is_leftover(name) for name in node.names)
    ):
        asked = ", ".join(options.collections)
        refusals.append(
            Refusal("nothing_chosen", f"No collection matches {asked}.", "Check collections: names or globs.")
        )
    short = room.missing(options, node, items)
    found = room.spares(node, repository) if short else []
    spares = room.chosen_spares(found, short, sum(item.expected or 0 for item in items))
    if short and not spares:
        refusals.append(room.refusal(options, node, items, found))
    warnings += [
        f"This node has no shard of {name}: it is not backed up here. Back it up on the other nodes."
        for name in elsewhere
    ]
    of_the_disk = _space_warnings(options, node, items)
    warnings += of_the_disk
    previous = repository.previous if repository else None
    warnings += [*_id_warnings(options, node), *_previous_warnings(options, previous)]
    verdict = judge(repository.servers if repository else (), _server(node))
    refusals += server.refusals(options, verdict)
    warnings += server.warnings(options, verdict)
    # A collection whose name is now an alias was switched, not lost.
    lost = shrink.gone(previous, [*node.names, *node.aliases], node.aliases, options)
    suspect = shrink.gone_reasons(lost, previous)
    warnings += [f"This backup will be marked suspect: {text}." for text in suspect]
    if not node.names:
        warnings.append("The node has no collections: the backup will be empty.")
    warnings += [f"{name}: {text}" for name, text in failed]
    for item in items:
        begun = [intent.warning() for intent in node.intents_of(item.name)]
        warnings += [f"{item.name}: {text}" for text in (*begun, *item.warnings)]
    plan = Plan("back up", subject, _steps(options, node, items, spares), tuple(refusals), tuple(warnings))
    return BackupPlan(
        plan,
        tuple(items),
        tuple(failed),
        lost,
        tuple(suspect),
        short,
        spares,
        previous,
        elsewhere=tuple(elsewhere),
        shards_elsewhere=shards_elsewhere,
        servers=recorded(verdict, options.backup_id, node.peer_id, options.accept_new_server),
        of_the_run=tuple(of_the_disk),
    )


def _committed_already(
    options: BackupOptions, node: NodeFacts, repository: RepositoryFacts, subject: str
) -> BackupPlan:
    """Nothing to do, or failures if the committed backup is not what was requested: a manifest never changes."""
    refusals = server.committed_refusals(options, judge(repository.servers, _server(node)))
    if refusals:
        return BackupPlan(Plan("back up", subject, (), tuple(refusals)))
    asked = chosen(options.collections, {*node.names, *repository.held, *(name for name, dummy in repository.failed)})
    left_out = [(name, error) for name, error in repository.failed if name in asked]
    failed = [
        (name, f"Backup {options.backup_id} is already committed, and {name} failed in it: {error}")
        for name, error in left_out
    ]
    known = {*repository.held, *(name for name, dummy in left_out)}
    failed += [(name, error) for name, error in node.selection.unknown if name not in known]
    failed += [
        (
            name,
            f"Backup {options.backup_id} is already committed, without {name}. A committed backup cannot be changed: "
            "back up under another id (backup_id), or name all collections in one run.",
        )
        for name in node.selection.names
        if name not in known and not _is_elsewhere(node.collections[name], node)
    ]
    of_cluster = repository.of_cluster if is_per_shard(options, node) else None
    found = list(gaps(node, options.backup_id, of_cluster)) if of_cluster is not None else []
    told = [text for gap in found for text in gap.told]
    items = [_item_of_shards(node.collections[gap.name], node, {}, gap.here) for gap in found if gap.here]
    if not items:
        text = f"Backup {options.backup_id} of {options.node} is already committed: nothing to do."
        return BackupPlan(Plan("back up", subject, (), (), (text, *told)), failed=tuple(failed))
    names = {item.name for item in items}
    return BackupPlan(
        Plan("back up", subject, _steps(options, node, items, ()), (), tuple(told)),
        tuple(items),
        tuple((name, error) for name, error in failed if name not in names),
        fills=True,
    )


_TRANSFER = "a shard is being transferred; the archive may contain only a part of it"
PAYLOAD_BYTES = 200  # estimated bytes of a point besides its vectors, for a collection that was never backed up


def expected_bytes(facts: CollectionFacts, prior: Prior | None) -> int | None:
    """The estimated size of the archive: that of the last one in the repository, else of the newest one on the node,
    else from its points (measured: 61,800 points of 384 floats: an archive 1.6 times as large as their vectors)."""
    return _expected(facts, prior, facts.local, None)


def _expected(
    facts: CollectionFacts, prior: Prior | None, local: tuple[Snapshot, ...], shards: Collection[int] | None
) -> int | None:
    """shards: those that the archive will have, None for all of this node."""
    if prior is not None:
        return prior.entry.archive.bytes
    latest = newest(local)
    if latest:
        return latest.size
    if facts.info is None or facts.shards is None:
        return None
    floats = sum(int(vector.get("size", 0)) for vector in facts.info.vectors.values())
    points = sum(one.points_count for one in facts.shards.local if shards is None or one.shard_id in shards)
    return int(1.6 * points * (4 * floats + PAYLOAD_BYTES))


def newest(snapshots: tuple[Snapshot, ...]) -> Snapshot | None:
    """The newest snapshot by the time in its name (by its creation time if the name has none)."""
    return max(snapshots, key=snapshot_time, default=None)


def _is_elsewhere(facts: CollectionFacts, node: NodeFacts) -> bool:
    """Whether every shard of the collection is on other nodes."""
    return node.cluster.enabled and facts.shards is not None and not facts.shards.local and bool(facts.shards.remote)


def is_per_shard(options: BackupOptions, node: NodeFacts) -> bool:
    """Whether each shard is stored once in the cluster. A node without cluster mode has whole collections."""
    return options.per_shard(node.cluster)


def assigned(facts: CollectionFacts, view: ShardView, node: NodeFacts, options: BackupOptions) -> Assignment:
    """Who stores the shards of one collection."""
    return assign(view, facts.name, options.backup_id, node.silent or ())


def parts_of(options: BackupOptions, node: NodeFacts) -> list[str]:
    """The names of the archives that this node is to store (``part_name``)."""
    found = []
    for name in node.selection.names:
        facts = node.collections[name]
        if not is_per_shard(options, node):
            found.append(name)
        elif facts.shards is not None and not facts.error:
            shards = assigned(facts, facts.shards, node, options).of(facts.shards.peer_id)
            found += [part_name(name, SHARD, (shard,)) for shard in shards]
    return found


def _unheld(name: str, shards: Sequence[int]) -> list[str]:
    if not shards:
        return []
    named = ", ".join(map(str, shards))
    return [
        f"No node can store shard {named} of {name}: it has no Active replica on a node that answers. The backup is "
        "incomplete until a node that has one backs up again."
    ]


def _item_of_shards(
    facts: CollectionFacts, node: NodeFacts, priors: Mapping[str, Prior], shards: Sequence[int]
) -> Item:
    """The shards of one collection that this node stores."""
    sizes = [
        _expected(facts, priors.get(part_name(facts.name, SHARD, (shard,))), facts.of_shards.get(shard, ()), {shard})
        for shard in shards
    ]
    known = [size for size in sizes if size is not None]
    item = _item(facts, node, None, None)
    # Only Active replicas are stored, and a transfer leaves those as they are.
    warnings = tuple(text for text in item.warnings if text != _TRANSFER)
    return dataclasses.replace(
        item, expected=sum(known) if len(known) == len(sizes) else None, warnings=warnings, shards=tuple(shards)
    )


def _item(facts: CollectionFacts, node: NodeFacts, prior: Prior | None, options: BackupOptions | None) -> Item:
    """options: None if each shard has an archive of its own."""
    in_doubt = tuple(intent.doubt().rstrip(".") for intent in node.intents_of(facts.name))
    warnings = list(facts.warnings)
    if not can_be_snapshotted(facts.name):
        warnings.append(TOO_LONG)
    if facts.shards is not None:
        if facts.shards.transfers:
            warnings.append(_TRANSFER)
        if facts.shards.resharding:
            warnings.append("resharding is running; points may be in two shards or in none")
    if facts.info is not None and (facts.info.status == "red" or facts.info.optimizer_status != "ok"):
        warnings.append(f"Qdrant reports status {facts.info.status}, optimizer: {facts.info.optimizer_status}")
    latest = newest(facts.local)
    item = Item(facts.name, expected_bytes(facts, prior), in_doubt, tuple(warnings), latest.name if latest else "")
    if options is not None and not in_doubt and needs_no_snapshot(facts, prior, options):
        return dataclasses.replace(item, expected=0, reused=prior)
    return item


def _node_refusals(node: NodeFacts) -> list[Refusal]:
    if not node.recoveries:
        return []
    return [
        Refusal(
            "recover_running",
            "A restore is running on the node. A snapshot now would contain mixed data, and can break the restore.",
            "Start again when it has ended (metric snapshot_recovery_running is 0).",
        )
    ]


def _node_warnings(options: BackupOptions, node: NodeFacts) -> list[str]:
    found = []
    if len(node.cluster.peers) > max(1, len(options.expected_nodes)):
        found.append(
            f"The cluster has {len(node.cluster.peers)} nodes, expected_nodes names {len(options.expected_nodes)}: "
            "a node without a backup would not be reported as missing."
        )
    if node.storage.in_s3:
        found.append(
            f"The node keeps its snapshots in S3 ({node.storage.place()}): they are downloaded through its API, and "
            "the recorded hashes are of the bytes that were read."
        )
    if node.recoveries is None:
        found.append("The node's metrics cannot be read, so a running restore cannot be detected.")
    elsewhere = [intent for intent in node.intents if intent.collection not in node.selection.names]
    return found + [intent.warning() for intent in elsewhere]


def _server(node: NodeFacts) -> int | None:
    """The peer id of this server; an empty node shows none, so the one from an earlier run."""
    return node.peer_id if node.peer_id is not None else node.noted_server


def _id_warnings(options: BackupOptions, node: NodeFacts) -> list[str]:
    if node.moment is None or not is_ahead(options.backup_id, node.moment):
        return []
    return [
        f"The id {options.backup_id} is in the future: until then, latest selects this backup instead of later ones, "
        "and prune does not count it as good. Check backup_id and the clock."
    ]


def _previous_warnings(options: BackupOptions, previous: Previous | None) -> list[str]:
    if previous is None or options.backup_id >= previous.backup_id:
        return []
    return [
        f"Backup {previous.backup_id} has a later id than this one, so latest selects that backup. Check the clock."
    ]


def _space_warnings(options: BackupOptions, node: NodeFacts, items: list[Item]) -> list[str]:
    if not items or not options.min_free:
        return []
    if node.free is None:
        return ["The free space in the snapshots folder cannot be read from this host: min_free is not checked."]
    return []


def _steps(options: BackupOptions, node: NodeFacts, items: list[Item], spares: tuple[Spare, ...]) -> tuple[Step, ...]:
    steps = [
        Step("make room", f"{spare.collection}/{spare.snapshot}", destructive=True, detail={"frees": spare.bytes})
        for spare in spares
    ]
    for item in items:
        what = item.name if item.shards is None else _shards_of(item.name, item.shards)
        if item.reused is not None:
            steps.append(
                Step("copy", f"{what} from backup {item.reused.backup_id}, unchanged since {taken_in(item.reused)}")
            )
            continue
        steps.append(Step("snapshot", what))
        steps.append(Step("store", what, item.expected or 0))
    steps.append(Step("commit", f"backup {options.backup_id} of {options.cluster}/{options.node}"))
    for item in items:
        for scope, local in node.collections[item.name].snapshots():
            stored = scope.shard_id in item.shards if item.shards is not None else scope.kind == "collection"
            gone = sum(spare.scope == scope for spare in spares)
            surplus = len(local) - gone + (item.reused is None) - options.keep_local
            if stored and surplus > 0:
                what = item.name if scope.shard_id is None else _shards_of(item.name, (scope.shard_id,))
                detail = {"keep": options.keep_local, "at_most": surplus}
                steps.append(Step("rotate", f"local snapshots of {what}", destructive=True, detail=detail))
    return tuple(steps)


def _shards_of(name: str, shards: Sequence[int]) -> str:
    return f"{name}, shard {', '.join(map(str, shards))}"
