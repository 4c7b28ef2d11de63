# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest: written last, once. Until it is there, nothing was backed up."""

from __future__ import annotations

from collections.abc import Sequence

from .._base.clock import now, utc_text
from .._base.errors import EngineError, LockedError
from .._base.version import VERSION
from .._repository.errors import StoreError
from .._repository.manifest import CollectionEntry, FailedEntry, Manifest, NodeEntry, dump
from . import shrink
from .opening import Repository
from .options import BackupOptions
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
    """The document of this backup. Pure but for the time. unused: keys of archives that no entry names."""
    extra: dict[str, object] = {"unused": list(unused)} if unused else {}
    if plan.elsewhere:
        extra["elsewhere"] = list(plan.elsewhere)
    if warnings:
        extra["warnings"] = list(warnings)
    if plan.suspect:
        extra["suspect"] = {"why": "; ".join(plan.suspect), "gone": {key: list(plan.gone[key]) for key in plan.gone}}
    aliases = recorded_aliases(options, facts, entries, failed)
    carried = shrink.carried(
        plan.previous,
        plan.gone,
        facts.names,
        [entry.name for entry in entries],
        [name for name, dummy in failed],
        aliases,
        options,
    ).as_dict()
    if carried:
        extra["carried"] = carried
    return Manifest(
        backup_id=options.backup_id,
        cluster=options.cluster,
        node=NodeEntry(options.node, facts.peer_id, facts.version),
        tool_version=VERSION,
        started_at=started_at,
        finished_at=utc_text(now()),
        expected_nodes=tuple(options.expected_nodes) or (options.node,),
        aliases=aliases,
        collections=tuple(entries),
        failed=tuple(FailedEntry(name, error) for name, error in failed),
        extra=extra,
    )


def recorded_aliases(
    options: BackupOptions,
    facts: NodeFacts,
    entries: Sequence[CollectionEntry],
    failed: Sequence[tuple[str, str]],
) -> dict[str, str]:
    """All of the node's aliases, or those of the collections that were asked for."""
    held = {entry.name for entry in entries} | {name for name, dummy in failed} | set(facts.selection.names)
    return {alias: name for alias, name in sorted(facts.aliases.items()) if name in held or not options.collections}


def commit(repository: Repository, manifest: Manifest) -> None:
    """Make it a backup. LockedError where the lock was lost meanwhile or somebody else committed this id."""
    body = dump(manifest)
    if repository.keeper is not None:
        repository.keeper.sure()
    try:
        repository.store.put(repository.manifest_key, body, if_absent=True)
    except StoreError as error:
        if error.kind != "exists":
            raise
        # An answer that was lost on the way looks the same from here.
        if repository.store.get(repository.manifest_key).data != body:
            raise LockedError(
                "commit backup",
                f"{manifest.backup_id} of {manifest.cluster}/{manifest.node.name}",
                "another run committed it meanwhile",
                "Two hosts must not use one node name: set node on each of them.",
            ) from None


def nothing_stored(options: BackupOptions, failed: Sequence[tuple[str, str]]) -> EngineError:
    """Every collection failed: there is nothing to commit."""
    first = failed[0][1]
    more = f" ({len(failed) - 1} more collections failed as well)" if len(failed) > 1 else ""
    return EngineError(
        "back up",
        f"{options.cluster}/{options.node} as {options.backup_id}",
        f"no collection could be backed up{more}. {first}",
        "Nothing was committed; earlier backups are untouched.",
        failed=[{"name": name, "error": error} for name, error in failed],
    )
