# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses the archives that hold a collection in a backup: those of one node, and of other nodes for its other
shards."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Union

from .._base.errors import UsageError
from .._qdrant.values import Collection
from .._repository.errors import StoreError
from .._repository.parts import SHARD

if TYPE_CHECKING:
    from .._repository.catalogue import BackupEntry, Catalogue
    from .._repository.manifest import CollectionEntry, Manifest
    from .options import PointsOptions

ShardKey = Union[str, int, None]


@dataclasses.dataclass(frozen=True)
class Archive:
    """One archive. node: whose backup it is; server: the Qdrant version that made it; shards: those that are read from
    it."""

    node: str
    server: str | None
    entry: CollectionEntry
    shards: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Source:
    """A collection in a backup. keys: shard id to its shard key, empty without custom sharding; lacking: shards of the
    collection that no archive holds; warnings: sentences, also about manifests that could not be read; manifest: of
    the first node."""

    backup_id: str
    collection: str
    archives: tuple[Archive, ...]
    keys: dict[int, ShardKey]
    lacking: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    manifest: Manifest | None = None

    @property
    def entry(self) -> CollectionEntry:
        """The entry of the first archive: configuration and indexes are the same in all."""
        return self.archives[0].entry

    @property
    def about(self) -> Collection:
        """The collection as it was configured."""
        return Collection(
            self.collection, "", "", dict(self.entry.config), dict(self.entry.payload_schema), 0, 0, 0, []
        )

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes whose archives are read."""
        return tuple(dict.fromkeys(archive.node for archive in self.archives))

    @property
    def bytes(self) -> int:
        """Bytes that are read from the store."""
        return sum(archive.entry.archive.bytes for archive in self.archives)

    def shard_keys(self) -> list[ShardKey]:
        """The shard keys, each of which is compared on its own; [None] without custom sharding."""
        if not self.keys:
            return [None]
        held = {shard for archive in self.archives for shard in archive.shards}
        return sorted({self.keys[shard] for shard in held if shard in self.keys}, key=str)

    def shards_of(self, key: ShardKey) -> frozenset[int] | None:
        """The shards of a shard key; None for all."""
        return None if key is None else frozenset(shard for shard, found in self.keys.items() if found == key)


def find(catalogue: Catalogue, options: PointsOptions) -> Source:
    """The archives of the collection in the chosen backup. StoreError if the backup does not exist, UsageError if its
    archives cannot be opened as collections."""
    chosen = catalogue.choose(
        options.backup_id, before=options.before or None, node=options.node_name, collection=options.collection
    )
    manifest = catalogue.manifest(chosen)
    known = _known(options.collection, manifest)
    if known is None:
        names = ", ".join(sorted(manifest.names)) or "none"
        raise UsageError(
            f"Backup {chosen.backup_id} holds no collection {options.collection!r}; it holds: {names}",
            "Use one of these names, or another backup (list them: qdrant-backup list).",
        )
    own = manifest.entries(options.collection)
    lacking = set(known) - {shard for entry in own for shard in entry.shards.captured}
    warnings: list[str] = []
    manifests = [manifest]
    if lacking:
        manifests += _others(catalogue, chosen, warnings)
    archives, lacking = _cover(options.collection, manifests, set(known))
    if not archives:
        raise UsageError(
            f"Backup {chosen.backup_id} holds no archive of {options.collection} with data",
            "Use another backup (list them: qdrant-backup list).",
        )
    for archive in archives:
        why = (archive.entry.suspect or {}).get("why")
        if why:
            warnings.append(
                f"The backup of {archive.entry.part} on {archive.node} is marked suspect: {str(why).rstrip('. ')}."
            )
    keys = {shard: about.get("key") for shard, about in known.items() if about.get("key") is not None}
    return Source(
        chosen.backup_id,
        options.collection,
        archives,
        keys,
        tuple(sorted(lacking)),
        tuple(warnings),
        manifest,
    )


def _known(name: str, manifest: Manifest) -> dict[int, dict[str, Any]] | None:
    """The shards of the collection as the node saw them; None if the node did not have it."""
    found = dict(manifest.shards_elsewhere.get(name, {}))
    for entry in manifest.entries(name):
        found.update(entry.shards.known)
    if not found and not manifest.holds(name):
        return None
    return {int(shard): about for shard, about in found.items() if str(shard).isdigit()}


def _others(catalogue: Catalogue, chosen: BackupEntry, warnings: list[str]) -> list[Manifest]:
    """The manifests of the other nodes of the backup, as far as they may be read."""
    if catalogue.of_cluster() is None:
        warnings.append("The backups of other nodes may not be read with these credentials.")
        return []
    found = []
    for entry in catalogue.nodes_of(chosen.backup_id):
        if entry.segment == chosen.segment:
            continue
        try:
            found.append(catalogue.manifest(entry))
        except StoreError as error:
            warnings.append(f"The backup of node {entry.node} was not read: {error.sentence()}")
    return found


def _cover(name: str, manifests: Iterable[Manifest], known: set[int]) -> tuple[tuple[Archive, ...], set[int]]:
    """The archives that hold each shard once, first come first; and the shards that none holds."""
    archives, left = [], set(known)
    for manifest in manifests:
        for entry in manifest.entries(name):
            if entry.kind not in ("collection", SHARD):
                raise UsageError(
                    f"Backup {manifest.backup_id} holds {name} as an archive of kind {entry.kind}, not of a collection",
                    "Use a backup that qdrant-backup run made.",
                )
            shards = [shard for shard in entry.shards.captured if shard in left] if known else entry.shards.captured
            left -= set(shards)
            if shards:
                archives.append(Archive(manifest.node.name, manifest.node.qdrant_version, entry, tuple(shards)))
    return tuple(archives), left


def differing_vectors(ours: Collection, theirs: Collection) -> list[str]:
    """Sentences about vectors that are configured in another way, so that points cannot be put back."""
    wrong = []
    left, right = _kinds(ours), _kinds(theirs)
    for name in sorted({*left, *right}):
        if left.get(name) != right.get(name):
            shown = f"vector {name!r}" if name else "the unnamed vector"
            wrong.append(f"{shown} is {_shown(left.get(name))} in the backup and {_shown(right.get(name))} now")
    return wrong


def _kinds(about: Collection) -> dict[str, Sequence[Any]]:
    kinds: dict[str, Sequence[Any]] = {}
    for name, params in about.vectors.items():
        kind = str(params.get("datatype") or "float32").lower()
        multi = "multivector" if params.get("multivector_config") else "vector"
        kinds[name] = (params.get("size"), params.get("distance"), kind, multi)
    kinds.update(dict.fromkeys(about.sparse_vectors, ("sparse",)))
    return kinds


def _shown(kind: Sequence[Any] | None) -> str:
    return " ".join(map(str, kind)) if kind else "absent"
