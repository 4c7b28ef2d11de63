# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the node, the disk and the source everything that the plan needs. Changes nothing."""

from __future__ import annotations

import dataclasses
import os
import re
import stat
from typing import TYPE_CHECKING, Any

from .._base.errors import UsageError
from .._base.host import Host, free_bytes
from .._proof.check import check
from .._qdrant.client import Node
from .look import look_at
from .match import differences
from .source import Found, from_file, from_repository, from_snapshot, from_url
from .values import DELIVERIES, MODES, PRIORITIES, RestoreFacts, RestoreOptions, Source, Target

if TYPE_CHECKING:
    from .._repository.store import Store


def gather(options: RestoreOptions, node: Node, store: Store | None) -> RestoreFacts:
    """All facts of one restore. UsageError where the options contradict each other."""
    check_options(options, store is not None)
    version, cluster = node.version(), node.cluster()
    aliases, existing = node.aliases(), set(node.collections())
    found = _sources(options, node, store)
    sources = found.sources
    if options.name and len(sources) > 1:
        raise UsageError(
            f"name: {options.name} goes with one collection, {len(sources)} are chosen", "Name one in collections."
        )
    if options.alias and len(sources) > 1:
        raise UsageError(
            f"alias: {options.alias} goes with one collection, {len(sources)} are chosen", "Name one in collections."
        )
    intents = {intent.collection: intent for intent in Host(options.state_dir, node.url).intents()}
    targets = []
    for source in sources:
        name = options.name or source.collection
        target = look_at(name, node, options, aliases, name in existing, intents.get(name))
        if cluster.enabled and options.mode == "new" and target.exists:
            target = dataclasses.replace(target, agrees=_agrees(node, source, target))
        targets.append(target)
    return RestoreFacts(
        collections=frozenset(existing),
        node_url=node.url,
        version=version,
        cluster_enabled=cluster.enabled,
        aliases=aliases,
        recoveries_running=node.recoveries_running(),
        pairs=tuple(zip(sources, targets)),
        **_free(options),
        can_presign=store is not None and store.kind == "s3",
        can_place_file=bool(options.snapshots_dir) and os.access(options.snapshots_dir, os.W_OK),
        incomplete=found.incomplete,
        warnings=found.warnings,
        left_out=found.left_out,
    )


def _free(options: RestoreOptions) -> dict[str, Any]:
    """Free bytes of the node's disks. Where nobody named the storage folder, it may lie beside the snapshots."""
    storage = options.storage_dir
    if not storage and options.snapshots_dir:
        storage = os.path.join(os.path.dirname(os.path.abspath(options.snapshots_dir)), "storage")
    snapshots, storage = _seen(options.snapshots_dir), _seen(storage)
    return {
        "free_bytes": free_bytes(snapshots or None),
        "storage_free_bytes": free_bytes(storage or None),
        "one_disk": not (snapshots and storage) or os.stat(snapshots).st_dev == os.stat(storage).st_dev,
    }


def _seen(folder: str) -> str:
    """The folder, or "" where it cannot be seen from here. Where systemd hides it, something without any rights lies in
    its place, on another disk."""
    try:
        about = os.stat(folder)
    except (OSError, ValueError):
        return ""
    return folder if stat.S_ISDIR(about.st_mode) and stat.S_IMODE(about.st_mode) else ""


def _agrees(node: Node, source: Source, target: Target) -> bool:
    """Whether a collection is there as the backup has it: in a cluster, because other nodes have brought it back."""
    if source.probe is None or target.intent is not None or differences(source.config or {}, target.config or {}):
        return False
    return check(node, target.name, source.probe, archive_count=source.archive_count, wait=1.0).agreed


def check_options(options: RestoreOptions, has_store: bool) -> None:
    """Whether the options make sense together; UsageError says which do not."""
    if options.mode not in MODES:
        raise UsageError(f"mode {options.mode!r} is unknown", f"Choose one of {', '.join(MODES)}.")
    if options.delivery not in DELIVERIES:
        raise UsageError(f"delivery {options.delivery!r} is unknown", f"Choose one of {', '.join(DELIVERIES)}.")
    given = [word for word in ("snapshot", "src", "snapshot_url") if getattr(options, word)]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other", "Name one source.")
    if not given and not has_store:
        raise UsageError(
            "There is nothing to restore from", "Name a repository (bucket or path), snapshot, src or snapshot_url."
        )
    if options.delivery == "file" and not options.snapshots_dir and not options.snapshot:
        raise UsageError(
            "delivery: file needs snapshots_dir, this host's view of the node's snapshots folder",
            "Give it, or choose another delivery.",
        )
    _check_values(options)


def _check_values(options: RestoreOptions) -> None:
    if options.priority not in PRIORITIES:
        raise UsageError(f"priority {options.priority!r} is unknown", f"Choose one of {', '.join(PRIORITIES)}.")
    if options.min_free < 0:
        raise UsageError(f"min_free is {options.min_free}", "Give a number of bytes, 0 or more.")
    for word, seconds in (("ready_timeout", options.ready_seconds), ("silence_timeout", options.silence_seconds)):
        if seconds <= 0:
            raise UsageError(f"{word} is {seconds:g}", "Give more than 0 seconds.")
    if options.checksum and not re.fullmatch("[0-9a-fA-F]{64}", options.checksum):
        raise UsageError(f"checksum {options.checksum!r} is no SHA-256", "Give its 64 hexadecimal digits.")
    if options.snapshot_url and not re.match("https?://[^/]", options.snapshot_url):
        raise UsageError(
            "snapshot_url is no URL that a node reads", "Begin it with https:// or http://, then the host."
        )


def _sources(options: RestoreOptions, node: Node, store: Store | None) -> Found:
    if options.snapshot:
        return Found((from_snapshot(node, options),))
    if options.src:
        return Found((from_file(options),))
    if options.snapshot_url:
        return Found((from_url(options, node),))
    from .._repository.catalogue import Catalogue

    if store is None:
        raise UsageError("There is no repository to restore from", "Name bucket or path.")
    return from_repository(Catalogue(store, options.cluster), store, options)
