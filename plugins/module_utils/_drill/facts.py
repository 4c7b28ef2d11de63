# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of a drill: which backups are drilled, what they hold, and how long it took to find them."""

from __future__ import annotations

import dataclasses
import datetime
import secrets
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .._base.choose import chosen, unmatched
from .._base.clock import parse_utc
from .._base.errors import UsageError
from .._repository.catalogue import BackupEntry, Catalogue
from .._repository.errors import OF_ONE_DOCUMENT, StoreError
from .options import ALL, RANDOM, DrillOptions
from .values import ENGINE, FIND, Phase
from .whole import Whole, is_part, whole_backup

if TYPE_CHECKING:
    from .._repository.manifest import CollectionEntry, Manifest


@dataclasses.dataclass(frozen=True)
class Picked:
    """One backup to drill. following: when the next backup of the node began, None if this is the newest; failure: why
    its manifest cannot be used; find: how long it took until the archives were known; lacking: collections of which all
    nodes together lack shards; whole: of all nodes, if they are drilled as one."""

    entry: BackupEntry
    manifest: Manifest | None = None
    items: tuple[CollectionEntry, ...] = ()
    following: datetime.datetime | None = None
    failure: str = ""
    find: Phase = dataclasses.field(default_factory=lambda: Phase(FIND, 0.0, 0.0))
    lacking: tuple[tuple[str, str], ...] = ()
    whole: Whole | None = None

    @property
    def absent(self) -> tuple[tuple[str, str], ...]:
        """Collections that could not be backed up or are not complete, and why."""
        failed = self.manifest.failed if self.manifest is not None else ()
        return (*((one.name, one.error) for one in failed), *self.lacking)


def pick(catalogue: Catalogue, options: DrillOptions, began: float) -> list[Picked]:
    """The backups to drill, newest first. UsageError if no collection is chosen; StoreError if the repository is
    empty or cannot be read. A damaged manifest is a failure of its backup, not an error."""
    node = None if options.all_nodes else options.node_name or catalogue.own_node()
    every = catalogue.backups(node)
    if options.all_nodes:
        every = _one_of_each(every, options.node_name or "")
    entries = _entries(catalogue, node, every, options)
    picked: list[Picked] = []
    for entry in entries:
        at = time.monotonic()
        parts = _parts(catalogue, entry, options)
        following = _following(catalogue, every, entry)
        for one in parts:
            start = began if not picked else at  # the listing counts to the first one
            at = time.monotonic()
            find = Phase(FIND, round(start - began, 3), at - start)
            picked.append(dataclasses.replace(one, following=following, find=find))
    _check_patterns(picked, options.collections)
    return picked


def _one_of_each(every: Sequence[BackupEntry], own: str) -> list[BackupEntry]:
    """One entry for each backup id, of this node if it has one."""
    found: dict[str, BackupEntry] = {}
    for entry in every:
        if entry.backup_id not in found or entry.node == own:
            found[entry.backup_id] = entry
    return list(found.values())


def _parts(catalogue: Catalogue, entry: BackupEntry, options: DrillOptions) -> list[Picked]:
    """What is drilled of one backup id: a node's part; by the engine those of all nodes; on a live target, which needs
    whole collections, all nodes as one."""
    own = _read(catalogue, entry, options.collections)
    if options.target != ENGINE:
        part = options.all_nodes or (own.manifest is not None and is_part(own.manifest))
        return [_whole(catalogue, entry, options.collections) if part else own]
    if not options.all_nodes:
        return [own]
    try:
        lacking = whole_backup(catalogue, entry.backup_id).lacking
    except StoreError as error:
        if error.kind not in OF_ONE_DOCUMENT:
            raise
        lacking = ()  # no manifest can be read, and each says so
    others = [one for one in catalogue.nodes_of(entry.backup_id) if one.node != entry.node]
    parts = [own, *(_read(catalogue, one, options.collections) for one in others)]
    # A node whose shards other nodes stored has nothing of its own.
    parts = [one for one in parts if one.items or one.failure or one.absent] or parts[:1]
    return [dataclasses.replace(parts[0], lacking=lacking), *parts[1:]]


