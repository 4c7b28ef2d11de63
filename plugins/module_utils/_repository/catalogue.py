# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a repository holds, computed from its manifests: there is no second source."""

from __future__ import annotations

import dataclasses
import datetime
import json
import socket
from collections.abc import Iterator
from typing import Any

from .._base.clock import backup_id as id_of
from .._base.clock import check_backup_id, now, parse_utc, utc_text
from .._base.errors import UsageError
from . import layout
from .completeness import Completeness, complete
from .errors import ManifestError, StoreError
from .manifest import Manifest, dump, load
from .store import Store

LATEST = "latest"
_SHOWN = 5


@dataclasses.dataclass(frozen=True)
class BackupEntry:
    """One manifest in the listing. node: its name, where its segment was not cut (else the segment)."""

    node: str
    backup_id: str
    key: str
    last_modified: datetime.datetime | None = None
    etag: str = ""
    bytes: int = 0


class Catalogue:
    """The backups of one cluster. Manifests never change: each is read once."""

    def __init__(self, store: Store, cluster: str) -> None:
        self.store, self.cluster = store, cluster
        self._read: dict[tuple[str, str], Manifest] = {}

    def backups(self, node: str | None = None) -> list[BackupEntry]:
        """Newest first, of one node or all; one listing, no manifest is read."""
        found = []
        for info in self.store.list(layout.manifests_prefix(self.cluster, node)):
            parsed = layout.parse_manifest_key(info.key)
            if parsed:
                name = node if node is not None else layout.name_of(parsed[0])
                found.append(BackupEntry(name, parsed[1], info.key, info.last_modified, info.etag, info.bytes))
        return sorted(found, key=lambda entry: (entry.backup_id, entry.node), reverse=True)

    def manifest(self, entry: BackupEntry) -> Manifest:
        """The manifest of an entry. ManifestError: damaged or of a later format; StoreError: gone."""
        if (entry.key, entry.etag) not in self._read:
            stored = self.store.get(entry.key)
            manifest = load(stored.data, f"{entry.key} in {self.store.url}")
            own_key = layout.manifest_key(self.cluster, manifest.node.name, manifest.backup_id)
            if entry.key != own_key:
                raise ManifestError(
                    "read the manifest",
                    f"{entry.key} in {self.store.url}",
                    f"it is the one of backup {manifest.backup_id} of node {manifest.node.name}",
                    "Somebody moved it: put it back under its own key.",
                )
            self._read[(entry.key, entry.etag or stored.etag)] = manifest
            return manifest
        return self._read[(entry.key, entry.etag)]

    def commit(self, manifest: Manifest) -> BackupEntry:
        """Write the manifest: from here on the backup exists. ``exists`` when this id was committed before."""
        key = layout.manifest_key(self.cluster, manifest.node.name, manifest.backup_id)
        data = dump(manifest)
        info = self.store.put(key, data, if_absent=True)
        self._read[(key, info.etag)] = manifest
        return BackupEntry(manifest.node.name, manifest.backup_id, key, info.last_modified, info.etag, len(data))

    def choose(
        self,
        backup_id: str = LATEST,
        before: str | datetime.datetime | None = None,
        node: str | None = None,
        collection: str | None = None,
    ) -> BackupEntry:
        """An id, or the newest (not after ``before``) that holds ``collection``. ``not_found`` says what there is;
        UsageError where ``backup_id`` is neither an id nor "latest"."""
        if backup_id != LATEST:
            check_backup_id(backup_id)
        limit = parse_utc(before) if isinstance(before, str) else before
        entries = self.backups(node)
        fitting = [entry for entry in entries if backup_id in (LATEST, entry.backup_id)]
        if limit is not None:
            fitting = [entry for entry in fitting if parse_utc(entry.backup_id) <= limit]
        damaged: ManifestError | None = None
        for entry in fitting:
            if collection is None:
                return entry
            try:
                if self.manifest(entry).collection(collection) is not None:
                    return entry
            except ManifestError as error:
                damaged = damaged or error  # one bad document must not hide the good ones
        if damaged is not None:
            raise damaged
        raise self._nothing(backup_id, limit, node, collection, entries)

    def _nothing(
        self,
        backup_id: str,
        limit: datetime.datetime | None,
        node: str | None,
        collection: str | None,
        entries: list[BackupEntry],
    ) -> StoreError:
        wanted = "a backup" if backup_id == LATEST else f"backup {backup_id}"
        wanted += f" of node {node}" if node else ""
        wanted += f" with collection {collection}" if collection else ""
        wanted += f" from {utc_text(limit)} or before" if limit else ""
        ids = sorted({entry.backup_id for entry in entries}, reverse=True)
        more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
        said = f"there are {', '.join(ids[:_SHOWN])}{more}" if ids else "there is none at all"
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
        """Whose backups to take where nobody said: this host's, else those of the only node that has any (None: there
        are none). The newest of several nodes would be somebody else's data under the right name: UsageError."""
        nodes = sorted({entry.node for entry in self.backups()})
        own = socket.gethostname().split(".")[0]
        if own in nodes:
            return own
        if len(nodes) > 1:
            raise UsageError(
                f"{self.store.url} holds backups of {len(nodes)} nodes of {self.cluster}, none of them of {own}",
                f"Say whose are meant (node): {', '.join(nodes)}.",
            )
        return nodes[0] if nodes else None

    def nodes_of(self, backup_id: str) -> list[BackupEntry]:
        """Every node's entry of one backup id."""
        return [entry for entry in self.backups() if entry.backup_id == backup_id]

    def completeness(self, backup_id: str) -> Completeness:
        """Whether all nodes, shards and archives of a backup id are there."""
        manifests = [self.manifest(entry) for entry in self.nodes_of(backup_id)]
        if not manifests:
            raise self._nothing(backup_id, None, None, None, self.backups())
        return complete(manifests, self._stored(manifests, backup_id))

    def _stored(self, manifests: list[Manifest], backup_id: str) -> set[tuple[str, int]]:
        found: set[tuple[str, int]] = set()
        for manifest in manifests:
            prefix = layout.archives_prefix(self.cluster, manifest.node.name, backup_id)
            found.update((info.key, info.bytes) for info in self.store.list(prefix))
            for entry in manifest.collections:
                if not entry.archive.key.startswith(prefix):  # an archive that lies elsewhere, as adopted ones do
                    info = self.store.head(entry.archive.key)
                    found.update([(info.key, info.bytes)] if info else [])
        return found

    def proofs(self, node: str, backup_id: str) -> list[dict[str, Any]]:
        """Every proof of a backup, oldest first. Documents that are no proofs are passed over."""
        return list(self._proofs(node, backup_id))

    def _proofs(self, node: str, backup_id: str) -> Iterator[dict[str, Any]]:
        for info in self.store.list(layout.proofs_prefix(self.cluster, node, backup_id)):
            parsed = layout.parse_proof_key(info.key)
            if parsed is None:
                continue
            try:
                document = json.loads(self.store.get(info.key).data.decode("utf-8"))
            except (ValueError, RecursionError):
                continue
            if isinstance(document, dict) and _is_list_of_objects(document.get("collections", [])):
                yield {"grade": parsed[3], "proven_at": utc_text(parse_utc(parsed[2])), **document}

    def add_proof(self, node: str, backup_id: str, proof: dict[str, Any]) -> str:
        """Add a proof (``proof["grade"]`` says which); returns its key. Two within one second get one each."""
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
        """The ids that retention must leave alone."""
        keys = (info.key for info in self.store.list(layout.pins_prefix(self.cluster)))
        return {layout.name_of(key.rpartition("/")[2][: -len(".json")]) for key in keys if key.endswith(".json")}


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
