# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Push: store the snapshots that are not in the repository yet, and commit them as backups.

The server is not asked about contents, so there are no probes: the highest grade of such a backup is 1. If the
snapshots
come from a node, its version, its aliases and its peer id are recorded.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any, Callable

from .._archive.facts import ArchiveFacts
from .._archive.inspect import inspect_file
from .._base.choose import is_glob, unmatched
from .._base.clock import now, utc_text
from .._base.errors import EngineError, RefusedError
from .._base.progress import Progress, silent
from .._base.version import VERSION
from .._options import HOST, SYNC, field
from .._proof.grades import grade_one
from .._qdrant.client import Node
from .._qdrant.scope import Scope
from .._repository import layout
from .._repository.catalogue import Catalogue
from .._repository.errors import StoreError
from .._repository.keeper import node_lock
from .._repository.manifest import ArchiveEntry, CollectionEntry, FailedEntry, Manifest, NodeEntry, ShardsEntry
from .._repository.store import warnings_of
from .local import LocalArchive, in_folder, on_node
from .plan import Round, push_plan, rounds
from .seen import NO_NODE, NodeSeen, look

_CHECK_NAME = "Check the name, or create a snapshot of it first."
_NO_PROBES = "The pushed snapshots have no probes, so the highest grade of their backups is 1."


@dataclasses.dataclass(frozen=True)
class PushOptions:
    """Options of ``push``."""

    node_name: str
    folder: str | None = field(SYNC, "folder")  #: the folder with snapshots, None to list them on the node
    collections: tuple[str, ...] = field(SYNC, "collections")
    spool_dir: str | None = field(HOST, "spool_dir")  #: folder for downloads from the node


