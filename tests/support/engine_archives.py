# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real archives as manifest entries, with a probe that was noted from the undamaged archive by the embedded engine."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import itertools
import json
import pathlib
import tempfile
from typing import Any

from ...plugins.module_utils._archive.inspect import inspect_file
from ...plugins.module_utils._engine.opened import OpenedCollection
from ...plugins.module_utils._engine.unpack import unpack
from ...plugins.module_utils._proof.probe import note, settle
from ...plugins.module_utils._qdrant.values import LocalShard, Point, ShardView
from ...plugins.module_utils._repository.manifest import ArchiveEntry, CollectionEntry, PointsEntry, ShardsEntry

MISSING = importlib.util.find_spec("qdrant_edge") is None
SNAPSHOTS = pathlib.Path(__file__).parents[1] / "data" / "snapshots"
EXPECTED = json.loads((SNAPSHOTS / "expected.json").read_text())["archives"]
SERVER = json.loads((SNAPSHOTS / "expected.json").read_text())["qdrant"]
# Archives of one node that hold every shard of their collection.
WHOLE = ("plain", "named", "sparse", "multi", "indexed", "quantised", "on-disk", "three-shards", "empty")


class NotingCollection(OpenedCollection):
    """Adds what only notes of probes read from a node. Versions are constants: nothing writes to an archive."""

    def shards(self, collection: str) -> ShardView:
        local = tuple(LocalShard(number, "Active", 0, None) for number in range(len(self._shards)))
        return ShardView(1, len(local), local, (), 0, 0)

    def shard_manifest(self, collection: str, shard_id: int) -> None:
        return None

    def sample_ids(self, collection: str, limit: int) -> list[Any]:
        ids = [point.id for point in self.scroll(collection, with_payload=False)]
        return ids[:: max(1, len(ids) // limit)][:limit]

    def points_with_versions(self, collection: str, ids: list[Any]) -> list[Point]:
        return [dataclasses.replace(point, version=1) for point in self.retrieve(collection, ids)]

    def query(self, collection: str, body: dict[str, Any]) -> list[Point]:
        if "formula" not in body["query"]:
            return super().query(collection, body)
        found = self.scroll(collection, with_payload=body["with_payload"], with_vector=body["with_vector"])
        return [dataclasses.replace(point, version=1) for point in itertools.islice(found, body["limit"])]


def opened(path: pathlib.Path, folder: pathlib.Path) -> NotingCollection:
    """An undamaged archive, loaded in this process."""
    with open(path, "rb") as stream:
        found = unpack(stream, str(folder), 1 << 30)
    shards = [found.shards[shard] for shard in sorted(found.shards)]
    return NotingCollection(shards, found.config, found.payload_schema)


def probe_of(path: pathlib.Path, full: bool = False) -> dict[str, Any]:
    """The probe of an undamaged archive. full: with the digest of every point."""
    with tempfile.TemporaryDirectory() as folder:
        collection: Any = opened(path, pathlib.Path(folder))
        return settle(collection, "it", note(collection, "it", full=full))


def entry_of(path: pathlib.Path, probe: dict[str, Any] | None = None, key: str = "it") -> CollectionEntry:
    """The manifest entry of an archive: its own sha256 and structure, and the facts of ``probe``."""
    facts = inspect_file(path)
    data = path.read_bytes()
    quiet = bool(probe)
    points = probe["counts"]["before"] if probe else None
    return CollectionEntry(
        name="it",
        kind=facts.kind,
        archive=ArchiveEntry(key, len(data), hashlib.sha256(data).hexdigest()),
        config=facts.config or {},
        payload_schema=facts.payload_schema or {},
        shards=ShardsEntry(facts.captured_shards, {str(shard): {} for shard in facts.shards if shard >= 0}),
        points=PointsEntry(points, points, quiet),
        probe=probe or {},
    )


class OneArchive:
    """A store that holds one archive, at every key."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path

    def open(self, key: str) -> Any:
        return open(self._path, "rb")
