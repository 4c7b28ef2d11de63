# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans a prune: what stays and why, what goes, what it frees. Pure.

A backup id stays or goes as a whole, over all nodes that belong together. What cannot be judged stops everything.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Mapping, Sequence

from .._base.choose import unmatched
from .._base.clock import parse_utc
from .._base.counted import counted, few
from .._base.plan import Plan, Refusal
from .._repository.layout import parse_archive_key, segment
from .._repository.servers import LOOK_BACK, alternating, conflict, history_of, judge
from .._repository.unreadable import Unreadable
from . import unreadable
from .judge import ALL_LOST, backups_of
from .keep import forgettable, reasons_to_keep, servers_in_use, why_not
from .known import in_newest, still_there
from .options import PruneOptions
from .steps import recipe
from .timelines import timelines
from .values import Backup, Facts, Kept, Part, PartRemoval, PrunePlan, Removal, Stored, Which

TWO_SERVERS, STILL_BACKED_UP = "two_servers", "still_backed_up"


def make_plan(facts: Facts, options: PruneOptions, where: str) -> PrunePlan:
    """The plan for these facts. where: the repository, for messages."""
    lines = [names for names in timelines(facts.parts) if names & facts.nodes]
    judged = [(names, backups_of(facts, names)) for names in lines]
    of_manifests = unreadable.refusals(facts, options, [backups for dummy, backups in judged])
    refusals = [*of_manifests, *_servers(facts, lines), *_forget(options, judged)]
    subject = f"{counted(len(facts.nodes), 'node')} of {options.cluster} in {where}"
    if refusals:
        return PrunePlan(Plan("prune", subject, refusals=tuple(refusals)))
    kept: list[Kept] = []
    going: list[tuple[Backup, str]] = []
    for names, backups in judged:
        busy = next((facts.busy[name] for name in sorted(names & facts.nodes) if name in facts.busy), "")
        reasons = reasons_to_keep(facts, options, backups)
        forgotten = forgettable(backups, options.forget)
        for backup in backups:
            own = tuple(part.node for part in backup.parts if part.node in facts.nodes)
            if busy or backup.backup_id in reasons:
                texts = (busy,) if busy else reasons.texts(backup)
                kept += [Kept(backup.backup_id, own, texts, _bytes_of(facts, backup))] if own else []
            elif own:
                going.append((backup, why_not(backup, forgotten)))
    needed = _needed(facts, {part.which for backup, dummy in going for part in backup.parts})
    removals = [_removal(facts, backup, why, needed) for backup, why in going]
    without = list(_of_unreadable(facts, options, needed))
    kept += [one for one in without if isinstance(one, Kept)]
    removals += [one for one in without if isinstance(one, Removal)]
    removals += _orphans(facts, options, needed)
    removals.sort(key=lambda one: (one.backup_id, one.orphan))
    steps = tuple(step.describe() for one in removals for step in recipe(one))
    before = _usage(facts)
    return PrunePlan(
        Plan(
            "prune",
            subject,
            steps,
            warnings=(
                *_warnings(facts, options, [backups for dummy, backups in judged], removals),
                *_without_effect(facts, options, [backups for dummy, backups in judged]),
            ),
        ),
        tuple(sorted(kept, key=lambda one: (one.backup_id, one.nodes), reverse=True)),
        tuple(removals),
        before,
        _after(facts, before, removals),
    )


def _of_unreadable(facts: Facts, options: PruneOptions, needed: set[str]) -> Iterable[Kept | Removal]:
    """What stays and what goes of the backups whose manifest cannot be read. Each node's part is judged on its own."""
    going = {one.entry.key for one in unreadable.deleted(facts, options)}
    for one in unreadable.own(facts):
        entry = one.entry
        part = dataclasses.replace(
            _of_stored(entry.node, entry.key, facts.stored.get(_which(one), Stored()), needed, entry.bytes),
            manifest_parts=entry.parts,
        )
        stays = facts.busy.get(entry.node) or facts.locked.get(entry.backup_id)
        stays = stays or ("pinned" if entry.backup_id in facts.pins else "")
        if entry.key in going and not stays:
            why = "its manifest cannot be read, and delete_unreadable names it"
            yield Removal(entry.backup_id, (part,), why, unreadable=(entry,))
        else:
            why = stays or f"its manifest cannot be read, and {unreadable.SKIPPED}"
            yield Kept(entry.backup_id, (entry.node,), (why,), part.bytes)