def push(
    options: PushOptions,
    catalogue: Catalogue,
    node: Callable[[], Node],
    *,
    check: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """{"changed", "ok", "plan", "backups": [{"backup_id", "collections": [...]}], "failed": [...], "sent_bytes",
    "warnings", "diff"}. A second run finds all archives stored and changes nothing."""
    local, warnings = in_folder(options.folder) if options.folder else (on_node(node()), [])
    seen = NO_NODE if options.folder else look(node())
    found, stored = _missing(options, catalogue, local)
    plan = push_plan(found, options.folder or "the node's snapshots", catalogue.store.url)
    lacking = unmatched(options.collections, [archive.collection for archive in local])
    where, inside = (options.folder, f"in {options.folder}") if options.folder else ("the node", "on the node")
    names = sorted(f"{archive.collection}/{archive.file}" for one in found for archive in one.archives)
    report: dict[str, Any] = {
        "plan": plan.as_dict(),
        "backups": [],
        "failed": [_unknown(name, where) for name in lacking if not is_glob(name)],
        "warnings": [
            *warnings,
            *(f"No snapshot {inside} is of a collection that matches {name}." for name in lacking if is_glob(name)),
            *([] if local or warnings or lacking else [f"No snapshot of a collection was found {inside}."]),
            *([_NO_PROBES] if found else []),
        ],
        "diff": {"before": {"archives": stored}, "after": {"archives": sorted([*stored, *names])}},
    }
    sent = catalogue.store.sent_bytes
    if found and not check:
        # A push commits backups of the node, so it excludes its other runs: a second push, a backup.
        with node_lock(catalogue.store, catalogue.cluster, options.node_name, "a push", "") as keeper:
            for one in found:
                keeper.confirm()
                committed, failed = _Pusher(options, catalogue, node, seen, progress).store(one)
                report["backups"] += [committed] if committed else []
                report["failed"] += failed
            report["warnings"] += keeper.warnings
    report["sent_bytes"] = catalogue.store.sent_bytes - sent
    report["changed"] = bool(found) if check else bool(report["backups"])
    report["ok"] = not report["failed"]
    return report


def _missing(
    options: PushOptions, catalogue: Catalogue, local: Sequence[LocalArchive]
) -> tuple[list[Round], list[str]]:
    stored: set[tuple[str, str, int]] = set()
    ids = set()
    for entry, manifest in catalogue.manifests(catalogue.backups(options.node_name)):
        if isinstance(manifest, StoreError):
            raise manifest
        ids.add(entry.backup_id)
        for item in manifest.collections:
            stored |= {(item.name, name, size) for name, size in _holds(item)}
    known = {f"{collection}/{file}" for collection, file, dummy in stored}
    return rounds(local, stored, ids, options.collections), sorted(known)


def _holds(item: CollectionEntry) -> set[tuple[str, int]]:
    """The snapshots, by file name and size, whose contents a manifest entry holds: its archive's own, and the one that
    a backup did not upload, because the archive of the previous backup has the same contents."""
    own = item.archive.bytes
    found = {(layout.name_of(item.archive.key.rpartition("/")[2]), own), (str(item.extra.get("file", "")), own)}
    taken = item.extra.get("snapshot")
    if isinstance(taken, dict):
        size = taken.get("bytes")
        found.add((str(taken.get("name", "")), size if isinstance(size, int) else own))
    return {(name, size) for name, size in found if name}


class _Pusher:
    """Stores the archives of one round and commits them."""

    def __init__(
        self,
        options: PushOptions,
        catalogue: Catalogue,
        node: Callable[[], Node],
        seen: NodeSeen,
        progress: Progress,
    ) -> None:
        self.options, self.catalogue, self.node, self.seen, self.progress = options, catalogue, node, seen, progress

    def store(self, one: Round) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        """The backup that was committed (None when no archive of the round was good), and what failed."""
        started, entries, failed = now(), [], []
        for archive in one.archives:
            try:
                entries.append(self._store(archive, one.backup_id))
            except StoreError as error:
                if error.kind not in ("exists", "bad_digest"):
                    raise
                failed.append(_failure(archive.collection, archive.file, error))
            except EngineError as error:
                failed.append(_failure(archive.collection, archive.file, error))
        if not entries:
            return None, failed
        warnings = warnings_of(self.catalogue.store)
        manifest = Manifest(
            backup_id=one.backup_id,
            cluster=self.catalogue.cluster,
            node=NodeEntry(self.options.node_name, self.seen.peer_id, self.seen.version_of(one.archives)),
            tool_version=VERSION,
            started_at=utc_text(started),
            finished_at=utc_text(now()),
            aliases=self.seen.aliases_of(entry.name for entry in entries),
            collections=tuple(entries),
            failed=tuple(FailedEntry(item["collection"], item["message"]) for item in failed),
            extra={"pushed": True, **({"warnings": warnings} if warnings else {})},
        )
        self.catalogue.commit(manifest)
        stored = [{"name": entry.name, "archive": entry.archive.key, "bytes": entry.archive.bytes} for entry in entries]
        return {"backup_id": one.backup_id, "collections": stored}, failed

    def _store(self, archive: LocalArchive, backup_id: str) -> CollectionEntry:
        with self._at_hand(archive) as path:
            facts = inspect_file(path)
            _check(archive, facts)
            key = layout.archive_key(
                self.catalogue.cluster, self.options.node_name, backup_id, archive.collection, archive.file
            )
            entry = _entry(archive, key, facts)
            try:
                self.catalogue.store.put_file(key, path, if_absent=True, progress=self.progress)
            except StoreError as error:
                # It is left over from a push that was killed before its commit: use it if it is the same.
                if error.kind != "exists" or not grade_one(self.catalogue.store, entry).ok:
                    raise
        return entry

    @contextlib.contextmanager
    def _at_hand(self, archive: LocalArchive) -> Iterator[str]:
        if archive.path:
            yield archive.path
            return
        folder = self.options.spool_dir or tempfile.gettempdir()
        with contextlib.ExitStack() as stack:
            try:
                os.makedirs(folder, mode=0o700, exist_ok=True)
                work = stack.enter_context(tempfile.TemporaryDirectory(prefix="qdrant-backup-", dir=folder))
                path = os.path.join(work, "archive")
                scope = Scope.collection(archive.collection)
                with self.node().download_snapshot(scope, archive.file) as download, open(path, "wb") as handle:
                    for chunk in download:
                        handle.write(chunk)
            except OSError as error:
                said = error.strerror or str(error)
                following = "Free space there, set spool_dir, or set folder so that no download is needed."
                raise EngineError("spool snapshots in", folder, said, following) from None
            yield path


def _check(archive: LocalArchive, facts: ArchiveFacts) -> None:
    """RefusedError if the archive is incomplete, damaged, or not a collection's."""
    wrong = [problem.rstrip(".") for problem in facts.problems]
    if not wrong and facts.kind != "collection":
        wrong = [f"it is the archive of a {facts.kind} snapshot"]
    if archive.checksum and archive.checksum != facts.sha256:
        wrong.insert(0, "its sha256 is not the one in the checksum file beside it")
    if wrong:
        raise RefusedError(
            "store",
            f"{archive.collection}/{archive.file}",
            "; ".join(wrong[:3]),
            "If Qdrant is still writing it, push again later.",
        )


def _entry(archive: LocalArchive, key: str, facts: ArchiveFacts) -> CollectionEntry:
    return CollectionEntry(
        name=archive.collection,
        kind="collection",
        archive=ArchiveEntry(
            key, facts.bytes, facts.sha256, facts.content_digest, extra={"largest_segment": facts.largest_segment}
        ),
        config=facts.config or {},
        payload_schema=facts.payload_schema or {},
        shards=ShardsEntry(
            captured=tuple(sorted(facts.captured_shards)),
            known={
                str(shard): {"state": about.state, "key": _key_of(shard, facts), "peers": []}
                for shard, about in facts.shards.items()
            },
        ),
        extra={"file": archive.file},
    )


def _key_of(shard: int, facts: ArchiveFacts) -> Any:
    return next((key for key, ids in facts.shard_keys.items() if shard in ids), None)


def _unknown(name: str, where: str) -> dict[str, Any]:
    said = f"{where} has no snapshot of this collection"
    return _failure(name, "", EngineError("push", f"collection {name}", said, _CHECK_NAME))


def _failure(collection: str, file: str, error: EngineError) -> dict[str, Any]:
    return {"collection": collection, "file": file, **error.as_dict()}
