# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an archive comes from: the repository, the node itself, a file on this host, a URL. Facts only."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shlex
import urllib.parse
from typing import TYPE_CHECKING, Any

from .._archive.facts import ArchiveFacts
from .._archive.hashing import side_checksum
from .._archive.inspect import inspect, inspect_file
from .._base.choose import Selection, unmatched
from .._base.choose import chosen as chosen_names
from .._base.command import option, with_names
from .._base.errors import EngineError, UsageError
from .._base.sentences import joined
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.foreign import open_archive
from .._qdrant.names import SnapshotName, parse_snapshot_name
from .._qdrant.scope import Scope
from .._repository.fields import texts
from .._repository.parts import SHARD
from . import servers
from .history import read_history
from .selection import require_some, selection
from .stored import stored_facts
from .values import BackupServers, Lost, Measured, RestoreOptions, Source, in_order
from .wholeness import Wholeness, judge, lacking, lost, other_nodes

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue
    from .._repository.manifest import CollectionEntry, Manifest

_PULL = "It is not restored here: fetch it (module s3_snapshot_sync, direction: pull) and let the node recover it."


@dataclasses.dataclass(frozen=True)
class Found:
    """The sources of one restore. incomplete: why the backup is not whole, "" if it is, or if this is not known;
    incomplete_of: the collections that lack something; left_out: collections that were asked for and of which this
    node's backup holds nothing, because it had no shard of them; excluded: collections that are not restored on
    request; servers: whose the backups under this node's name are, None outside a repository; quotas: of the backup;
    measured: earlier restores; lost: what the newest backup was made too late for."""

    sources: tuple[Source, ...]
    incomplete: str = ""
    incomplete_of: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    servers: BackupServers | None = None
    quotas: dict[str, Any] = dataclasses.field(default_factory=dict)
    measured: Measured | None = None
    lost: Lost | None = None


def from_repository(catalogue: Catalogue, options: RestoreOptions) -> Found:
    """Sources of one committed backup of one node.

    Archives that the manifest names and the store lacks, has in another size, or keeps in a class that cannot be read
    at once, are problems of their source.
    """
    node_name = options.node_name or catalogue.own_node()
    entry = catalogue.choose(options.backup_id, before=options.before or None, node=node_name)
    manifest = catalogue.manifest(entry)
    _require_patterns(catalogue, manifest, options)
    selected = selection(options, (manifest,), manifest.backup_id)
    require_some(selected, [*manifest.names, *manifest.shards_elsewhere, *_elsewhere(manifest)], manifest.backup_id)
    _refuse_shards(manifest, options, selected)
    chosen = _chosen(manifest, selected)
    failed = [one.name for one in manifest.failed]
    warnings = [f"Collection {name} failed in backup {manifest.backup_id} and is not in it." for name in failed]
    warnings += [f"Backup {manifest.backup_id} was made with a warning: {text}" for text in noted_warnings(manifest)]
    warnings += _not_selected(manifest, selected)
    other = [c for c in chosen if c.kind != "collection"]
    if other and len(other) == len(chosen):
        raise UsageError(_other_kind(other[0], manifest), _PULL)
    warnings += [f"{_other_kind(item, manifest)}. {_PULL}" for item in other]
    whole = [item for item in chosen if item.kind == "collection"]
    empty = [item for item in whole if item.shards.known and not item.shards.captured]
    left_out = [item.name for item in empty] + selected.of(_elsewhere(manifest))
    warnings += [_nothing_of_it(name, manifest) for name in left_out]
    held = [item for item in whole if item not in empty]
    whole_or_not = judge(held, other_nodes(catalogue, manifest)) if lacking(held) else Wholeness()
    warnings += whole_or_not.unseen
    busy = any(not item.points.quiet for item in held)
    history = read_history(catalogue, manifest.node.name, manifest.backup_id, must=busy)
    stored = stored_facts(manifest, held, catalogue.store)
    sources = [
        dataclasses.replace(
            _from_entry(item, manifest),
            **found,
            archive_count=None if item.points.quiet else history.counts.get(item.name),
            grade=history.grades.get(item.name, 0) if history.read else None,
        )
        for item, found in zip(held, stored)
    ]
    return Found(
        tuple(sources),
        whole_or_not.incomplete,
        whole_or_not.collections,
        tuple(warnings),
        tuple(left_out),
        tuple(sorted(selected.excluded)),
        servers.behind(catalogue, manifest, options),
        manifest.quotas,
        history.measured,
        lost(catalogue, (manifest,), options, selected),
    )


