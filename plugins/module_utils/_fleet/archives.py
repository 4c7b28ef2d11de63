# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archives of a backup id, over the manifests of all nodes: for each shard of each collection one. Facts only."""

from __future__ import annotations

import concurrent.futures
import dataclasses
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .._base.choose import Selection, unmatched
from .._base.errors import UsageError
from .._repository import layout
from .._repository.errors import StoreError
from .._restore.history import History, read_history
from .._restore.selection import require_some, selection
from .._restore.source import noted_warnings
from .._restore.stored import stored_facts
from .._restore.values import Lost, Measured, RestoreOptions
from .._restore.wholeness import lost
from .covering import Found, Part, archived, lacking, missing
from .values import Archived

if TYPE_CHECKING:
    from .._repository.catalogue import BackupEntry, Catalogue
    from .._repository.manifest import Manifest

_AT_ONCE = 8
_LOOKED_AT = 12  # older backups in which a whole one is searched for


@dataclasses.dataclass(frozen=True)
class Backup:
    """One backup of all nodes. archived: its chosen collections; excluded: names of those that are not restored on
    request; incomplete: what it lacks, "" if nothing; incomplete_of: the collections that lack it; newest_whole: the
    newest backup before it that lacks nothing, where this one does; peers: peer id to its node; lost: what the newest
    backup was made too late for."""

    backup_id: str
    archived: tuple[Archived, ...]
    excluded: tuple[str, ...] = ()
    incomplete: str = ""
    incomplete_of: tuple[str, ...] = ()
    newest_whole: str = ""
    warnings: tuple[str, ...] = ()
    peers: dict[int, str] = dataclasses.field(default_factory=dict)
    quotas: dict[str, Any] = dataclasses.field(default_factory=dict)
    measured: Measured | None = None
    lost: Lost | None = None


def find(catalogue: Catalogue, options: RestoreOptions) -> Backup:
    """The chosen backup. StoreError if there is none or none of its manifests can be read, UsageError if it does not
    hold a collection that was named."""
    chosen = catalogue.choose(options.backup_id, before=options.before or None)
    found, selected = _read(catalogue, chosen.backup_id, options)
    every = [archived(found, name, _history(catalogue, found, name)) for name in found.held]
    incomplete = missing(found, every)
    whole = ""
    if incomplete and options.backup_id == "latest":
        whole = _newest_whole(catalogue, options, chosen.backup_id)
    quotas_of = [noted for part in found.parts if (noted := part.manifest.quotas)]
    return Backup(
        chosen.backup_id,
        tuple(every),
        tuple(sorted(selected.excluded)),
        incomplete,
        lacking(found, every),
        whole,
        tuple(_warnings(found)),
        {part.manifest.node.peer_id: part.node for part in found.parts if part.manifest.node.peer_id is not None},
        quotas_of[0] if quotas_of else {},
        _history(catalogue, found, "").measured,
        lost(catalogue, (part.manifest for part in found.parts), options, selected),
    )


def _read(catalogue: Catalogue, backup_id: str, options: RestoreOptions, sure: bool = True) -> tuple[Found, Selection]:
    """All manifests of the id, whether the store holds what they name, and what is chosen. sure: see ``selection``."""
    manifests: list[Manifest] = []
    unread: dict[str, StoreError] = {}
    entries: Sequence[BackupEntry] = catalogue.nodes_of(backup_id)
    for entry, manifest in catalogue.manifests(entries):
        if isinstance(manifest, StoreError):
            unread[entry.node] = manifest
        else:
            manifests.append(manifest)
    if not manifests and unread:
        raise next(iter(unread.values()))
    names, selected = _names(manifests, backup_id, options, bool(unread), sure)
    there = {layout.segment(manifest.node.name) for manifest in manifests} | {entry.segment for entry in entries}
    expected = {name for manifest in manifests for name in manifest.expected_nodes}
    absent = tuple(sorted(name for name in expected if layout.segment(name) not in there))

    def asked(manifest: Manifest) -> dict[str, Any]:
        items = [item for item in manifest.collections if item.name in names]
        return dict(zip((item.archive.key for item in items), stored_facts(manifest, items, catalogue.store)))

    with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as pool:
        stored = {key: facts for found in pool.map(asked, manifests) for key, facts in found.items()}
    parts = tuple(Part(manifest, stored) for manifest in sorted(manifests, key=lambda one: one.node.name))
    why = {node: error.said or error.kind for node, error in unread.items()}
    return Found(backup_id, parts, names, absent, why), selected


def _names(
    manifests: Sequence[Manifest], backup_id: str, options: RestoreOptions, unread: bool, sure: bool
) -> tuple[tuple[str, ...], Selection]:
    """The chosen collections."""
    kinds = ("collection", "shard")
    names = {item.name for manifest in manifests for item in manifest.collections if item.kind in kinds}
    held = sorted(names.union(*(manifest.shards_elsewhere for manifest in manifests)))
    for pattern in unmatched(options.collections, held):
        if not unread:
            raise UsageError(
                f"Backup {backup_id} holds no collection {pattern!r}; it holds: {', '.join(held) or 'none'}",
                "Name one of these, or another backup (list them: qdrant-backup list --all-nodes).",
            )
    selected = selection(options, manifests, backup_id, sure and not unread)
    require_some(selected, held, backup_id)
    return tuple(selected.of(held)), selected


def _history(catalogue: Catalogue, found: Found, name: str) -> History:
    """What proofs tell of the first node's part."""
    for part in found.parts:
        if not name or part.manifest.entries(name):
            return read_history(catalogue, part.node, found.backup_id, must=False)
    return History()


def _newest_whole(catalogue: Catalogue, options: RestoreOptions, before: str) -> str:
    """The newest backup before this one that lacks nothing of the chosen collections, "" if none was found."""
    ids = sorted({entry.backup_id for entry in catalogue.backups() if entry.backup_id < before}, reverse=True)
    for backup_id in ids[:_LOOKED_AT]:
        try:
            found, dummy = _read(catalogue, backup_id, options, sure=False)
        except (StoreError, UsageError):
            continue
        if found.names and not missing(found, [archived(found, name, History()) for name in found.held]):
            return backup_id
    return ""


def _warnings(found: Found) -> Iterable[str]:
    for node, why in sorted(found.unread.items()):
        yield f"The manifest of node {node} of backup {found.backup_id} could not be read: {why}."
    for part in found.parts:
        for one in part.manifest.failed:
            yield f"Collection {one.name} failed on node {part.node} in backup {found.backup_id}."
        for text in noted_warnings(part.manifest):
            yield f"Node {part.node} made backup {found.backup_id} with a warning: {text}"
