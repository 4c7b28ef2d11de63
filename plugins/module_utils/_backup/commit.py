# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest: written last, once. Without it, there is no backup."""

from __future__ import annotations

from collections.abc import Sequence

from .._base.clock import now, utc_text
from .._base.errors import EngineError, LockedError
from .._base.version import VERSION
from .._repository.errors import StoreError
from .._repository.manifest import CollectionEntry, FailedEntry, Manifest, NodeEntry, dump
from .._repository.parts import SHARD
from . import shrink
from .opening import Repository
from .options import BackupOptions
from .plan import is_per_shard
from .values import BackupPlan, NodeFacts


def build(
    options: BackupOptions,
    facts: NodeFacts,
    plan: BackupPlan,
    started_at: str,
    entries: Sequence[CollectionEntry],
    failed: Sequence[tuple[str, str]],
    warnings: Sequence[str],
    unused: Sequence[str] = (),
) -> Manifest:
    """The manifest of this backup. Pure except for the time. unused: keys of archives that no entry names."""
    extra: dict[str, object] = {"keep_local": options.keep_local}
    if unused:
        extra["unused"] = list(unused)
    if plan.elsewhere:
        extra["elsewhere"] = list(plan.elsewhere)
    if is_per_shard(options, facts):
        extra["cluster_capture"] = SHARD
    if plan.shards_elsewhere:
        extra["shards_elsewhere"] = {name: dict(known) for name, known in plan.shards_elsewhere.items()}
    if facts.quotas:
        extra["quotas"] = dict(facts.quotas)
    if warnings:
        extra["warnings"] = list(warnings)
    if plan.suspect:
        extra["suspect"] = {"why": "; ".join(plan.suspect), "gone": {key: list(plan.gone[key]) for key in plan.gone}}
    aliases = recorded_aliases(options, facts, entries, failed)
    carried = shrink.carried(
        plan.previous,
        plan.gone,
        facts.names,
        [*(entry.name for entry in entries), *plan.shards_elsewhere],
        [name for name, dummy in failed],
        aliases,
        options,
    ).as_dict()
    if carried:
        extra["carried"] = carried
    return Manifest(
        backup_id=options.backup_id,
        cluster=options.cluster,
        node=NodeEntry(options.node, facts.peer_id, facts.version, plan.servers),
        tool_version=VERSION,
        started_at=started_at,
        finished_at=utc_text(now()),
        expected_nodes=tuple(options.expected_nodes) or (options.node,),
        aliases=aliases,
        collections=tuple(entries),
        failed=tuple(FailedEntry(name, error) for name, error in failed),
        extra=extra,
    )


def build_part(
    options: BackupOptions,
    facts: NodeFacts,
    started_at: str,
    entries: Sequence[CollectionEntry],
    failed: Sequence[tuple[str, str]],
    warnings: Sequence[str],
) -> Manifest:
    """A later part of a committed manifest: only shards that were added, and what failed with them."""
    extra: dict[str, object] = {"cluster_capture": SHARD}
    if warnings:
        extra["warnings"] = list(warnings)
    return Manifest(
        backup_id=options.backup_id,
        cluster=options.cluster,
        node=NodeEntry(options.node, facts.peer_id, facts.version),
        tool_version=VERSION,
        started_at=started_at,
        finished_at=utc_text(now()),
        expected_nodes=tuple(options.expected_nodes) or (options.node,),
        collections=tuple(entries),
        failed=tuple(FailedEntry(name, error) for name, error in failed),
        extra=extra,
    )


def commit_part(repository: Repository, part: Manifest) -> str:
    """Commit a later part; returns its key. LockedError if the lock was lost, or another run committed one."""
    if repository.keeper is not None:
        repository.keeper.sure()
    catalogue = repository.catalogue
    own = [entry for entry in catalogue.backups(part.node.name) if entry.backup_id == part.backup_id]
    try:
        return catalogue.commit_part(own[0], part)
    except StoreError as error:
        if error.kind != "exists":
            raise
        raise LockedError(
            "add to backup",
            f"{part.backup_id} of {part.cluster}/{part.node.name}",
            "another run added to it first",
            "Run again: what is still missing is stored then.",
        ) from None


def recorded_aliases(
    options: BackupOptions,
    facts: NodeFacts,
    entries: Sequence[CollectionEntry],
    failed: Sequence[tuple[str, str]],
) -> dict[str, str]:
    """All aliases of the node, or those of the selected collections."""
    held = {entry.name for entry in entries} | {name for name, dummy in failed} | set(facts.selection.names)
    return {alias: name for alias, name in sorted(facts.aliases.items()) if name in held or not options.collections}


def commit(repository: Repository, manifest: Manifest) -> None:
    """Commit the backup. LockedError if the lock was lost, or another run committed this id."""
    if repository.keeper is not None:
        repository.keeper.sure()
    try:
        repository.catalogue.commit(manifest)
    except StoreError as error:
        if error.kind != "exists":
            raise
        # A lost answer has the same effect.
        if repository.store.get(repository.manifest_key).data != dump(manifest):
            raise LockedError(
                "commit backup",
                f"{manifest.backup_id} of {manifest.cluster}/{manifest.node.name}",
                "another run committed it first",
                "Two hosts must not use one node name: set a different node on each of them.",
            ) from None


def nothing_stored(options: BackupOptions, failed: Sequence[tuple[str, str]]) -> EngineError:
    """Every collection failed: there is nothing to commit."""
    first = failed[0][1]
    more = f" ({len(failed) - 1} more collections also failed)" if len(failed) > 1 else ""
    return EngineError(
        "back up",
        f"{options.cluster}/{options.node} as {options.backup_id}",
        f"no collection could be backed up{more}. {first}",
        failed=[{"name": name, "error": error} for name, error in failed],
    )