def _refuse_shards(manifest: Manifest, options: RestoreOptions, selected: Selection) -> None:
    """UsageError if a chosen collection was captured per shard: the archives of one node are then a part of it, and no
    archive says which shard it is of."""
    of_shards = {item.name for item in manifest.collections if item.kind == SHARD}
    names = sorted(selected.of([*of_shards, *manifest.shards_elsewhere]))
    if not names:
        return
    words = ["--backup-id", manifest.backup_id]
    words += [word for name in manifest.expected_nodes for word in ("--node-url", f"{name}=URL")]
    words += [word for pattern in options.exclude if not options.collections for word in option("--exclude", pattern)]
    again = shlex.join(["qdrant-backup", "restore", *with_names(names if options.collections else [], words)])
    raise UsageError(
        f"Backup {manifest.backup_id} of {manifest.node.name} holds {', '.join(names)} in archives of single shards, "
        "which are restored on all nodes of the cluster at once",
        f"Give the address of every node: {again}",
    )


def _not_selected(manifest: Manifest, selected: Selection) -> list[str]:
    """What of the asked collections the backup's run was not asked for: earlier backups hold it."""
    names = selected.of(manifest.not_selected)
    if not names:
        return []
    return [
        f"Backup {manifest.backup_id} is of selected collections. It does not hold {', '.join(names)}, which earlier "
        f"backups hold (qdrant-backup list {shlex.quote(names[0])})."
    ]


def noted_warnings(manifest: Manifest) -> list[str]:
    """Those of the whole backup, for example that its lock promised less."""
    return texts(manifest.extra.get("warnings"))


def _require_patterns(catalogue: Catalogue, manifest: Manifest, options: RestoreOptions) -> None:
    """UsageError for a name or glob that matches nothing in the backup."""
    names = [*manifest.names, *manifest.shards_elsewhere, *_elsewhere(manifest)]
    for pattern in unmatched(options.collections, names):
        raise UsageError(_not_in_backup(pattern, manifest), _where_it_is(catalogue, options, manifest, pattern))


def _chosen(manifest: Manifest, selected: Selection) -> list[CollectionEntry]:
    """The chosen archives, in the order of the patterns."""
    chosen: list[CollectionEntry] = []
    for pattern in selected.patterns or manifest.names:
        names = chosen_names((pattern,), selected.of(manifest.names))
        chosen += [item for item in manifest.collections if item.name in names and item not in chosen]
    return chosen


def _elsewhere(manifest: Manifest) -> list[str]:
    """Collections of which the node had no shard."""
    return texts(manifest.extra.get("elsewhere"))


def _nothing_of_it(name: str, manifest: Manifest) -> str:
    return (
        f"Node {manifest.node.name} had no shard of {name}: its backup holds nothing of it, and nothing is "
        "restored here. The backups of other nodes have it."
    )


def _not_in_backup(pattern: str, manifest: Manifest) -> str:
    names = ", ".join(sorted(c.name for c in manifest.collections)) or "none"
    alias = manifest.aliases.get(pattern)
    hint = f" ({pattern} was an alias of {alias})" if alias else ""
    return f"Backup {manifest.backup_id} holds no collection {pattern!r}{hint}; it holds: {names}"


def _other_kind(item: CollectionEntry, manifest: Manifest) -> str:
    return f"Backup {manifest.backup_id} holds {item.name} as an archive of kind {item.kind}, not of a whole collection"


