# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a collection with a backup of it. Nothing is changed."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from .._base.host import Host
from .._base.progress import Progress, silent
from .._proof.by_engine import EngineOptions
from .._qdrant.client import Node
from .comparison import compare_all, counts_of, samples_of
from .live_copy import live_copy
from .opening import decide_way, open_backup
from .options import PointsOptions, selection_of, unmatched
from .plan import command
from .servers import require_own
from .source import Source, differing_vectors, find

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue


def diff(
    options: PointsOptions,
    engine: EngineOptions,
    node: Node,
    catalogue: Catalogue,
    *,
    check: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """{"changed": False, "ok": True, "collection", "name": the live collection, "backup_id", "nodes": whose archives
    were read, "identical", "points": see ``Difference.counts``, "samples": {"missing", "changed", "new": ids},
    "lacking": shards in no archive, "opened_with": engine or node, "bytes": read from the store, "memory": bytes for
    what differs, "seconds", "warnings"}.

    UsageError, RefusedError, StoreError, QdrantError, EngineError.
    """
    started = time.monotonic()
    way = decide_way(options, "compare a backup with a collection", check=check)
    selection = selection_of(options)
    source = find(catalogue, options)
    about = node.collection(options.target)
    source = require_own(
        "compare", source, options, node, catalogue, lambda named: command(options, named, verb="diff")
    )
    warnings = [*warnings_of(source), *_differing(source, options, about), *mixed(options, node)]
    with contextlib.ExitStack() as stack:
        backup = stack.enter_context(open_backup(way, options, engine, catalogue.store, source, node, progress))
        copy = None
        if options.live_snapshot:
            stack.enter_context(Host(options.state_dir, node.url).lock("diff"))
            copy = stack.enter_context(live_copy(node, options.target, source, engine, progress=progress))
        parts = compare_all(
            backup, node, options.target, source, selection, digests=True, new=True, copy=copy, progress=progress
        )
    counts = counts_of(parts)
    warnings += unmatched(selection, counts)
    return {
        "changed": False,
        "ok": True,
        "collection": options.collection,
        "name": options.target,
        "backup_id": source.backup_id,
        "nodes": list(source.nodes),
        "identical": not (counts["missing"] or counts["changed"] or counts["new"]),
        "points": counts,
        "samples": samples_of(parts),
        "lacking": list(source.lacking),
        "opened_with": way,
        "bytes": source.bytes,
        "memory": sum(part.found.bytes for part in parts),
        "seconds": round(time.monotonic() - started, 3),
        "warnings": warnings,
    }


def warnings_of(source: Source) -> list[str]:
    """What the comparison cannot see."""
    warnings = list(source.warnings)
    if source.lacking:
        shards = ", ".join(map(str, source.lacking))
        warnings.append(
            f"Shard {shards} of {source.collection} is in no archive of backup {source.backup_id}: its points are not "
            "compared, and count as new."
        )
    return warnings


def _differing(source: Source, options: PointsOptions, about: Any) -> list[str]:
    return [f"{options.target}: {text}." for text in differing_vectors(source.about, about)]


def mixed(options: PointsOptions, node: Node) -> list[str]:
    """The notes of restores of the live collection that did not end. They have its own name, and the target may be an
    alias. QdrantError."""
    intents = Host(options.state_dir, node.url).intents()
    names = {options.target, node.aliases().get(options.target, options.target)} if intents else set()
    return [intent.warning() for intent in intents if any(map(intent.concerns, names))]