def _which(one: Unreadable) -> Which:
    return one.entry.segment, one.entry.backup_id


def _servers(facts: Facts, lines: Iterable[frozenset[str]]) -> Iterable[Refusal]:
    for node in sorted({name for names in lines for name in names}):
        own = [part.summary for part in facts.parts if part.node == node]
        history = history_of(own[:LOOK_BACK])
        if alternating(history):
            yield Refusal(
                TWO_SERVERS,
                conflict(node, judge(history, None)),
                "Give each server its own node name, then back up once with --accept-new-server (accept_new_server: "
                "true) on the server that keeps this name.",
            )


def _forget(options: PruneOptions, judged: Iterable[tuple[frozenset[str], Sequence[Backup]]]) -> Iterable[Refusal]:
    for names, backups in judged:
        there = set(options.forget) & still_there(backups)
        held = sorted(there & in_newest(backups))
        if held:
            yield Refusal(
                STILL_BACKED_UP,
                f"forget: {', '.join(held)} is in the newest backup of {', '.join(sorted(names))}.",
                "Only a collection that no longer exists can be forgotten.",
            )
        left_out = sorted(there - set(held))
        if left_out:
            yield Refusal(
                STILL_BACKED_UP,
                f"forget: {', '.join(left_out)} may still exist: the newest backup of {', '.join(sorted(names))} was "
                "not asked for it, or could not back it up.",
                "Only a collection that no longer exists can be forgotten. If it no longer exists, back up all "
                "collections once, so that a backup shows it: qdrant-backup run --accept-shrink '*'",
            )
        in_use = servers_in_use(backups)
        for peer in sorted(set(options.forget_servers) & set(in_use)):
            yield Refusal(
                STILL_BACKED_UP,
                f"forget_servers: the newest backup of {in_use[peer]} is of server {peer}.",
                "Only a server that no longer exists can be forgotten.",
            )


def _needed(facts: Facts, going: set[Which]) -> set[str]:
    """Keys that manifests that stay name outside of their own place."""
    out: set[str] = set()
    for part in facts.parts:
        if part.which not in going:
            for held in part.summary.collections:
                parsed = parse_archive_key(held.archive)
                if parsed is None or (parsed.node, parsed.backup_id) != part.which:
                    out.add(held.archive)
    return out


def _removal(facts: Facts, backup: Backup, why: str, needed: set[str]) -> Removal:
    parts = [part for part in backup.parts if part.node in facts.nodes]
    return Removal(
        backup.backup_id,
        tuple(_part(facts, part, needed) for part in parts),
        why,
        facts.local.get(backup.backup_id, ()) if any(part.node == facts.local_node for part in parts) else (),
    )


def _part(facts: Facts, part: Part, needed: set[str]) -> PartRemoval:
    stored = facts.stored.get(part.which, Stored())
    found = _of_stored(part.node, part.entry.key, stored, needed, part.entry.bytes)
    return dataclasses.replace(found, manifest_parts=part.entry.parts)


def _of_stored(node: str, manifest: str, stored: Stored, needed: set[str], size: int) -> PartRemoval:
    archives = {key: facts for key, facts in stored.archives.items() if key not in needed}
    freed = size + sum(found for found, dummy in [*archives.values(), *stored.proofs.values()])
    return PartRemoval(node, manifest, tuple(sorted(archives)), tuple(sorted(stored.proofs)), freed)


def _orphans(facts: Facts, options: PruneOptions, needed: set[str]) -> Iterable[Removal]:
    """Archives and proofs without a manifest, from killed runs and prunes."""
    committed = {part.which for part in facts.parts} | {_which(one) for one in facts.unreadable}
    names = _own_names(facts)
    for which, stored in sorted(facts.stored.items()):
        node = names.get(which[0])
        if node is None or node in facts.busy or which in committed or which[1] in facts.locked:
            continue
        if not _is_old(facts.now, which[1], stored.newest, options.orphan_grace):
            continue
        part = _of_stored(node, "", stored, needed, 0)
        if part.archives or part.proofs:
            yield Removal(which[1], (part,), "left by a killed run: no manifest names it", orphan=True)


