# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotates local snapshots after the commit: the node keeps its newest ones, and those not in the repository."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterable
from typing import Any

from .._base.clock import parse_utc
from .._base.counted import counted, few
from .._base.errors import EngineError
from .._qdrant.client import Node
from .._qdrant.names import is_of_another
from .._qdrant.scope import Scope
from .._repository.manifest import Manifest
from .._retention.local import (
    CommittedSnapshot,
    LocalSnapshot,
    beyond,
    committed_snapshot,
    is_committed,
    local_snapshot,
    plan_local,
    scope_of,
)
from .errors import lost
from .opening import Repository
from .options import BackupOptions
from .values import NodeFacts, Spare
from .watch import Watch
from .workers import each

MOST_MANIFESTS = 50  # manifests to read for committed snapshots; others are kept


@dataclasses.dataclass
class Rotated:
    """The deleted snapshots, and those that are kept only because no manifest names them."""

    deleted: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)


def rotate(
    node: Node,
    repository: Repository,
    manifest: Manifest,
    options: BackupOptions,
    watch: Watch,
    facts: NodeFacts,
    needed: Iterable[str] = (),
) -> Rotated:
    """Rotate the snapshots of every collection, or shard, in this backup. Failures are warnings: the backup is
    committed.

    facts: from before; a collection that had fewer than ``keep_local`` is not listed again. needed: names to keep at
    any age, for restores that did not end.
    """
    known = _Known(repository, [manifest])
    gone = threading.Event()

    def work(scope: Scope) -> Rotated:
        done = Rotated()
        if gone.is_set():
            return done
        try:
            _rotate_one(node, scope, known, options.keep_local, watch, done, frozenset(needed), facts)
        except EngineError as error:
            done.warnings.append(f"Local snapshots of {_of(scope)} were not rotated: {error.sentence()}")
            if lost(error):
                gone.set()  # the others would fail too
        return done

    places = [scope_of(entry) for entry in manifest.collections]
    surplus = [scope for scope in places if _may_have_surplus(facts, scope, options.keep_local)]
    all_done = Rotated()
    for one in each(options.parallel, work, surplus, "rotate"):
        all_done.deleted += one.deleted
        all_done.warnings += one.warnings
    return all_done


def _may_have_surplus(facts: NodeFacts, scope: Scope, keep: int) -> bool:
    """Whether the node has more than it should keep there, with the new snapshot. Unknown if its snapshots could not be
    listed before."""
    before = facts.collections.get(str(scope.name))
    if before is None or not before.listed:
        return True
    listed = before.local if scope.shard_id is None else before.of_shards.get(scope.shard_id, ())
    return len(listed) + 1 > keep


def _of(scope: Scope) -> str:
    return str(scope.name) if scope.shard_id is None else f"shard {scope.shard_id} of {scope.name}"


def _rotate_one(
    node: Node,
    scope: Scope,
    known: _Known,
    keep: int,
    watch: Watch,
    done: Rotated,
    stay: frozenset[str],
    facts: NodeFacts,
) -> None:
    name = _of(scope)
    local = [local_snapshot(snapshot) for snapshot in node.list_snapshots(scope) if snapshot.name not in stay]
    if facts.storage.in_s3:  # of several nodes with one bucket, each lists the snapshots of all
        local = [snapshot for snapshot in local if not is_of_another(snapshot.name, facts.peer_id)]
    surplus = beyond(local, keep)
    if not surplus:
        return
    plan = plan_local(local, known.of(scope, surplus), keep)
    for snapshot in plan.delete:
        watch.tell("rotate", f"{name}/{snapshot}")
        if node.delete_snapshot(scope, snapshot):
            done.deleted.append({"collection": str(scope.name), "snapshot": snapshot})
    others = [snapshot for snapshot in plan.uncommitted if is_of_another(snapshot, facts.peer_id)]
    own = [snapshot for snapshot in plan.uncommitted if snapshot not in others]
    if facts.storage.in_s3 and scope.kind == "shard":  # the names do not tell which node made them
        own = []
    if own:
        done.warnings.append(
            f"The node keeps {counted(len(own), 'local snapshot')} of {name} beyond keep_local: no manifest here has "
            f"them ({few(own)}). Delete them by hand, or push them to the repository with s3_snapshot_sync."
        )
    if others:
        done.warnings.append(
            f"The node lists {counted(len(others), 'snapshot')} of {name} that another server made ({few(others)}), "
            "and no manifest here has them: they are kept. That server may still use them."
        )


def committed_local(repository: Repository, facts: NodeFacts) -> dict[Scope, list[CommittedSnapshot]]:
    """The node's snapshots in the manifests that were read. StoreError if they cannot be read."""
    known = _Known(repository, [])
    places = (pair for one in facts.collections.values() for pair in one.snapshots())
    return {scope: known.of(scope, beyond(map(local_snapshot, local), 1)) for scope, local in places}


def make_room(node: Node, spares: Iterable[Spare], watch: Watch) -> Rotated:
    """Delete them. A failure is a warning, because the space is checked before each snapshot."""
    done = Rotated()
    for spare in spares:
        watch.tell("rotate", f"{spare.collection}/{spare.snapshot}")
        try:
            if node.delete_snapshot(spare.scope, spare.snapshot):
                done.deleted.append({"collection": spare.collection, "snapshot": spare.snapshot})
        except EngineError as error:
            done.warnings.append(f"No more space was freed: {error.sentence()}")
            break
    return done


class _Known:
    """Manifests of this node, read only until the snapshots are found, nearest in time first."""

    def __init__(self, repository: Repository, manifests: Iterable[Manifest]) -> None:
        self._repository = repository
        self._read = {manifest.backup_id: manifest for manifest in manifests}
        self._entries: dict[str, Any] | None = None
        self._one = threading.Lock()

    def of(self, scope: Scope, surplus: Iterable[LocalSnapshot]) -> list[CommittedSnapshot]:
        """Committed snapshots of a collection or shard; all of ``surplus`` in the manifests that were read."""
        with self._one:
            return self._of(scope, surplus)

    def _of(self, scope: Scope, surplus: Iterable[LocalSnapshot]) -> list[CommittedSnapshot]:
        found = self._found(scope)
        for snapshot in surplus:
            for backup_id in self._nearest(snapshot):
                if is_committed(snapshot, found) or len(self._read) > MOST_MANIFESTS:
                    break
                self._load(backup_id)
                found = self._found(scope)
        return found

    def _found(self, scope: Scope) -> list[CommittedSnapshot]:
        entries = [entry for manifest in self._read.values() for entry in manifest.entries(str(scope.name))]
        return [committed_snapshot(entry) for entry in entries if scope_of(entry) == scope]

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
    """``2026-11-22-19-00-00`` as a backup id; other texts unchanged."""
    parts = time.split("-")
    return f"{parts[0]}{parts[1]}{parts[2]}T{parts[3]}{parts[4]}{parts[5]}Z" if len(parts) == 6 else time
