# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads many backups for reports: each document is read once, several at a time, and other keys are listed once a node.
Only summaries stay in memory."""

from __future__ import annotations

import collections
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Union

from .._base.cache import DocumentCache
from .._base.version import VERSION
from . import layout
from .ahead import in_order
from .catalogue import BackupEntry, Catalogue, or_error, read_proof
from .completeness import Completeness, Unseen, complete_each
from .errors import StoreError
from .layout import ProofKey
from .proofs import verdicts_of
from .store import ObjectInfo
from .summary import Summary, as_json, from_json, summarize

_IN_MEMORY = 64  # summaries
_SUMMARY, _VERDICTS = f"summary of {VERSION}", f"attempted verdicts of {VERSION}"

Which = tuple[str, str]  # a backup: its node's segment and its id
Proofs = dict[Which, list[tuple[ProofKey, ObjectInfo]]]
Stored = dict[str, set[tuple[str, int]]]  # backup id to (key, bytes)
Closed = dict[str, StoreError]  # a node's segment to the refusal
MaybeSummary = Union[Summary, StoreError]


class Survey:
    """Reads for reports. cache: documents on this host, by etag. Operations that change data use the catalogue."""

    def __init__(self, catalogue: Catalogue, cache: DocumentCache | None = None) -> None:
        self.catalogue, self.store, self.cache = catalogue, catalogue.store, cache
        self._latest: collections.OrderedDict[tuple[str, str], Summary] = collections.OrderedDict()

    def summary(self, entry: BackupEntry) -> Summary:
        """The summary of an entry's manifest; errors as in ``Catalogue.manifest``. A few stay in memory."""
        found = self._latest.get((entry.key, entry.etag))
        if found is None:
            found = self._latest[entry.key, entry.etag] = self._summary(entry)
            while len(self._latest) > _IN_MEMORY:
                self._latest.popitem(last=False)
        return found

    def _summary(self, entry: BackupEntry) -> Summary:
        kept = self.cache.get(_SUMMARY, entry.key, entry.etag) if self.cache else None
        found = from_json(kept) if kept is not None else None
        if found is None:
            manifest, etag = self.catalogue.fetch(entry)
            found = summarize(manifest)
            if self.cache and etag == entry.etag:
                self.cache.put(_SUMMARY, entry.key, etag, as_json(found))
        return found

    def summaries(self, entries: Sequence[BackupEntry]) -> Iterator[tuple[BackupEntry, MaybeSummary]]:
        """Each entry with its summary or its error; several are read at a time."""
        return in_order(lambda entry: (entry, or_error(lambda: self.summary(entry))), entries)

    def completeness(self, backup_id: str) -> Completeness:
        """Whether all nodes, shards and archives of a backup id exist."""
        parts = self.summaries(self.catalogue.nodes_of(backup_id))
        for dummy, found in self.complete_each(parts, [backup_id]):
            return found
        raise self.catalogue.nothing(backup_id, None, None, None, self.catalogue.backups())

    def complete_each(
        self, parts: Iterable[tuple[BackupEntry, MaybeSummary]], backup_ids: Collection[str]
    ) -> Iterator[tuple[str, Completeness]]:
        """Each backup id with its completeness, in one pass.

        parts: from ``summaries``, sorted by id. Archives are listed once a node.
        """
        # Listed after the manifests: an archive is stored before its manifest, so none is reported as lost.
        stored, closed = self._archives_that_may_be_listed(backup_ids)
        return complete_each((self._part(entry, found, stored, closed) for entry, found in parts), stored)

    def _archives_that_may_be_listed(self, backup_ids: Collection[str]) -> tuple[Stored, Closed]:
        """The archives, and the nodes whose archives this identity may not list: the keys of a host are often limited
        to its own. StoreError if it may list none."""
        stored: Stored = {backup_id: set() for backup_id in backup_ids}
        closed: Closed = {}
        segments = {entry.segment for entry in self.catalogue.known() if entry.backup_id in stored}
        for segment in sorted(segments):
            try:
                found = self.archives(backup_ids, [segment])
            except StoreError as error:
                if error.kind != "forbidden" or len(closed) + 1 == len(segments):
                    raise
                closed[segment] = error
                continue
            for backup_id, archives in found.items():
                stored[backup_id] |= archives
        return stored, closed

    def _part(self, entry: BackupEntry, found: MaybeSummary, stored: Stored, closed: Closed) -> Summary | Unseen:
        refused = closed.get(entry.segment, found)
        if isinstance(refused, StoreError):
            return Unseen(entry.backup_id, entry.node, refused.said or refused.kind)
        return self._with_archives_elsewhere(entry, refused, stored)

    def _with_archives_elsewhere(self, entry: BackupEntry, found: Summary, stored: Stored) -> Summary:
        for held in found.collections:
            parsed = layout.parse_archive_key(held.archive)
            if parsed is None or (parsed.node, parsed.backup_id) != (entry.segment, entry.backup_id):
                info = self.store.head(held.archive)  # an archive under another prefix
                stored[entry.backup_id].update([(info.key, info.bytes)] if info else [])
        return found

    def archives(self, backup_ids: Collection[str], segments: Collection[str] | None = None) -> Stored:
        """Backup id to (key, bytes) of stored archives, of these nodes (None: all nodes with a manifest of these ids).
        One listing a node, or a few if the ids are a small part of all."""
        wanted = set(backup_ids)
        found: Stored = {backup_id: set() for backup_id in wanted}
        # Without ids that have no manifest of the node: the run was killed, or still runs.
        pairs = {(entry.segment, entry.backup_id) for entry in self.catalogue.known() if entry.backup_id in wanted}
        for info in self._below("archives", wanted, segments):
            parsed = layout.parse_archive_key(info.key)
            if parsed and parsed[:2] in pairs:
                found[parsed.backup_id].add((info.key, info.bytes))
        return found

    def proof_keys(self, entries: Sequence[BackupEntry]) -> Proofs:
        """The proofs of these backups, by one listing a node; no proof is read."""
        found: Proofs = {}
        shown = {(entry.segment, entry.backup_id) for entry in entries}
        wanted, segments = {entry.backup_id for entry in entries}, {entry.segment for entry in entries}
        for info in self._below("proofs", wanted, segments):
            parsed = layout.parse_proof_key(info.key)
            if parsed and (parsed.node, parsed.backup_id) in shown:
                found.setdefault((parsed.node, parsed.backup_id), []).append((parsed, info))
        return found

    def verdicts(self, proofs: Proofs) -> dict[Which, list[dict[str, Any]]]:
        """The parts of these proofs that ``grades_of`` needs; several are read at a time."""
        items = [item for found in proofs.values() for item in found]
        out: dict[Which, list[dict[str, Any]]] = {}
        for (key, dummy), verdict in zip(items, in_order(self._verdict, items)):
            if verdict is not None:
                out.setdefault((key.node, key.backup_id), []).append(verdict)
        return out

    def _verdict(self, item: tuple[ProofKey, ObjectInfo]) -> dict[str, Any] | None:
        key, info = item
        kept = self.cache.get(_VERDICTS, info.key, info.etag) if self.cache else None
        if isinstance(kept, dict):
            return kept
        read = read_proof(self.store, info.key, key)
        if read is None:
            return None
        document, etag = read
        verdict = verdicts_of(document)
        if self.cache and etag == info.etag:
            self.cache.put(_VERDICTS, info.key, etag, verdict)
        return verdict

    def _below(self, kind: str, wanted: set[str], segments: Collection[str] | None) -> Iterator[ObjectInfo]:
        known: dict[str, set[str]] = {}
        for entry in self.catalogue.known():
            known.setdefault(entry.segment, set()).add(entry.backup_id)
        for node, ids in known.items():
            if segments is None or node in segments:
                for prefix in layout.prefixes_of(self.catalogue.cluster, kind, node, wanted & ids, ids):
                    yield from self.store.list(prefix)
