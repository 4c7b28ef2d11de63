# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which backups of one timeline stay, and every reason for it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from .._base.choose import chosen
from .._base.counted import few
from .known import still_there
from .options import PruneOptions
from .rules import WITHIN, kept_by_rules, within
from .unreadable import SKIPPED
from .values import Backup, Facts

NO_RULE = "no rule keeps it"
# Snapshots that a node keeps, where its newest manifest does not say it (keep_local).
USUAL_LOCAL = 24


class Reasons:
    """Backup id to its reasons; a reason may hold for some collections only."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, set[str]]] = {}

    def add(self, backup_id: str, reason: str, name: str = "") -> bool:
        """Note a reason. Whether the backup had none before."""
        first = backup_id not in self._found
        names = self._found.setdefault(backup_id, {}).setdefault(reason, set())
        names.update([name] if name else [])
        return first

    def __contains__(self, backup_id: str) -> bool:
        return backup_id in self._found

    def texts(self, backup: Backup) -> tuple[str, ...]:
        """The reasons of a backup, with the names of collections where it has others too."""
        every = set(backup.contents)
        return tuple(_text(reason, names, every) for reason, names in self._found.get(backup.backup_id, {}).items())


def _text(reason: str, names: set[str], every: set[str]) -> str:
    if not names or names == every:
        return reason
    return f"{reason} of {few(sorted(names))}"


def forgettable(backups: Sequence[Backup], patterns: Collection[str]) -> set[str]:
    """The collections that match ``forget`` and that the newest backup does not know."""
    return set(chosen(patterns, _names(backups))) - still_there(backups) if patterns else set()


def servers_in_use(backups: Iterable[Backup]) -> dict[str, str]:
    """The peer id of the newest backup of each node that names one, to the node."""
    found: dict[str, str] = {}
    for backup in backups:
        for part in backup.parts:
            if part.summary.peer_id is not None and part.node not in found.values():
                found[str(part.summary.peer_id)] = part.node
    return found


def reasons_to_keep(facts: Facts, options: PruneOptions, backups: Sequence[Backup]) -> Reasons:
    """Why backups of one timeline stay. backups: newest first."""
    reasons = Reasons()
    forgotten = forgettable(backups, options.forget)
    for name in _names(backups):
        if name not in forgotten:
            line = [backup for backup in backups if name in backup.contents]
            _keep_of(name, options, line, reasons)
            _keep_of_servers(name, options, line, reasons)
    for backup in backups:
        if backup.backup_id in facts.pins:
            reasons.add(backup.backup_id, "pinned")
        if backup.backup_id in options.skip_unreadable:
            reasons.add(backup.backup_id, SKIPPED)
        if backup.backup_id in facts.locked:
            reasons.add(backup.backup_id, facts.locked[backup.backup_id])
        if backup.incomplete and (facts.now - backup.time).total_seconds() < options.orphan_grace:
            reasons.add(backup.backup_id, f"{backup.incomplete}, and may still be written")
    for node in {part.node for backup in backups for part in backup.parts}:
        _keep_of_node(facts, node, backups, reasons)
    _keep_predecessors(backups, reasons)
    return reasons


def _names(backups: Iterable[Backup]) -> list[str]:
    return sorted({name for backup in backups for name in backup.contents})


def _keep_of(name: str, options: PruneOptions, line: Sequence[Backup], reasons: Reasons) -> None:
    """What the rules and the guards keep for one collection. line: the backups that hold it, newest first."""
    good = [backup for backup in line if backup.contents[name].good]
    for backup_id, rules in kept_by_rules(options, [backup.backup_id for backup in good]).items():
        for rule in rules:
            reasons.add(backup_id, rule, name)
    newest = (good or line)[0].backup_id
    for backup in line:
        if within(options, newest, backup.backup_id):
            reasons.add(backup.backup_id, WITHIN, name)
    if not good:
        for backup in line:
            reasons.add(backup.backup_id, f"the collection has no good backup ({backup.contents[name].why})", name)
        return
    reasons.add(newest, "last good backup", name)
    best = max(backup.contents[name].grade for backup in good)
    if best:
        proven = next(backup for backup in good if backup.contents[name].grade == best)
        reasons.add(proven.backup_id, f"best proven (grade {best})", name)
    for backup in line:
        if backup.backup_id > newest:
            reasons.add(backup.backup_id, f"newer than the last good backup ({backup.contents[name].why})", name)


def _keep_of_servers(name: str, options: PruneOptions, line: Sequence[Backup], reasons: Reasons) -> None:
    """What stays of one collection if several servers have backed it up under one node name. Another server may still
    be in use: its runs are refused, and its last good backup is the only one of its points."""
    newest = next((backup for backup in line if backup.contents[name].good), None)
    if newest is None:  # all stay
        return
    for (dummy, peer), own in _by_server(name, line).items():
        if str(peer) in options.forget_servers:
            continue
        good = [backup for backup in own if backup.contents[name].good]
        if good and good[0] is not newest:
            reasons.add(good[0].backup_id, f"last good backup of server {peer}", name)
        for backup in () if good else own:
            reasons.add(backup.backup_id, f"server {peer} has no good backup ({backup.contents[name].why})", name)


def _by_server(name: str, line: Sequence[Backup]) -> dict[tuple[str, int], list[Backup]]:
    """Node and peer id to the backups with archives of this collection, newest first. Without backups that name no
    server (pushes)."""
    found: dict[tuple[str, int], list[Backup]] = {}
    for backup in line:
        for part in backup.parts:
            peer = part.summary.peer_id
            if peer is not None and any(held.name == name for held in part.summary.collections):
                found.setdefault((part.node, peer), []).append(backup)
    return found


def _keep_of_node(facts: Facts, node: str, backups: Sequence[Backup], reasons: Reasons) -> None:
    """A rotation on the node deletes only snapshots that a manifest names. Where this prune does not delete the node's
    snapshots itself, the manifests of those that the node keeps must stay."""
    if node == facts.local_node:
        return
    own = [part for backup in backups for part in backup.parts if part.node == node]
    count = own[0].summary.keep_local if own[0].summary.keep_local is not None else USUAL_LOCAL
    held: dict[str, int] = {}
    for part in own:
        for name in {item.name for item in part.summary.collections}:
            held[name] = held.get(name, 0) + 1
            if held[name] <= count:
                reason = f"its snapshots may be on {node} (keep_local {count})"
                reasons.add(part.entry.backup_id, reason)


def _keep_predecessors(backups: Sequence[Backup], reasons: Reasons) -> None:
    """With a suspect backup, the last good one before it stays: only the two together show what was lost."""
    left = [backup for backup in backups if backup.backup_id in reasons]
    while left:
        backup = left.pop()
        for name in [name for name, content in backup.contents.items() if content.suspect]:
            before = _last_good(backups, name, backup.backup_id)
            reason = f"last good backup before the suspect one of {backup.backup_id}"
            if before is not None and reasons.add(before.backup_id, reason, name):
                left.append(before)


def _last_good(backups: Sequence[Backup], name: str, before: str) -> Backup | None:
    for backup in backups:
        if backup.backup_id < before and name in backup.contents and backup.contents[name].good:
            return backup
    return None


def why_not(backup: Backup, forgotten: Collection[str]) -> str:
    """Why a backup goes."""
    flaws = sorted({content.why for content in backup.contents.values() if content.why} | {backup.incomplete} - {""})
    if backup.contents and set(backup.contents) <= set(forgotten):
        return "its collections are forgotten"
    return f"{NO_RULE} ({'; '.join(flaws)})" if flaws else NO_RULE
