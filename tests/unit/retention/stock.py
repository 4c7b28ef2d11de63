# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups for tests of retention: facts made by hand, and repositories in a folder with whole backups in them."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import os

from ansible_collections.vectorops.qdrant.plugins.module_utils._base.clock import backup_id, utc_text
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import layout
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import BackupEntry, Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import (
    ArchiveEntry,
    CollectionEntry,
    FailedEntry,
    Manifest,
    NodeEntry,
    ServersEntry,
    ShardsEntry,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.summary import summarize
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.options import PruneOptions
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.values import Facts, Part, Stored

CLUSTER = "prod"
NOW = datetime.datetime(2026, 11, 22, 12, 30, tzinfo=datetime.timezone.utc)


def at(**back):
    """The id of a moment before NOW."""
    return backup_id(NOW - datetime.timedelta(**back))


def options(**more):
    return PruneOptions(**{"cluster": CLUSTER, "node_name": "node-a", "local_snapshots": False, **more})


def held(
    name="articles", node="node-a", id_="", *, suspect=False, captured=(0,), known=(0,), body=b"", key="", copied=""
):
    """A collection of a manifest. body: of its archive."""
    body = body or f"{node} {id_} {name}".encode()
    return CollectionEntry(
        name=name,
        kind="collection",
        archive=ArchiveEntry(
            key or layout.archive_key(CLUSTER, node, id_, name, f"{name}-{id_}.snapshot"),
            len(body),
            hashlib.sha256(body).hexdigest(),
            copied_from=copied or None,
        ),
        shards=ShardsEntry(tuple(captured), {str(one): {} for one in known}),
        suspect={"why": "points fell"} if suspect else None,
    )


def manifest(
    id_,
    collections=("articles",),
    node="node-a",
    *,
    expected=(),
    failed=(),
    keep_local=0,
    peer=1,
    servers=None,
    **extra,
):
    """collections: names, or entries that ``held`` made; extra: further fields of the manifest."""
    entries = [one if isinstance(one, CollectionEntry) else held(one, node, id_) for one in collections]
    moment = datetime.datetime.strptime(id_, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    return Manifest(
        backup_id=id_,
        cluster=CLUSTER,
        node=NodeEntry(node, peer, "1.18.3", servers if servers is None else ServersEntry(**servers)),
        tool_version="0.1.0",
        started_at=utc_text(moment),
        finished_at=utc_text(moment),
        expected_nodes=tuple(expected or (node,)),
        collections=tuple(entries),
        failed=tuple(FailedEntry(name, "it failed") for name in failed),
        extra={"keep_local": keep_local, **extra},
    )


def facts(*manifests, nodes=("node-a",), lost=(), grades=None, **more):
    """The facts of a repository that holds these backups. lost: (backup id, collection); grades: {(node, backup id):
    {collection: grade, or -1 for a proof that failed}}."""
    parts, stored = [], {}
    for one in sorted(manifests, key=lambda item: item.backup_id, reverse=True):
        key = layout.manifest_key(CLUSTER, one.node.name, one.backup_id)
        entry = BackupEntry(one.node.name, one.backup_id, key, NOW, "e", 100, layout.segment(one.node.name))
        parts.append(Part(entry, summarize(one)))
        there = {
            item.archive.key: (item.archive.bytes, "")
            for item in one.collections
            if (one.backup_id, item.name) not in lost
        }
        stored[entry.segment, one.backup_id] = Stored(there, {}, NOW - datetime.timedelta(days=400))
    stored.update(more.pop("stored", {}))
    proven = {
        which: {
            name: {"grade": max(grade, 0), "at": "t", "failed": "damaged" if grade < 0 else None}
            for name, grade in found.items()
        }
        for which, found in (grades or {}).items()
    }
    return Facts(NOW, frozenset(nodes), tuple(parts), stored=stored, grades=proven, **more)


class Killed(BaseException):
    """The process ends here."""


@dataclasses.dataclass
class Stock:
    """A repository in a folder. ``back_up`` stores what a backup stores, in its order."""

    store: object
    folder: str

    @property
    def catalogue(self):
        return Catalogue(self.store, CLUSTER)

    def back_up(self, id_, collections=("articles",), node="node-a", *, until="", copied=(), **more):
        """A whole backup, or what a run leaves that is killed before the manifest (``until="manifest"``) or after its
        first archive (``until="archive"``). copied: collections whose archive is a copy of the last backup's."""
        entries = []
        for name in collections:
            body = f"{node} {id_} {name}".encode() * 3
            source = self._newest(node, name) if name in copied else None
            if source is not None:
                body = self.store.get(source).data
            entry = held(name, node, id_, body=body, copied=source or "", suspect=name in more.get("suspect", ()))
            self._put(entry.archive.key, body, source)
            entries.append(entry)
            if until == "archive":
                return
        if until != "manifest":
            more = {key: value for key, value in more.items() if key != "suspect"}
            self.catalogue.commit(manifest(id_, entries, node, **more))

    def _newest(self, node, name):
        for entry in self.catalogue.backups(node):
            found = self.catalogue.manifest(entry).collection(name)
            if found is not None:
                return found.archive.key
        return None

    def _put(self, key, body, source):
        if source is not None and self.store.copy(source, key, source=self.store.head(source)):
            return
        path = os.path.join(self.folder, "body")
        with open(path, "wb") as handle:
            handle.write(body)
        try:
            self.store.put_file(key, path)
        except StoreError as error:
            if error.kind != "exists":
                raise

    def prove(self, id_, grade=1, node="node-a", ok=True):
        read = self.catalogue.manifest(next(e for e in self.catalogue.backups(node) if e.backup_id == id_))
        items = [{"name": item.name, "grade": grade if ok else 0, "ok": ok, "detail": "d"} for item in read.collections]
        self.catalogue.add_proof(node, id_, {"grade": grade, "collections": items})

    def spoil(self, id_, node="node-a"):
        """Damage a manifest."""
        key = layout.manifest_key(CLUSTER, node, id_)
        self.store.put(key, self.store.get(key).data.replace(b"articles", b"artikles"))

    def ids(self, node=None):
        return [entry.backup_id for entry in self.catalogue.backups(node)]

    def stored(self, part=""):
        return sorted(info.key for info in self.store.list("") if part in info.key and "/locks/" not in info.key)

    def check_restorable(self):
        """Each backup that is listed has every archive, with the bytes that were committed."""
        catalogue = self.catalogue
        for entry in catalogue.backups():
            for item in catalogue.manifest(entry).collections:
                data = self.store.get(item.archive.key).data
                assert hashlib.sha256(data).hexdigest() == item.archive.sha256, item.archive.key
