# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest of format 1: the document that commits a backup. Checked on write and on read; unknown keys are kept."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from . import fields
from .errors import ManifestError
from .fields import FieldError, Fields

FORMAT = 1
COLLECTION_KINDS = ("collection", "shard", "full")
_MOST_DIGITS = 10  # of a shard's number, 32 bits in Qdrant
_Extra = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class NodeEntry:
    """The node that was backed up. peer_id and version: None where no server was asked (archives from a folder)."""

    name: str
    peer_id: int | None = None
    qdrant_version: str | None = None
    extra: _Extra = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class ArchiveEntry:
    """One archive. key: relative to the repository; sha256: of the file; content_digest: of what is in it."""

    key: str
    bytes: int
    sha256: str
    content_digest: str | None = None
    copied_from: str | None = None
    extra: _Extra = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class ShardsEntry:
    """captured: shards with data in the archive; known: {shard id as text: {"state", "key", "peers"}}, cluster-wide."""

    captured: tuple[int, ...] = ()
    known: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    extra: _Extra = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class PointsEntry:
    """Exact counts around the snapshot; quiet: nothing was written meanwhile. None: nobody counted."""

    before: int | None = None
    after: int | None = None
    quiet: bool = False
    extra: _Extra = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class CollectionEntry:
    """A collection's archive. previous: {"backup_id", "points", "bytes"}; suspect: {"why"}; probe: the proof room's."""

    name: str
    kind: str
    archive: ArchiveEntry
    config: dict[str, Any] = dataclasses.field(default_factory=dict)
    payload_schema: dict[str, Any] = dataclasses.field(default_factory=dict)
    shards: ShardsEntry = ShardsEntry()
    points: PointsEntry = PointsEntry()
    probe: dict[str, Any] = dataclasses.field(default_factory=dict)
    previous: dict[str, Any] | None = None
    suspect: dict[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    extra: _Extra = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class FailedEntry:
    """A collection that is not in this backup, and why."""

    name: str
    error: str
    extra: _Extra = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Manifest:
    """A committed backup of one node."""

    backup_id: str
    cluster: str
    node: NodeEntry
    tool_version: str
    started_at: str
    finished_at: str
    expected_nodes: tuple[str, ...] = ()
    aliases: dict[str, str] = dataclasses.field(default_factory=dict)
    collections: tuple[CollectionEntry, ...] = ()
    failed: tuple[FailedEntry, ...] = ()
    format: int = FORMAT
    extra: _Extra = dataclasses.field(default_factory=dict)

    def collection(self, name: str) -> CollectionEntry | None:
        """The entry of a collection; None when the backup does not hold it."""
        return next((entry for entry in self.collections if entry.name == name), None)


def dump(manifest: Manifest) -> bytes:
    """The bytes to store: checked, the same for the same manifest. ManifestError names the field that is wrong."""
    try:
        document = _plain(manifest)
        _manifest(document)
        text = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
        return (text + "\n").encode("utf-8")
    except (FieldError, TypeError, ValueError) as error:
        raise ManifestError(
            "write the manifest of backup",
            f"{manifest.backup_id}",
            str(error),
            "This is a fault of the program, please report it.",
        ) from error


def load(data: bytes, source: str = "") -> Manifest:
    """Read a manifest. ManifestError: not JSON, a wrong field (named by its path), or an unknown format."""
    try:
        return _manifest(json.loads(data.decode("utf-8")))
    except RecursionError:
        raise ManifestError(
            "read the manifest",
            source,
            "it is nested too deeply",
            "It was damaged or written by something else; its archives are untouched. Choose another backup.",
        ) from None
    except _FormatError as error:
        raise ManifestError(
            "read the manifest", source, str(error), "It was written by a newer version: update this collection."
        ) from error
    except ValueError as error:  # FieldError, JSON and UTF-8 errors are all of this kind
        raise ManifestError(
            "read the manifest",
            source,
            str(error) or type(error).__name__,
            "It was damaged or written by something else; its archives are untouched. Choose another backup.",
        ) from error


class _FormatError(FieldError):
    """A major format of the future."""


def _plain(value: Any) -> Any:
    """Dataclasses as JSON objects: extra keys beside the known ones, fields that are None left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        out: dict[str, Any] = dict(value.extra) if hasattr(value, "extra") else {}
        for field in dataclasses.fields(value):
            item = getattr(value, field.name)
            if field.name != "extra" and item is not None:
                out[field.name] = _plain(item)
        return out
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _manifest(data: Any) -> Manifest:
    f = Fields(data, "")
    found = f.take("format", fields.count)
    if found != FORMAT:
        raise _FormatError(f"format: is {found}, this version reads format {FORMAT}")
    manifest = Manifest(
        format=found,
        backup_id=f.take("backup_id", fields.backup_id),
        cluster=f.take("cluster", fields.text),
        node=f.take("node", _node),
        tool_version=f.take("tool_version", fields.text),
        started_at=f.take("started_at", fields.utc),
        finished_at=f.take("finished_at", fields.utc),
        expected_nodes=f.take_list("expected_nodes", fields.text),
        aliases=f.take("aliases", _aliases, {}),
        collections=f.take("collections", _collections),
        failed=f.take_list("failed", _failed),
        extra=f.rest(),
    )
    seen: set[str] = set()
    for index, entry in enumerate(manifest.collections):
        if entry.name in seen:
            raise FieldError(f"collections[{index}].name: {entry.name!r} is there twice")
        seen.add(entry.name)
    return manifest


def _collections(data: Any, path: str) -> tuple[CollectionEntry, ...]:
    return tuple(_collection(item, f"{path}[{index}]") for index, item in enumerate(fields.expect(data, list, path)))


def _node(data: Any, path: str) -> NodeEntry:
    f = Fields(data, path)
    return NodeEntry(
        f.take("name", fields.text),
        f.take("peer_id", fields.count, None),
        f.take("qdrant_version", fields.text, None),
        f.rest(),
    )


def _aliases(data: Any, path: str) -> dict[str, str]:
    return {name: fields.text(target, f"{path}.{name}") for name, target in fields.mapping(data, path).items()}


def _collection(data: Any, path: str) -> CollectionEntry:
    f = Fields(data, path)
    return CollectionEntry(
        name=f.take("name", fields.text),
        kind=f.take("kind", fields.one_of(*COLLECTION_KINDS)),
        archive=f.take("archive", _archive),
        config=f.take("config", _config, {}),
        payload_schema=f.take("payload_schema", fields.mapping, {}),
        shards=f.take("shards", _shards, ShardsEntry()),
        points=f.take("points", _points, PointsEntry()),
        probe=f.take("probe", fields.mapping, {}),
        previous=f.take("previous", _previous, None),
        suspect=f.take("suspect", _suspect, None),
        warnings=f.take_list("warnings", fields.any_text),
        extra=f.rest(),
    )


def _config(data: Any, path: str) -> dict[str, Any]:
    Fields(data, path).take("params", fields.mapping, None)
    return dict(data)


def _archive(data: Any, path: str) -> ArchiveEntry:
    f = Fields(data, path)
    return ArchiveEntry(
        key=f.take("key", _key),
        bytes=f.take("bytes", fields.count),
        sha256=f.take("sha256", fields.sha256_hex),
        content_digest=f.take("content_digest", fields.sha256_hex, None),
        copied_from=f.take("copied_from", _key, None),
        extra=f.rest(),
    )


def _key(value: Any, path: str) -> str:
    """A key that stays inside the repository, whoever wrote the manifest."""
    if any(part in ("", ".", "..") for part in fields.text(value, path).split("/")):
        raise FieldError(f"{path}: must be a key inside the repository, is {fields.shown(value)}")
    return str(value)


def _shards(data: Any, path: str) -> ShardsEntry:
    f = Fields(data, path)
    captured = f.take_list("captured", fields.count)
    known = f.take("known", fields.mapping, {})
    for shard, facts in known.items():
        where = f"{path}.known.{shard}"
        if not (shard.isascii() and shard.isdigit() and len(shard) <= _MOST_DIGITS):
            raise FieldError(f"{path}.known.{shard[:40]}: must be the number of a shard")
        shard_fields = Fields(facts, where)
        shard_fields.take("key", _shard_key, None)
        shard_fields.take("state", fields.any_text, None)
        shard_fields.take_list("peers", fields.count)
    return ShardsEntry(captured, known, f.rest())


def _shard_key(value: Any, path: str) -> str | int:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise FieldError(f"{path}: must be a shard key, a text or a whole number, is {fields.shown(value)}")
    return value


def _points(data: Any, path: str) -> PointsEntry:
    f = Fields(data, path)
    before, after = f.take("before", fields.count, None), f.take("after", fields.count, None)
    return PointsEntry(before, after, f.take("quiet", fields.flag, False), f.rest())


def _previous(data: Any, path: str) -> dict[str, Any]:
    f = Fields(data, path)
    f.take("backup_id", fields.backup_id)
    f.take("points", fields.count, None)
    f.take("bytes", fields.count, None)
    return dict(data)


def _suspect(data: Any, path: str) -> dict[str, Any]:
    Fields(data, path).take("why", fields.text)
    return dict(data)


def _failed(data: Any, path: str) -> FailedEntry:
    f = Fields(data, path)
    return FailedEntry(f.take("name", fields.text), f.take("error", fields.any_text), f.rest())
