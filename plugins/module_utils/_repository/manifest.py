# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest of format 1: the document that commits a backup. Checked on write and on read; unknown keys are kept.

It contains its own sha256. A manifest without one was written by an earlier version, and is read without this check.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from .._base.intent import of_a_restore
from . import fields
from .errors import ManifestError, NewerFormatError
from .fields import FieldError, Fields, texts
from .parts import SHARD, part_name

FORMAT = 1
COLLECTION_KINDS = ("collection", "shard", "full")
_MOST_DIGITS = 10  # digits of a shard's number, which has 32 bits in Qdrant
_Extra = dict[str, Any]
_COUNTS = ("before", "after", "quiet")


@dataclasses.dataclass(frozen=True)
class EarlierServer:
    """An earlier server of the node's name: its peer id and the ids of its first and last backup in a row. accepted: an
    operator allowed this change of server."""

    peer_id: int
    since: str
    until: str
    accepted: bool = False
    extra: _Extra = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class ServersEntry:
    """The servers of the node's name. since: the first backup in a row of the server with ``peer_id``, None if unknown;
    earlier: the last few servers before it, oldest first."""

    since: str | None = None
    accepted: bool = False
    earlier: tuple[EarlierServer, ...] = ()
    extra: _Extra = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Origin:
    """The server of one backup, as its manifest names it. servers: None in manifests that do not record it."""

    backup_id: str
    peer_id: int | None
    servers: ServersEntry | None


@dataclasses.dataclass(frozen=True)
class NodeEntry:
    """The node that was backed up. peer_id and version: None if no server was asked (archives from a folder).
    servers: None in a push, and in manifests of versions that did not record it."""

    name: str
    peer_id: int | None = None
    qdrant_version: str | None = None
    servers: ServersEntry | None = None
    extra: _Extra = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class ArchiveEntry:
    """One archive. key: relative to the repository; sha256: of the file; content_digest: of its contents."""

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
    """Exact counts around the snapshot; quiet: nothing was written between the two. None: not counted. A probe has the
    same two counts (``probe.counts``): a manifest in which they differ is refused."""

    before: int | None = None
    after: int | None = None
    quiet: bool = False
    extra: _Extra = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class CollectionEntry:
    """A collection's archive, or that of one of its shards (kind ``shard``: one id in ``shards.captured``).

    points: of the whole collection, also if the archive holds one shard; previous: {"backup_id", "points", "bytes"};
    suspect: {"why", "in_doubt": whether a restore of it had not ended}; probe: see ``_proof``.
    """

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

    @property
    def part(self) -> str:
        """Its name among the archives of the backup, see ``part_name``."""
        return part_name(self.name, self.kind, self.shards.captured)

    @property
    def snapshot(self) -> str:
        """The file name of the node's snapshot that the archive is of; "" if it is not known. A copy has the file name
        of the archive that it was made from."""
        noted = self.extra.get("snapshot")
        if isinstance(noted, dict) and noted.get("name"):
            return str(noted["name"])
        return "" if self.archive.copied_from else self.archive.key.rsplit("/", 1)[-1]

    @property
    def in_doubt(self) -> bool:
        """Whether a restore of the collection had not ended when it was backed up. Manifests of earlier versions say it
        only in the sentence."""
        suspect = self.suspect or {}
        known = suspect.get("in_doubt")
        return of_a_restore(str(suspect.get("why", ""))) if known is None else bool(known)


@dataclasses.dataclass(frozen=True)
class FailedEntry:
    """A collection that is not in this backup, and why."""

    name: str
    error: str
    extra: _Extra = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Carried:
    """Parts of earlier backups that were not selected or failed in this one. They are recorded, so that the next backup
    knows them."""

    collections: tuple[str, ...] = ()
    aliases: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The manifest's ``carried``; empty if there is nothing."""
        found = {"collections": list(self.collections), "aliases": dict(self.aliases)}
        return found if self.collections or self.aliases else {}


def carried_by(extra: Mapping[str, Any]) -> Carried:
    """The parts that a manifest carries; invalid values are ignored."""
    found = extra.get("carried")
    if not isinstance(found, dict):
        return Carried()
    aliases = found.get("aliases")
    pairs = aliases.items() if isinstance(aliases, dict) else ()
    return Carried(tuple(texts(found.get("collections"))), {str(alias): str(name) for alias, name in pairs})