def _where_it_is(catalogue: Catalogue, options: RestoreOptions, manifest: Manifest, name: str) -> str:
    """The newest backup that holds it: where a collection fails, the others are committed without it."""
    try:
        entry = catalogue.choose(before=options.before or None, node=manifest.node.name, collection=name)
    except EngineError:
        return "Name one of these, or leave collections out."
    return f"The newest backup that holds it is {entry.backup_id}: add --backup-id {entry.backup_id} (backup_id)."


def _from_entry(item: CollectionEntry, manifest: Manifest) -> Source:
    known = {int(shard) for shard in item.shards.known}
    keys: dict[Any, list[int]] = {}
    for shard, about in item.shards.known.items():
        if about.get("key") is not None:
            keys.setdefault(about["key"], []).append(int(shard))
    segment = item.archive.extra.get("largest_segment")
    return Source(
        kind="repository",
        collection=item.name,
        location=item.archive.key,
        bytes=item.archive.bytes,
        sha256=item.archive.sha256,
        config=item.config,
        payload_schema=item.payload_schema,
        points=item.points.before,
        quiet=item.points.quiet,
        probe=item.probe or None,
        qdrant_version=manifest.node.qdrant_version or "",
        shards=frozenset(item.shards.captured),
        known_shards=frozenset(known),
        shard_keys=in_order(keys),
        aliases=tuple(sorted(a for a, target in manifest.aliases.items() if target == item.name)),
        siblings=frozenset(manifest.names),
        node=manifest.node.name,
        backup_id=manifest.backup_id,
        largest_segment=segment if isinstance(segment, int) else None,
        suspect=str((item.suspect or {}).get("why", "")),
        peer_id=manifest.node.peer_id,
        made_at=manifest.started_at,
        shard_peers={
            int(shard): frozenset(int(peer) for peer in about.get("peers") or ())
            for shard, about in item.shards.known.items()
        },
    )


def from_snapshot(name: str, node: Node, options: RestoreOptions) -> Source:
    """A snapshot that the node lists under the collection. While the collection is gone, the node lists none and gives
    none away, but the files still lie in its folder."""
    collection = _only_collection(options, parse_snapshot_name(name))
    scope = Scope.collection(collection)
    try:
        listed = {s.name: s for s in node.list_snapshots(scope)}
    except QdrantError as error:
        if error.kind != "not_found":
            raise
        return _from_folder(name, collection, node, options)
    if name not in listed:
        # The collection's name may be an alias now: the node then lists the snapshots of what that points to.
        folder = os.path.join(options.snapshots_dir, collection) if options.snapshots_dir else ""
        if folder and collection in node.aliases() and os.path.isfile(os.path.join(folder, os.path.basename(name))):
            return _from_folder(name, collection, node, options)
        names = ", ".join(sorted(listed)) or "none"
        raise UsageError(
            f"{node.url} has no snapshot {name!r} of collection {collection}; it has: {names}",
            "Name one of these.",
        )
    if options.name or options.mode == "switch":  # else the refusal of a restore through an alias says what to do
        collection = node.aliases().get(collection, collection)  # its folder, and its name beside which is restored
    path = os.path.join(options.snapshots_dir, collection, name) if options.snapshots_dir else ""
    if path and os.access(path, os.R_OK):
        facts = inspect_file(path)
    else:
        with node.download_snapshot(scope, name) as download:
            facts = inspect(download)
    return _from_facts("snapshot", collection, name, facts, options.checksum or listed[name].checksum)


