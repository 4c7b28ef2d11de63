# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contents of a repository, computed only from its manifests."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import json
import socket
from collections.abc import Iterator, Sequence
from typing import Any, Callable, TypeVar, Union

from .._base.clock import backup_id as id_of
from .._base.clock import check_backup_id, now, parse_utc, utc_text
from .._base.counted import few
from .._base.errors import UsageError
from . import layout
from .ahead import in_order
from .errors import OF_ONE_DOCUMENT, ManifestError, StoreError
from .manifest import Manifest, dump, load
from .manifest_parts import merged
from .proofs import parse_proof
from .store import ObjectInfo, Store

LATEST = "latest"
_SHOWN = 5
_MOST_IN_MEMORY = 8  # whole manifests; one may be megabytes

T = TypeVar("T")
MaybeManifest = Union[Manifest, StoreError]


@dataclasses.dataclass(frozen=True)
class BackupEntry:
    """One manifest in the listing, with its later parts. node: its name if its segment was not cut, else the segment;
    etag, bytes: of all of them; parts: keys of the parts, in order."""

    node: str
    backup_id: str
    key: str
    last_modified: datetime.datetime | None = None
    etag: str = ""
    bytes: int = 0
    segment: str = ""  # the node's, in keys
    parts: tuple[str, ...] = ()


