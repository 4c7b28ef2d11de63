# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a manifest that reports need, without probes and configurations: 2 % of its size in memory."""

from __future__ import annotations

import dataclasses
from typing import Any

from .manifest import CollectionEntry, EarlierServer, Manifest, Origin, ServersEntry
from .servers import changed_in


@dataclasses.dataclass(frozen=True)
class Held:
    """One collection of a backup."""

    name: str
    archive: str  # its key
    bytes: int
    sha256: str
    copied_from: str | None
    points: int | None
    quiet: bool
    suspect: str | None  # why, None if it is not
    warnings: tuple[str, ...]
    captured: tuple[int, ...]  # shards with data in the archive
    known: tuple[int, ...]  # shards that the collection had in the cluster


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
    peer_id: int | None  # of the server that was backed up
    servers: ServersEntry | None  # of the node name, None where the manifest does not record them
    #: of the first backup of another server: {"peer_id", "last_backup_id", "accepted"}; else None
    server_before: dict[str, Any] | None
    digest: str | None  # of the manifest; None if an earlier version wrote it
    keep_local: int | None  # snapshots that the node keeps for each collection; None if the manifest does not say it

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
        peer_id=manifest.node.peer_id,
        servers=manifest.node.servers,
        server_before=_server_before(manifest),
        digest=manifest.digest,
        keep_local=_keep_local(manifest),
    )


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
    return {**vars(summary), "collections": [vars(held) for held in summary.collections], "servers": servers}


def from_json(data: Any) -> Summary | None:
    """The summary in the output of ``as_json``; None if it is from a version with other fields."""
    try:
        held = tuple(Held(**{**item, **_tuples(item, "warnings", "captured", "known")}) for item in data["collections"])
        failed = tuple((str(name), str(error)) for name, error in data["failed"])
        more = {"collections": held, "failed": failed, "servers": _servers(data["servers"])}
        return Summary(**{**data, **_tuples(data, "expected_nodes"), **more})
    except (TypeError, KeyError, ValueError):
        return None


def _servers(data: Any) -> ServersEntry | None:
    if data is None:
        return None
    return ServersEntry(**{**data, "earlier": tuple(EarlierServer(**one) for one in data["earlier"])})


def _tuples(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: tuple(data[name]) for name in names}


def _held(entry: CollectionEntry) -> Held:
    return Held(
        name=entry.name,
        archive=entry.archive.key,
        bytes=entry.archive.bytes,
        sha256=entry.archive.sha256,
        copied_from=entry.archive.copied_from,
        points=entry.points.before,
        quiet=entry.points.quiet,
        suspect=(entry.suspect or {}).get("why"),
        warnings=tuple(entry.warnings),
        captured=tuple(entry.shards.captured),
        known=tuple(sorted(int(shard) for shard in entry.shards.known)),
    )