def _whole(catalogue: Catalogue, entry: BackupEntry, patterns: Sequence[str]) -> Picked:
    try:
        whole = whole_backup(catalogue, entry.backup_id)
    except StoreError as error:
        if error.kind not in OF_ONE_DOCUMENT:
            raise
        return Picked(entry, failure=error.sentence())
    names = chosen(patterns, [item.name for item in whole.manifest.collections])
    items = tuple(item for item in whole.manifest.collections if item.name in names)
    return Picked(entry, whole.manifest, items, lacking=whole.lacking, whole=whole)


def _check_patterns(picked: Sequence[Picked], patterns: Sequence[str]) -> None:
    """A name that is in no backup is a mistake: without it, less would be drilled than was asked for."""
    manifests = [one.manifest for one in picked if one.manifest is not None]
    if not manifests:
        return
    names = {item.name for manifest in manifests for item in manifest.collections}
    names |= {item.name for manifest in manifests for item in manifest.failed}
    names |= {name for one in picked for name, dummy in one.lacking}
    wrong = unmatched(patterns, names)
    if wrong or not names:
        raise UsageError(
            f"No selected backup contains {', '.join(wrong) or 'a collection'}",
            "List the backups (qdrant-backup list), and the collections of one: qdrant-backup show ID",
        )


def _entries(
    catalogue: Catalogue, node: str | None, every: Sequence[BackupEntry], options: DrillOptions
) -> list[BackupEntry]:
    if options.backup_id == ALL and every:
        return [entry for entry in every if _has_archives(catalogue, entry, options)] or list(every)
    if options.backup_id == RANDOM and every:
        mixed = secrets.SystemRandom().sample(list(every), len(every))
        return [next((entry for entry in mixed if _has_archives(catalogue, entry, options)), mixed[0])]
    wanted = "latest" if options.backup_id in (ALL, RANDOM) else options.backup_id
    chosen = catalogue.choose(wanted, node=node)
    if wanted == "latest":
        return [next((entry for entry in every if _has_archives(catalogue, entry, options)), chosen)]
    return [next((entry for entry in every if entry.backup_id == chosen.backup_id), chosen)]


def _has_archives(catalogue: Catalogue, entry: BackupEntry, options: DrillOptions) -> bool:
    """False for a backup in which other nodes store every shard, if only this node's part is drilled: there is nothing
    to drill in it. Damaged manifests count: their drill fails."""
    if options.all_nodes or options.target != ENGINE:
        return True
    try:
        manifest = catalogue.manifest(entry)
    except StoreError as error:
        if error.kind not in OF_ONE_DOCUMENT:
            raise
        return True
    return bool(manifest.collections) or not manifest.shards_elsewhere


def _read(catalogue: Catalogue, entry: BackupEntry, patterns: Sequence[str]) -> Picked:
    try:
        manifest = catalogue.manifest(entry)
    except StoreError as error:
        if error.kind not in OF_ONE_DOCUMENT:
            raise
        return Picked(entry, failure=error.sentence())
    names = chosen(patterns, [item.name for item in manifest.collections])
    return Picked(entry, manifest, tuple(item for item in manifest.collections if item.name in names))


def _following(catalogue: Catalogue, every: Sequence[BackupEntry], entry: BackupEntry) -> datetime.datetime | None:
    """When the next backup of the node began; by its id if its manifest cannot be read."""
    later = [one for one in every if one.backup_id > entry.backup_id]
    if not later:
        return None
    following = min(later, key=lambda one: one.backup_id)
    try:
        return parse_utc(catalogue.manifest(following).started_at)
    except (StoreError, UsageError):
        return parse_utc(following.backup_id)