def _from_folder(name: str, collection: str, node: Node, options: RestoreOptions) -> Source:
    """A snapshot of a collection that is gone, in the node's snapshots folder."""
    storage = node.snapshot_storage()
    if storage.in_s3:
        raise UsageError(
            f"Collection {collection} is not on {node.url}, so the node neither lists nor gives its snapshots, which "
            f"it keeps in S3 ({storage.place()})",
            "Make a URL of the snapshot there (aws s3 presign s3://BUCKET/KEY), and restore from that (snapshot_url).",
        )
    if not options.snapshots_dir:
        raise UsageError(
            f"Collection {collection} is not on {node.url}, so the node neither lists nor gives its snapshots",
            "The files still lie in its snapshots folder: name that folder (snapshots_dir, and server_snapshots_path "
            "where the server sees it elsewhere).",
        )
    folder = os.path.join(options.snapshots_dir, collection)
    path = os.path.join(folder, os.path.basename(name))
    if not os.path.isfile(path) or os.path.basename(name) != name:
        with contextlib.suppress(OSError):
            there = sorted(one for one in os.listdir(folder) if one.endswith(".snapshot"))
            raise UsageError(
                f"{folder} holds no snapshot {name!r}; it holds: {', '.join(there) or 'none'}",
                "Name one of these.",
            )
        raise UsageError(f"There is no folder {folder} that can be read", "Check snapshots_dir; run as root.")
    if not os.access(path, os.R_OK):
        raise EngineError("read", path, "Permission denied", "Run as root or as Qdrant's user.")
    return _from_facts("snapshot", collection, name, inspect_file(path), options.checksum or side_checksum(path))


def from_file(src: str, options: RestoreOptions) -> Source:
    """An archive on this host."""
    if not os.path.isfile(src):
        raise UsageError(f"There is no file {src} on this host", "Check src.")
    collection = _only_collection(options, parse_snapshot_name(os.path.basename(src)))
    return _from_facts("file", collection, src, inspect_file(src), options.checksum)


def from_url(url: str, options: RestoreOptions, node: Node) -> Source:
    """An archive behind a URL, read once from here: what cannot be read or is not whole is refused before the node
    is asked. Where this host cannot read it, the node still may: then a checksum must be given."""
    name = urllib.parse.unquote(url.split("?", 1)[0].rsplit("/", 1)[-1])
    collection = _only_collection(options, parse_snapshot_name(name))
    own = url.startswith(node.url + "/")
    try:
        with open_archive(url, options.silence_timeout, node.options.api_key if own else None) as stream:
            facts = inspect(stream)
    except QdrantError as error:
        if options.checksum:
            return Source("url", collection, url, sha256=options.checksum, sized=False)
        hint = joined(error.next, "If only the node can read it, give its checksum (sha256).")
        raise EngineError(error.attempted, error.on, error.said, hint) from None
    return _from_facts("url", collection, url, facts, options.checksum)


def _only_collection(options: RestoreOptions, parsed: SnapshotName | None) -> str:
    """The collection that a single archive belongs to: the one named, else the one its file name tells."""
    if len(options.collections) == 1:
        return options.collections[0]
    if options.collections:
        raise UsageError("One archive restores one collection", "Name one in collections.")
    if parsed is not None and parsed.collection:
        return parsed.collection
    if options.name:
        return options.name
    raise UsageError("The archive's name does not tell its collection", "Name it in collections.")


def _from_facts(kind: str, collection: str, location: str, facts: ArchiveFacts, checksum: str | None) -> Source:
    problems = [problem.rstrip(".") for problem in facts.problems]
    if checksum and checksum.lower() != facts.sha256:
        problems.append(f"its sha256 is {facts.sha256}, expected was {checksum.lower()}")
    if facts.kind not in ("collection", "unknown"):
        problems.append(f"it is the archive of a {facts.kind} snapshot, and a collection's is needed")
    return Source(
        kind=kind,
        collection=collection,
        location=location,
        bytes=facts.bytes,
        sha256=facts.sha256,
        config=facts.config,
        payload_schema=facts.payload_schema,
        shards=frozenset(shard for shard, about in facts.shards.items() if about.has_data),
        known_shards=frozenset(facts.shards),
        shard_keys=in_order({key: list(ids) for key, ids in facts.shard_keys.items() if ids}),
        largest_segment=facts.largest_segment,
        problems=tuple(problems),
        unchecked=not checksum,
    )
