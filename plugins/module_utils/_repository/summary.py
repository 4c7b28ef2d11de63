# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a manifest that reports need, without probes and configurations: 2 % of its size in memory."""

from __future__ import annotations

import dataclasses
from typing import Any

from .manifest import CollectionEntry, EarlierServer, Manifest, Origin, ServersEntry
from .parts import part_name
from .servers import changed_in


@dataclasses.dataclass(frozen=True)
class Held:
    """One archive of a backup: of a collection, or of one of its shards."""

    name: str  # of the collection
    kind: str
    archive: str  # its key
    bytes: int
    sha256: str
    copied_from: str | None
    snapshot: str  # of the node, see ``CollectionEntry.snapshot``
    points: int | None  # of the whole collection
    quiet: bool
    suspect: str | None  # why, None if it is not
    in_doubt: bool  # suspect because a restore of the collection had not ended
    warnings: tuple[str, ...]
    captured: tuple[int, ...]  # shards with data in the archive
    known: tuple[int, ...]  # shards that the collection had in the cluster
    keys: dict[str, str | int]  # known shard, as text, to its shard key; empty without custom sharding
    shard_points: int | None  # of the archive of one shard: the node's estimate

    @property
    def part(self) -> str:
        """See ``CollectionEntry.part``."""
        return part_name(self.name, self.kind, self.captured)


@dataclasses.dataclass(frozen=True)
class Elsewhere:
    """A collection that is captured per shard, and of which the node took no shard."""

    name: str
    known: tuple[int, ...]
    keys: dict[str, str | int]


@dataclasses.dataclass(frozen=True)
class Summary:
    """One backup of one node. No field has a default: a cached summary without a field is invalid."""

    backup_id: str
    cluster: str
    node: str
    qdrant_version: str | None
    started_at: str
    finished_at: str
    aliases: dict[str, str]
    expected_nodes: tuple[str, ...]
    collections: tuple[Held, ...]
    failed: tuple[tuple[str, str], ...]  # (collection, why it is not in the backup)
    not_selected: tuple[str, ...]  # collections of earlier backups that the run was not asked for
    peer_id: int | None  # of the server that was backed up
    servers: ServersEntry | None  # of the node name, None where the manifest does not record them
    #: of the first backup of another server: {"peer_id", "last_backup_id", "accepted"}; else None
    server_before: dict[str, Any] | None
    digest: str | None  # of the manifest; None if an earlier version wrote it
    elsewhere: tuple[Elsewhere, ...]
    keep_local: int | None  # snapshots that the node keeps for each collection; None if the manifest does not say it
    warnings: tuple[str, ...]  # of the whole run
    suspect: str | None  # which collections and aliases of earlier backups are gone; None if none is
    pushed: bool  # made of snapshots in a folder: it knows no other collections

    @property
    def origin(self) -> Origin:
        """The server of this backup."""
        return Origin(self.backup_id, self.peer_id, self.servers)


def summarize(manifest: Manifest) -> Summary:
    """The summary of a manifest."""
    return Summary(
        backup_id=manifest.backup_id,
        cluster=manifest.cluster,
        node=manifest.node.name,
        qdrant_version=manifest.node.qdrant_version,
        started_at=manifest.started_at,
        finished_at=manifest.finished_at,
        aliases=dict(manifest.aliases),
        expected_nodes=tuple(manifest.expected_nodes),
        collections=tuple(_held(entry) for entry in manifest.collections),
        failed=tuple((entry.name, entry.error) for entry in manifest.failed),
        not_selected=manifest.not_selected,
        peer_id=manifest.node.peer_id,
        servers=manifest.node.servers,
        server_before=_server_before(manifest),
        digest=manifest.digest,
        elsewhere=tuple(
            Elsewhere(name, _ids(known), _keys(known)) for name, known in sorted(manifest.shards_elsewhere.items())
        ),
        keep_local=_keep_local(manifest),
        warnings=tuple(text for text in manifest.extra.get("warnings") or () if isinstance(text, str)),
        suspect=_suspect(manifest),
        pushed=bool(manifest.extra.get("pushed")),
    )


def _suspect(manifest: Manifest) -> str | None:
    found = manifest.extra.get("suspect")
    return str(found["why"]) if isinstance(found, dict) and found.get("why") else None


def _server_before(manifest: Manifest) -> dict[str, Any] | None:
    before, servers = changed_in(manifest), manifest.node.servers
    if before is None or servers is None:
        return None
    return {"peer_id": before.peer_id, "last_backup_id": before.until, "accepted": servers.accepted}


def _keep_local(manifest: Manifest) -> int | None:
    found = manifest.extra.get("keep_local")
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def as_json(summary: Summary) -> dict[str, Any]:
    """JSON-able form for the cache."""
    servers = dataclasses.asdict(summary.servers) if summary.servers is not None else None
    more = {
        "collections": [vars(held) for held in summary.collections],
        "elsewhere": [vars(one) for one in summary.elsewhere],
    }
    return {**vars(summary), **more, "servers": servers}


def from_json(data: Any) -> Summary | None:
    """The summary in the output of ``as_json``; None if it is from a version with other fields."""
    try:
        held = tuple(Held(**{**item, **_tuples(item, "warnings", "captured", "known")}) for item in data["collections"])
        failed = tuple((str(name), str(error)) for name, error in data["failed"])
        elsewhere = tuple(Elsewhere(**{**item, **_tuples(item, "known")}) for item in data["elsewhere"])
        more = {"collections": held, "failed": failed, "elsewhere": elsewhere, "servers": _servers(data["servers"])}
        return Summary(**{**data, **_tuples(data, "expected_nodes", "warnings", "not_selected"), **more})
    except (TypeError, KeyError, ValueError):
        return None


def _servers(data: Any) -> ServersEntry | None:
    if data is None:
        return None
    return ServersEntry(**{**data, "earlier": tuple(EarlierServer(**one) for one in data["earlier"])})


def _tuples(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: tuple(data[name]) for name in names}


def _held(entry: CollectionEntry) -> Held:
    counted = entry.extra.get("shard_points")
    return Held(
        name=entry.name,
        kind=entry.kind,
        archive=entry.archive.key,
        bytes=entry.archive.bytes,
        sha256=entry.archive.sha256,
        copied_from=entry.archive.copied_from,
        snapshot=entry.snapshot,
        points=entry.points.before,
        quiet=entry.points.quiet,
        suspect=(entry.suspect or {}).get("why"),
        in_doubt=entry.in_doubt,
        warnings=tuple(entry.warnings),
        captured=tuple(entry.shards.captured),
        known=_ids(entry.shards.known),
        keys=_keys(entry.shards.known),
        shard_points=counted if isinstance(counted, int) and not isinstance(counted, bool) else None,
    )


def _ids(known: dict[str, Any]) -> tuple[int, ...]:
    return tuple(sorted(int(shard) for shard in known))


def _keys(known: dict[str, Any]) -> dict[str, str | int]:
    return {shard: about["key"] for shard, about in known.items() if about.get("key") is not None}