class Catalogue:
    """The backups of one cluster. One run lists the manifests once; manifests never change."""

    def __init__(self, store: Store, cluster: str) -> None:
        self.store, self.cluster = store, cluster
        self._listed: dict[str | None, list[BackupEntry]] = {}
        self._read: collections.OrderedDict[tuple[str, str], Manifest] = collections.OrderedDict()

    def backups(self, node: str | None = None) -> list[BackupEntry]:
        """Newest first, of one node or all. Listed once; no manifest is read."""
        if node not in self._listed:
            self._listed[node] = self._of_all(node) if None in self._listed and node is not None else self._list(node)
        return list(self._listed[node])

    def _list(self, node: str | None) -> list[BackupEntry]:
        found = []
        parts: dict[layout.ManifestKey, list[ObjectInfo]] = {}
        for info in self.store.list(layout.manifests_prefix(self.cluster, node)):
            parsed, of = layout.parse_manifest_key(info.key), layout.parse_part_key(info.key)
            if of:
                parts.setdefault(of, []).append(info)
            if parsed:
                name = node if node is not None else layout.name_of(parsed.node)
                entry = BackupEntry(
                    name, parsed.backup_id, info.key, info.last_modified, info.etag, info.bytes, parsed.node
                )
                found.append(entry)
        whole = [
            _with_parts(entry, parts.get(layout.ManifestKey(entry.segment, entry.backup_id), [])) for entry in found
        ]
        return sorted(whole, key=_age, reverse=True)

    def _of_all(self, node: str) -> list[BackupEntry]:
        own = layout.segment(node)
        return [dataclasses.replace(entry, node=node) for entry in self._listed[None] if entry.segment == own]

    def of_cluster(self) -> list[BackupEntry] | None:
        """``backups`` of all nodes; None if this user may not list other nodes."""
        try:
            return self.backups()
        except StoreError as error:
            if error.kind != "forbidden":
                raise
            return None

    def manifest(self, entry: BackupEntry) -> Manifest:
        """The manifest of an entry. ManifestError: damaged or of a later format; StoreError: gone."""
        found = self._read.get((entry.key, entry.etag))
        if found is None:
            found, etag = self.fetch(entry)
            self._keep(entry.key, entry.etag or etag, found)
        return found

    def manifests(self, entries: Sequence[BackupEntry]) -> Iterator[tuple[BackupEntry, MaybeManifest]]:
        """Each entry with its manifest or its error; several are read at a time, none is kept."""
        return in_order(lambda entry: (entry, or_error(lambda: self.fetch(entry)[0])), entries)

    def fetch(self, entry: BackupEntry) -> tuple[Manifest, str]:
        """The manifest in the store, with its later parts, and its etag; nothing is kept. Errors as in ``manifest``."""
        manifest, etag = self._fetch(entry.key)
        for key in entry.parts:
            part, etag_of_part = self._fetch(key)
            manifest, etag = merged(manifest, part), _joined([etag, etag_of_part])
        return manifest, etag

    def _fetch(self, key: str) -> tuple[Manifest, str]:
        """One document."""
        stored = self.store.get(key)
        manifest = load(stored.data, f"{key} in {self.store.url}")
        own = (layout.segment(manifest.node.name), manifest.backup_id)
        if (layout.parse_part_key(key) or layout.parse_manifest_key(key)) != own or not key.startswith(
            layout.manifests_prefix(self.cluster)
        ):
            raise ManifestError(
                "read the manifest",
                f"{key} in {self.store.url}",
                f"it is the one of backup {manifest.backup_id} of node {manifest.node.name}",
                "The object was moved: move it back to its own key.",
            )
        return manifest, stored.etag

    def _keep(self, key: str, etag: str, manifest: Manifest) -> None:
        self._read[(key, etag)] = manifest
        while len(self._read) > _MOST_IN_MEMORY:
            self._read.popitem(last=False)

    def commit(self, manifest: Manifest) -> BackupEntry:
        """Write the manifest: then the backup exists. ``exists`` if this id is already committed."""
        key = layout.manifest_key(self.cluster, manifest.node.name, manifest.backup_id)
        data = dump(manifest)
        info = self.store.put(key, data, if_absent=True)
        self._keep(key, info.etag, manifest)
        node = manifest.node.name
        entry = BackupEntry(
            node, manifest.backup_id, key, info.last_modified, info.etag, len(data), layout.segment(node)
        )
        for listed in {None, node} & {*self._listed}:
            self._listed[listed] = sorted([*self._listed[listed], entry], key=_age, reverse=True)
        return entry

    def commit_part(self, entry: BackupEntry, part: Manifest) -> str:
        """Write a later part of a committed manifest; returns its key. ``exists`` if another run wrote one."""
        key = layout.part_key(self.cluster, part.node.name, part.backup_id, len(entry.parts) + 2)
        self.store.put(key, dump(part), if_absent=True)
        self._listed.clear()
        return key

    def choose(
        self,
        backup_id: str = LATEST,
        before: str | datetime.datetime | None = None,
        node: str | None = None,
        collection: str | None = None,
    ) -> BackupEntry:
        """An id, or the newest (not after ``before``) that holds ``collection``. ``not_found`` lists existing
        ids; UsageError if ``backup_id`` is neither an id nor "latest"."""
        if backup_id != LATEST:
            check_backup_id(backup_id)
        limit = parse_utc(before) if isinstance(before, str) else before
        entries = self.backups(node)
        fitting = [entry for entry in entries if backup_id in (LATEST, entry.backup_id)]
        if limit is not None:
            fitting = [entry for entry in fitting if parse_utc(entry.backup_id) <= limit]
        unreadable: StoreError | None = None
        for entry in fitting:
            if collection is None:
                return entry
            try:
                if self.manifest(entry).holds(collection):
                    return entry
            except StoreError as error:
                if error.kind not in OF_ONE_DOCUMENT:
                    raise
                unreadable = unreadable or error  # one bad document must not hide the good ones
        if unreadable is not None:
            raise unreadable
        raise self.nothing(backup_id, limit, node, collection, entries)

    def nothing(
        self,
        backup_id: str,
        limit: datetime.datetime | None,
        node: str | None,
        collection: str | None,
        entries: list[BackupEntry],
    ) -> StoreError:
        """The error of a search: what was searched, and what exists."""
        wanted = "a backup" if backup_id == LATEST else f"backup {backup_id}"
        wanted += f" of node {node}" if node else ""
        wanted += f" with collection {collection}" if collection else ""
        wanted += f" from {utc_text(limit)} or before" if limit else ""
        ids = sorted({entry.backup_id for entry in entries}, reverse=True)
        said = f"there are {few(ids, _SHOWN)}" if ids else "there are no backups"
        return StoreError(
            f"find {wanted}",
            f"for cluster {self.cluster} in {self.store.url}",
            said,
            "Check backup_id, before, node and collection."
            if ids
            else "Check bucket or path, prefix, cluster and node.",
            kind="not_found",
        )

    def own_node(self) -> str | None:
        """The default node: this host, else the only node with backups (None: no backups). UsageError if there are
        several nodes: the newest backup would be another node's data."""
        nodes = sorted({entry.node for entry in self.backups()})
        own = socket.gethostname().split(".")[0]
        if own in nodes:
            return own
        if len(nodes) > 1:
            raise UsageError(
                f"{self.store.url} holds backups of {len(nodes)} nodes of {self.cluster}, none of them of {own}",
                f"Set node to one of: {', '.join(nodes)}.",
            )
        return nodes[0] if nodes else None

    def nodes_of(self, backup_id: str) -> list[BackupEntry]:
        """Every node's entry of one backup id."""
        return [entry for entry in self.backups() if entry.backup_id == backup_id]

    def known(self) -> list[BackupEntry]:
        """Every entry that was listed so far; if none was, entries of all nodes."""
        if None in self._listed or not self._listed:
            return self.backups()
        return [entry for entries in self._listed.values() for entry in entries]

    def proofs(self, node: str, backup_id: str) -> list[dict[str, Any]]:
        """Every proof of a backup that can be read, oldest first."""
        found = []
        for info in self.store.list(layout.proofs_prefix(self.cluster, node, backup_id)):
            parsed = layout.parse_proof_key(info.key)
            read = read_proof(self.store, info.key, parsed) if parsed else None
            found += [read[0]] if read is not None else []
        return found

    def add_proof(self, node: str, backup_id: str, proof: dict[str, Any]) -> str:
        """Add a proof with the grade ``proof["grade"]``; returns its key. Two proofs within one second get different
        keys."""
        moment = now()
        data = (json.dumps(proof, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode("utf-8")
        for later in range(10):
            utc = id_of(moment + datetime.timedelta(seconds=later))
            key = layout.proof_key(self.cluster, node, backup_id, utc, int(proof["grade"]))
            try:
                self.store.put(key, data, if_absent=True)
                return key
            except StoreError as error:
                if error.kind != "exists" or later == 9:
                    raise
        return ""

    def pinned(self) -> set[str]:
        """The ids that retention must keep."""
        keys = (info.key for info in self.store.list(layout.pins_prefix(self.cluster)))
        return {layout.name_of(key.rpartition("/")[2][: -len(".json")]) for key in keys if key.endswith(".json")}


def _with_parts(entry: BackupEntry, found: Sequence[ObjectInfo]) -> BackupEntry:
    if not found:
        return entry
    parts = sorted(found, key=lambda info: (len(info.key), info.key))
    return dataclasses.replace(
        entry,
        parts=tuple(info.key for info in parts),
        etag=_joined([entry.etag, *(info.etag for info in parts)]),
        bytes=entry.bytes + sum(info.bytes for info in parts),
    )


def _joined(etags: Sequence[str]) -> str:
    """ "" if the store does not tell one of them."""
    return "+".join(etags) if all(etags) else ""


def _age(entry: BackupEntry) -> tuple[str, str]:
    return entry.backup_id, entry.node


def read_proof(store: Store, key: str, parsed: layout.ProofKey) -> tuple[dict[str, Any], str] | None:
    """The document of a proof, and its etag; None if it is not a proof, was deleted since the listing, or is in an
    archive class."""
    try:
        stored = store.get(key)
    except StoreError as error:
        if error.kind not in ("not_found", "frozen"):
            raise
        return None
    document = parse_proof(stored.data, parsed)
    return (document, stored.etag) if document is not None else None


def or_error(read: Callable[[], T]) -> T | StoreError:
    """The result, or the error."""
    try:
        return read()
    except StoreError as error:
        return error
