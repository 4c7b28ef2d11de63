# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's answers as typed values.

Each ``from_json`` takes the ``result`` of one answer and raises KeyError, TypeError or ValueError if it is not from
Qdrant (the client turns these into a protocol error).
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
ACTIVE = "Active"


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """A snapshot that a node lists. size: bytes; creation_time: ``YYYY-MM-DDTHH:MM:SS`` UTC, None if the file system
    has none; checksum: lower-case hex SHA-256, None if the node has none (uploads, S3 storage, just written)."""

    name: str
    size: int
    creation_time: str | None
    checksum: str | None

    @classmethod
    def from_json(cls, result: dict[str, Any]) -> Snapshot:
        checksum = result.get("checksum")
        # Versions up to 1.17.0 may return a checksum file that is not flushed yet: empty or truncated. Then it is
        # unknown.
        known = checksum.lower() if isinstance(checksum, str) and _SHA256.fullmatch(checksum) else None
        return cls(str(result["name"]), int(result["size"]), result.get("creation_time"), known)


@dataclasses.dataclass(frozen=True)
class Collection:
    """``GET /collections/{c}``. points_count and indexed_vectors_count are approximate; config is the server's."""

    name: str
    status: str
    optimizer_status: str
    config: dict[str, Any]
    payload_schema: dict[str, Any]
    points_count: int
    indexed_vectors_count: int
    update_queue_length: int | None
    warnings: list[Any]

    @classmethod
    def from_json(cls, name: str, result: dict[str, Any]) -> Collection:
        optimizer = result.get("optimizer_status", "ok")
        if isinstance(optimizer, dict):
            optimizer = str(optimizer.get("error", optimizer))
        queue = (result.get("update_queue") or {}).get("length")
        config = result["config"]
        if not isinstance(config["params"], dict):
            raise TypeError("config.params is not an object")
        return cls(
            name,
            str(result["status"]),
            str(optimizer),
            config,
            dict(result.get("payload_schema") or {}),
            int(result.get("points_count") or 0),
            int(result.get("indexed_vectors_count") or 0),
            None if queue is None else int(queue),
            list(result.get("warnings") or []),
        )

    @property
    def params(self) -> dict[str, Any]:
        """``config.params``, unchanged."""
        params: dict[str, Any] = self.config["params"]
        return params

    @property
    def vectors(self) -> dict[str, dict[str, Any]]:
        """Parameters of each dense vector by name; the unnamed one is ``""``."""
        vectors = self.params.get("vectors") or {}
        if isinstance(vectors.get("size"), int):  # a vector may itself be called "size": then it is an object
            return {"": dict(vectors)}
        return {str(name): dict(value) for name, value in vectors.items()}

    @property
    def sparse_vectors(self) -> dict[str, dict[str, Any]]:
        """Parameters of each sparse vector by name."""
        return {str(k): dict(v or {}) for k, v in (self.params.get("sparse_vectors") or {}).items()}

    @property
    def shard_number(self) -> int:
        return int(self.params.get("shard_number") or 1)

    @property
    def sharding_method(self) -> str:
        """``auto`` or ``custom``."""
        return str(self.params.get("sharding_method") or "auto")

    @property
    def replication_factor(self) -> int:
        return int(self.params.get("replication_factor") or 1)

    @property
    def strict_mode(self) -> dict[str, Any]:
        """``config.strict_mode_config``, empty if there is none."""
        return dict(self.config.get("strict_mode_config") or {})


@dataclasses.dataclass(frozen=True)
class LocalShard:
    """A shard on this node. points_count is an estimate."""

    shard_id: int
    state: str
    points_count: int
    shard_key: str | int | None


@dataclasses.dataclass(frozen=True)
class RemoteShard:
    """A shard's replica on another node, as this node knows it."""

    shard_id: int
    peer_id: int
    state: str
    shard_key: str | int | None


@dataclasses.dataclass(frozen=True)
class ShardView:
    """``GET /collections/{c}/cluster``: one node's view of a collection's shards. transfers and resharding: how
    many run. "Active" does not prove that the other node runs (measured: a killed node stays Active until a write)."""

    peer_id: int
    shard_count: int
    local: tuple[LocalShard, ...]
    remote: tuple[RemoteShard, ...]
    transfers: int
    resharding: int

    @classmethod
    def from_json(cls, result: dict[str, Any]) -> ShardView:
        return cls(
            int(result["peer_id"]),
            int(result["shard_count"]),
            tuple(
                LocalShard(int(s["shard_id"]), str(s["state"]), int(s.get("points_count") or 0), s.get("shard_key"))
                for s in result["local_shards"]
            ),
            tuple(
                RemoteShard(int(s["shard_id"]), int(s["peer_id"]), str(s["state"]), s.get("shard_key"))
                for s in result["remote_shards"]
            ),
            len(result.get("shard_transfers") or []),
            len(result.get("resharding_operations") or []),
        )

    @property
    def all_active(self) -> bool:
        """Every replica is Active and no shard is moved. False if the node knows no shard."""
        states = [s.state for s in self.local] + [s.state for s in self.remote]
        return bool(states) and all(s == ACTIVE for s in states) and not self.transfers and not self.resharding


@dataclasses.dataclass(frozen=True)
class Cluster:
    """``GET /cluster``. peers: peer id -> address for other nodes (not REST); peer_id None on a single node; trouble:
    why this node takes no part in the consensus, "" if it does."""

    enabled: bool
    peer_id: int | None
    peers: dict[int, str]
    trouble: str = ""

    @classmethod
    def from_json(cls, result: dict[str, Any]) -> Cluster:
        if result["status"] != "enabled":
            return cls(False, None, {})
        peers = {int(peer): str(about.get("uri", "")) for peer, about in (result.get("peers") or {}).items()}
        return cls(True, int(result["peer_id"]), peers, _consensus_trouble(result))


def _consensus_trouble(result: dict[str, Any]) -> str:
    thread, raft = result.get("consensus_thread_status") or {}, result.get("raft_info") or {}
    state = str(thread.get("consensus_thread_status", "working"))
    if state != "working":
        return f"its consensus thread is {state.replace('_', ' ')}" + (
            f": {thread['err']}" if thread.get("err") else ""
        )
    return "it knows no leader of the cluster" if "leader" in raft and raft["leader"] is None else ""


@dataclasses.dataclass(frozen=True)
class Point:
    """A point from the server. version and score are set only if the call returns them."""

    id: int | str
    payload: dict[str, Any] | None
    vector: Any
    version: int | None = None
    score: float | None = None

    @classmethod
    def from_json(cls, result: dict[str, Any]) -> Point:
        return cls(
            result["id"], result.get("payload"), result.get("vector"), result.get("version"), result.get("score")
        )
