# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Local rotation, after the commit: the node keeps its newest snapshots, and those not in the repository."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from .._base.clock import parse_utc
from .._base.errors import EngineError
from .._qdrant.client import Node
from .._qdrant.scope import Scope
from .._repository.manifest import CollectionEntry, Manifest
from .._retention.local import CommittedSnapshot, LocalSnapshot, beyond, is_committed, plan_local
from .errors import lost
from .opening import Repository
from .room import local_snapshot
from .values import NodeFacts, Spare
from .watch import Watch

MOST_MANIFESTS = 50  # read to find out whether snapshots are committed; what is not found stays


@dataclasses.dataclass
class Rotated:
    """What was deleted on the node, and what stays only because no manifest names it."""

    deleted: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)


def rotate(
    node: Node, repository: Repository, manifest: Manifest, keep: int, watch: Watch, needed: Iterable[str] = ()
) -> Rotated:
    """Rotate the snapshots of every collection in this backup. Failures are warnings: the backup is committed.

    needed: names that stay whatever their age, the way back of restores that did not end.
    """
    stay = frozenset(needed)
    done = Rotated()
    known = _Known(repository, [manifest])
    for entry in manifest.collections:
        try:
            _rotate_one(node, entry.name, known, keep, watch, done, stay)
        except EngineError as error:
            done.warnings.append(f"Local snapshots of {entry.name} were not rotated: {error.sentence()}")
            if lost(error):
                break  # nor would those of the others be
    return done


def _rotate_one(
    node: Node, name: str, known: _Known, keep: int, watch: Watch, done: Rotated, stay: frozenset[str]
) -> None:
    scope = Scope.collection(name)
    local = [local_snapshot(snapshot) for snapshot in node.list_snapshots(scope) if snapshot.name not in stay]
    surplus = beyond(local, keep)
    if not surplus:
        return
    plan = plan_local(local, known.of(name, surplus), keep)
    for snapshot in plan.delete:
        watch.tell("rotate", f"{name}/{snapshot}")
        if node.delete_snapshot(scope, snapshot):
            done.deleted.append({"collection": name, "snapshot": snapshot})
    if plan.uncommitted:
        done.warnings.append(
            f"{len(plan.uncommitted)} local snapshots of {name} beyond keep_local stay: no manifest of this node names "
            f"them ({', '.join(plan.uncommitted[:3])}{', ...' if len(plan.uncommitted) > 3 else ''}). "
            "Delete them by hand, or bring them into the repository with s3_snapshot_sync."
        )


def committed_local(repository: Repository, facts: NodeFacts) -> dict[str, list[CommittedSnapshot]]:
    """Which of the node's snapshots manifests name, as far as we looked. StoreError where they cannot be read."""
    known = _Known(repository, [])
    return {name: known.of(name, beyond(map(local_snapshot, one.local), 1)) for name, one in facts.collections.items()}


def make_room(node: Node, spares: Iterable[Spare], watch: Watch) -> Rotated:
    """Delete them. What cannot be deleted is a warning: before each snapshot the space is looked at again."""
    done = Rotated()
    for spare in spares:
        watch.tell("rotate", f"{spare.collection}/{spare.snapshot}")
        try:
            if node.delete_snapshot(Scope.collection(spare.collection), spare.snapshot):
                done.deleted.append({"collection": spare.collection, "snapshot": spare.snapshot})
        except EngineError as error:
            done.warnings.append(f"No more room was made: {error.sentence()}")
            break
    return done


def committed_snapshot(entry: CollectionEntry) -> CommittedSnapshot:
    """The snapshot that an entry was made from. One that was copied in the store has another hash than its archive."""
    snapshot = entry.extra.get("snapshot")
    if isinstance(snapshot, dict) and snapshot.get("name"):
        return CommittedSnapshot(str(snapshot["name"]), snapshot.get("sha256"))
    return CommittedSnapshot(entry.archive.key.rsplit("/", 1)[-1], entry.archive.sha256)


class _Known:
    """Manifests of this node, read only as far as it takes to find what is asked, nearest in time first."""

    def __init__(self, repository: Repository, manifests: Iterable[Manifest]) -> None:
        self._repository = repository
        self._read = {manifest.backup_id: manifest for manifest in manifests}
        self._entries: dict[str, Any] | None = None

    def of(self, name: str, surplus: Iterable[LocalSnapshot]) -> list[CommittedSnapshot]:
        """Committed snapshots of a collection; all those of ``surplus`` that are, as far as we looked."""
        found = self._found(name)
        for snapshot in surplus:
            for backup_id in self._nearest(snapshot):
                if is_committed(snapshot, found) or len(self._read) > MOST_MANIFESTS:
                    break
                self._load(backup_id)
                found = self._found(name)
        return found

    def _found(self, name: str) -> list[CommittedSnapshot]:
        entries = [manifest.collection(name) for manifest in self._read.values()]
        return [committed_snapshot(entry) for entry in entries if entry is not None]

    def _nearest(self, snapshot: LocalSnapshot) -> list[str]:
        if self._entries is None:
            backups = self._repository.catalogue.backups(self._repository.options.node)
            self._entries = {entry.backup_id: entry for entry in backups}
        unread = [backup_id for backup_id in self._entries if backup_id not in self._read]
        try:
            made = parse_utc(_as_id(snapshot.time)).timestamp()
        except EngineError:
            return unread
        return sorted(unread, key=lambda backup_id: abs(parse_utc(backup_id).timestamp() - made))

    def _load(self, backup_id: str) -> None:
        entries = self._entries or {}
        self._read[backup_id] = self._repository.catalogue.manifest(entries[backup_id])


def _as_id(time: str) -> str:
    """``2026-11-22-19-00-00`` as a backup id; anything else as it is."""
    parts = time.split("-")
    return f"{parts[0]}{parts[1]}{parts[2]}T{parts[3]}{parts[4]}{parts[5]}Z" if len(parts) == 6 else time