def _is_old(now: datetime.datetime, backup_id: str, newest: datetime.datetime | None, grace: float) -> bool:
    moments = [parse_utc(backup_id), *([newest] if newest else [])]
    return newest is not None and all((now - moment).total_seconds() >= grace for moment in moments)


def _own_names(facts: Facts) -> dict[str, str]:
    """Segment to name of the nodes that are pruned."""
    return {segment(name): name for name in facts.nodes}


def _bytes_of(facts: Facts, backup: Backup) -> int:
    parts = [part for part in backup.parts if part.node in facts.nodes]
    return sum(_part(facts, part, set()).bytes for part in parts)


def _usage(facts: Facts) -> dict[str, int]:
    own = _own_names(facts)
    found: dict[str, int] = {}
    for (name, dummy), stored in facts.stored.items():
        if name in own:
            for size, storage_class in [*stored.archives.values(), *stored.proofs.values()]:
                found[storage_class] = found.get(storage_class, 0) + size
    for part in facts.parts:
        if part.node in facts.nodes:
            found[""] = found.get("", 0) + part.entry.bytes
    for one in unreadable.own(facts):
        found[""] = found.get("", 0) + one.entry.bytes
    return found


def _after(facts: Facts, before: Mapping[str, int], removals: Sequence[Removal]) -> dict[str, int]:
    classes = {
        key: about
        for stored in facts.stored.values()
        for key, about in [*stored.archives.items(), *stored.proofs.items()]
    }
    entries = [part.entry for part in facts.parts] + [one.entry for one in facts.unreadable]
    manifests = {entry.key: (entry.bytes, "") for entry in entries}
    after = dict(before)
    for removal in removals:
        for part in removal.parts:
            for key in [*part.archives, *part.proofs, *([part.manifest] if part.manifest else [])]:
                size, storage_class = classes[key] if key in classes else manifests[key]
                after[storage_class] -= size
    return after


def _without_effect(facts: Facts, options: PruneOptions, lines: Sequence[Sequence[Backup]]) -> Iterable[str]:
    """What was named for this prune, and is unknown here: it may be misspelt."""
    gone = {name for backups in lines for name in forgettable(backups, options.forget)}
    for pattern in unmatched(options.forget, gone):
        yield f"forget: no backup here holds a deleted collection that matches {pattern}, so it has no effect."
    servers = {str(part.summary.peer_id) for backups in lines for backup in backups for part in backup.parts}
    for peer in dict.fromkeys(options.forget_servers):
        if peer not in servers:
            yield f"forget_servers: no backup here is of server {peer}, so it has no effect."
    ids = {part.entry.backup_id for part in facts.parts} | {one.entry.backup_id for one in facts.unreadable}
    for word in ("skip_unreadable", "delete_unreadable"):
        for backup_id in dict.fromkeys(getattr(options, word)):
            if backup_id not in ids:
                yield f"{word}: no backup here has the id {backup_id}, so it has no effect."


def _warnings(
    facts: Facts, options: PruneOptions, lines: Iterable[Sequence[Backup]], removals: Sequence[Removal]
) -> Iterable[str]:
    lost = {
        name
        for backups in lines
        for backup in backups
        for name, content in backup.contents.items()
        if content.why == ALL_LOST and name not in forgettable(backups, options.forget)
    }
    if lost:
        verb = "has" if len(lost) == 1 else "have"
        yield (
            f"{few(sorted(lost))} {verb} no archive in any backup that is stored as its manifest says: those backups "
            "stay. Find the cause: qdrant-backup doctor"
        )
    if removals and facts.deletion.versions:
        days = facts.deletion.noncurrent_days
        until = f"for {counted(days, 'day')}" if days else "until a lifecycle rule expires noncurrent versions"
        more = "" if days else ", and the bucket has no such rule (qdrant_bucket_noncurrent_days sets it)"
        yield f"The bucket keeps versions: what is deleted stays, and is paid for, {until}{more}."