@dataclasses.dataclass(frozen=True)
class Manifest:
    """A committed backup of one node. digest: as read and checked, None if the manifest had none; ``dump`` computes a
    new one."""

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
    digest: str | None = dataclasses.field(default=None, compare=False)
    extra: _Extra = dataclasses.field(default_factory=dict)

    @property
    def origin(self) -> Origin:
        """The server of this backup."""
        return Origin(self.backup_id, self.node.peer_id, self.node.servers)

    def collection(self, name: str) -> CollectionEntry | None:
        """The entry of a collection's whole archive; None if it is not in the backup, or was captured per shard."""
        return next((entry for entry in self.entries(name) if entry.kind != SHARD), None)

    def entries(self, name: str) -> tuple[CollectionEntry, ...]:
        """Every archive of a collection: one, or one a shard; none if this node's backup has no data of it."""
        return tuple(entry for entry in self.collections if entry.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """The collections of which it has an archive, each once."""
        return tuple(dict.fromkeys(entry.name for entry in self.collections))

    @property
    def shards_elsewhere(self) -> dict[str, dict[str, Any]]:
        """Collections that are captured per shard and of which this node took no shard, with the shards that they had
        (as ``ShardsEntry.known``). Their archives are in other nodes' backups."""
        found = self.extra.get("shards_elsewhere")
        if not isinstance(found, dict):
            return {}
        return {str(name): known for name, known in found.items() if _are_shards(known)}

    @property
    def gone(self) -> dict[str, list[str]]:
        """{"collections": names, "aliases": names} of earlier backups of the node that did not exist any more when this
        one was made; without what is empty."""
        suspect = self.extra.get("suspect")
        found = suspect.get("gone") if isinstance(suspect, dict) else None
        parts = {part: texts(found.get(part)) for part in ("collections", "aliases")} if isinstance(found, dict) else {}
        return {part: names for part, names in parts.items() if names}

    @property
    def carried(self) -> Carried:
        """Parts of earlier backups of the node that this one has nothing of."""
        return carried_by(self.extra)

    @property
    def not_selected(self) -> tuple[str, ...]:
        """Collections of earlier backups of the node that the run of this one was not asked for."""
        failed = {one.name for one in self.failed}
        return tuple(name for name in self.carried.collections if name not in failed)

    @property
    def quotas(self) -> dict[str, Any]:
        """The quotas of the node; empty where none are noted, as in all manifests that were written before."""
        found = self.extra.get("quotas")
        return dict(found) if isinstance(found, dict) else {}

    def with_probe(self, entry: CollectionEntry) -> CollectionEntry:
        """The entry with the probe of its collection: of several archives of shards, only the first one has it."""
        if entry.probe:
            return entry
        probe = next((other.probe for other in self.entries(entry.name) if other.probe), entry.probe)
        return dataclasses.replace(entry, probe=probe)

    def holds(self, name: str) -> bool:
        """Whether the node had the collection in this backup, with or without an archive of its own."""
        return bool(self.entries(name)) or name in self.shards_elsewhere


def dump(manifest: Manifest) -> bytes:
    """The bytes to store: checked, equal for equal manifests. ManifestError names the wrong field."""
    try:
        document = _plain(manifest)
        document["digest"] = digest_of(document)
        _manifest(document)
        text = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
        return (text + "\n").encode("utf-8")
    except (FieldError, TypeError, ValueError) as error:
        raise ManifestError(
            "write the manifest of backup",
            f"{manifest.backup_id}",
            str(error),
            "This is a bug, please report it.",
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
            _FOREIGN,
        ) from None
    except _FormatError as error:
        raise NewerFormatError(
            "read the manifest", source, str(error), "It was written by a newer version: update this collection."
        ) from error
    except _DigestError as error:
        raise ManifestError("read the manifest", source, str(error), _CHANGED) from error
    except ValueError as error:  # the base of FieldError, JSON and UTF-8 errors
        raise ManifestError(
            "read the manifest",
            source,
            str(error) or type(error).__name__,
            _FOREIGN,
        ) from error


class _FormatError(FieldError):
    """A later major format."""


class _DigestError(FieldError):
    """The document is not what was written."""


_FOREIGN = (
    "It was damaged or written by another program; its archives are unchanged. Choose another backup "
    "(qdrant-backup list)."
)
_CHANGED = (
    "It was changed or damaged after the backup was committed; its archives are unchanged. If the bucket keeps "
    "versions, restore the first version of this object. Otherwise choose another backup: "
    "qdrant-backup list"
)


def digest_of(document: dict[str, Any]) -> str:
    """The sha256 of a manifest as parsed JSON, without its own field ``digest``: keys sorted, no white space, ASCII."""
    covered = {key: value for key, value in document.items() if key != "digest"}
    text = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(value: Any) -> Any:
    """Dataclasses as JSON objects: unknown keys are kept, fields that are None are left out."""
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
        digest=f.take("digest", fields.sha256_hex, None),
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
    _check_unique(manifest.collections)
    # Last, so that a wrong field is named first.
    if manifest.digest is not None and manifest.digest != digest_of(data):
        raise _DigestError(f"digest: is {manifest.digest}, the document has {digest_of(data)}")
    return manifest


def _check_unique(entries: tuple[CollectionEntry, ...]) -> None:
    """FieldError unless each collection has one whole archive, or archives of different shards."""
    kinds: dict[str, bool] = {}
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        is_shard = entry.kind == SHARD
        if kinds.setdefault(entry.name, is_shard) != is_shard:
            raise FieldError(
                f"collections[{index}].kind: {entry.name!r} has archives of shards and of the whole collection"
            )
        if entry.part in seen:
            raise FieldError(f"collections[{index}].name: {entry.part!r} is a duplicate")
        seen.add(entry.part)


def _are_shards(known: Any) -> bool:
    return isinstance(known, dict) and all(str(shard).isdigit() and isinstance(known[shard], dict) for shard in known)


def _collections(data: Any, path: str) -> tuple[CollectionEntry, ...]:
    return tuple(_collection(item, f"{path}[{index}]") for index, item in enumerate(fields.expect(data, list, path)))


def _node(data: Any, path: str) -> NodeEntry:
    f = Fields(data, path)
    return NodeEntry(
        f.take("name", fields.text),
        f.take("peer_id", fields.count, None),
        f.take("qdrant_version", fields.text, None),
        f.take("servers", _servers, None),
        f.rest(),
    )


def _servers(data: Any, path: str) -> ServersEntry:
    f = Fields(data, path)
    return ServersEntry(
        f.take("since", fields.backup_id, None),
        f.take("accepted", fields.flag, False),
        f.take_list("earlier", _earlier_server),
        f.rest(),
    )


def _earlier_server(data: Any, path: str) -> EarlierServer:
    f = Fields(data, path)
    return EarlierServer(
        f.take("peer_id", fields.count),
        f.take("since", fields.backup_id),
        f.take("until", fields.backup_id),
        f.take("accepted", fields.flag, False),
        f.rest(),
    )


def _aliases(data: Any, path: str) -> dict[str, str]:
    return {name: fields.text(target, f"{path}.{name}") for name, target in fields.mapping(data, path).items()}


def _collection(data: Any, path: str) -> CollectionEntry:
    f = Fields(data, path)
    entry = CollectionEntry(
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
    if entry.kind == SHARD and len(entry.shards.captured) != 1:
        raise FieldError(f"{path}.shards.captured: the archive of a shard holds one shard")
    _same_counts(entry, path)
    return entry


def _same_counts(entry: CollectionEntry, path: str) -> None:
    """Refuse an entry whose ``probe.counts`` differ from ``points``, because neither can be trusted then. Only counts
    in both are compared."""
    counts = entry.probe.get("counts")
    if not isinstance(counts, dict):
        return
    for name in _COUNTS:
        noted, probed = getattr(entry.points, name), counts.get(name)
        if None not in (noted, probed) and noted != probed and (name != "quiet" or entry.points.before is not None):
            raise FieldError(f"{path}.points.{name}: is {noted}, probe.counts.{name} is {fields.shown(probed)}")


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
    """A key inside the repository; the manifest is not trusted."""
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
        raise FieldError(f"{path}: must be a shard key, a text or an integer, is {fields.shown(value)}")
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
    f = Fields(data, path)
    f.take("why", fields.text)
    f.take("in_doubt", fields.flag, None)
    return dict(data)


def _failed(data: Any, path: str) -> FailedEntry:
    f = Fields(data, path)
    return FailedEntry(f.take("name", fields.text), f.take("error", fields.any_text), f.rest())
