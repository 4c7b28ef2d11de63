# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A shard and its replicas: which of them is written to, which is read, and what failures lead to."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any, Protocol

from .errors import ApiError, bad_input, service_error
from .reads import Read, resolved
from .shard import Shard
from .writes import Write

Json = dict[str, Any]
States = dict[int, str]

ACTIVE = "Active"
_READABLE = (ACTIVE, "ReshardingScaleDown", "ActiveRead")
_UPDATABLE = (*_READABLE, "Partial", "Initializing", "Listener", "Resharding")
_TRUTH = (*_READABLE, "Resharding")


class Peers(Protocol):
    """The other nodes that hold replicas."""

    def read(self, peer: int, collection: str, shard_id: int, read: Read) -> Any:
        """The answer of the replica there."""

    def write(self, peer: int, collection: str, shard_id: int, kind: str, given: Json) -> None:
        """Writes to the replica there."""

    def failed(self, collection: str, shard_id: int, peers: Iterable[int]) -> None:
        """Replicas that missed a write are not to be read any more."""


class NoPeers:
    """A node alone: every replica is its own."""

    def read(self, peer: int, collection: str, shard_id: int, read: Read) -> Any:
        raise service_error(f"Peer {peer} does not exist")

    def write(self, peer: int, collection: str, shard_id: int, kind: str, given: Json) -> None:
        raise service_error(f"Peer {peer} does not exist")

    def failed(self, collection: str, shard_id: int, peers: Iterable[int]) -> None:
        """Nobody could take over."""


def needed_of(consistency: str | None, total: int) -> tuple[int, int]:
    """How many replicas are asked, and how many of these have to agree."""
    if consistency is None:
        return 1, 1
    if consistency == "all":
        return total, total
    if consistency == "majority":
        return total, total // 2 + 1
    asked = total // 2 + 1 if consistency == "quorum" else max(1, min(int(consistency), total))
    return asked, asked


class ReplicaSet:
    """One shard of a collection. `states` are its replicas by peer, `local` is this node's, where it has one."""

    def __init__(self, collection: str, shard_id: int, key: Any, this_peer: int, peers: Peers) -> None:
        self.collection = collection
        self.shard_id = shard_id
        self.key = key
        self.this_peer = this_peer
        self.states: States = {}
        self.local: Shard | None = None
        self._peers = peers

    def here(self) -> Shard:
        """The replica on this node."""
        if self.local is None:
            raise bad_input(f"Shard {self.shard_id} is not a local or queue proxy shard")
        return self.local

    def state_json(self) -> Json:
        """`replica_state.json`, as archives have it."""
        peers = {str(peer): state for peer, state in self.states.items()}
        return {"is_local": self.local is not None, "this_peer_id": self.this_peer, "peers": peers}

    @property
    def readable(self) -> list[int]:
        """The peers that can be read, this node first."""
        found = [peer for peer, state in self.states.items() if state in _READABLE]
        random.shuffle(found)
        return sorted(found, key=lambda peer: peer != self.this_peer)

    def read_here(self, read: Read) -> Any:
        """The answer of this node's replica."""
        if self.local is None:
            raise service_error(f"Local shard {self.shard_id} not found")
        with self.local.reading(read.doing) as engine:
            return read.run(engine)

    def read(self, read: Read, consistency: str | None = None) -> Any:
        """The answer of one replica, this node's where it can be read; or what several agree upon."""
        wanted, agreeing = needed_of(consistency, len(self.states))
        candidates = self.readable
        if len(candidates) < wanted:
            raise service_error(
                f"The replica set for shard {self.shard_id} on peer {self.this_peer} "
                "does not have enough active replicas"
            )
        answers: list[Any] = []
        failed: list[str] = []
        for peer in candidates:
            try:
                mine = peer == self.this_peer
                answers.append(
                    self.read_here(read) if mine else self._peers.read(peer, self.collection, self.shard_id, read)
                )
            except ApiError as error:
                if error.status < 500:
                    raise
                failed.append(error.text)
            if len(answers) == wanted:
                return answers[0] if wanted == 1 else resolved(read.kind, answers, agreeing)
        lines = "".join(f"\n  {text}" for text in failed)
        raise service_error(f"{len(failed)} of {len(failed) + len(answers)} read operations failed:{lines}")

    def write(self, write: Write, ids: list[Any] | None, consistency_factor: int) -> None:
        """Writes to every replica that takes writes. Those that fail are given up where enough others have it."""
        peers = [peer for peer, state in self.states.items() if state in _UPDATABLE]
        if not peers:
            raise service_error(
                f"The replica set for shard {self.shard_id} on peer {self.this_peer} has no active replica"
            )
        done: list[int] = []
        failed: list[tuple[int, ApiError]] = []
        for peer in sorted(peers, key=lambda one: one != self.this_peer):
            try:
                self._written(peer, write, ids)
                done.append(peer)
            except ApiError as error:
                failed.append((peer, error))
        if failed and len(done) < min(consistency_factor, len(self.states)):
            raise failed[0][1]
        if failed:
            self._peers.failed(self.collection, self.shard_id, [peer for peer, dummy in failed])
        if not any(self.states.get(peer) in _TRUTH or self.states.get(peer) == "Initializing" for peer in done):
            said = f"Failed peer: {failed[0][0]}, error: {failed[0][1].text}" if failed else ""
            raise service_error(
                "Failed to apply operation to at least one `Active` replica. "
                f"Consistency of this update is not guaranteed. Please retry. {said}"
            )

    def _written(self, peer: int, write: Write, ids: list[Any] | None) -> None:
        if peer != self.this_peer:
            self._peers.write(peer, self.collection, self.shard_id, write.kind, write.part(ids))
        elif self.local is None:
            raise service_error(f"Local shard {self.shard_id} not found")
        else:
            self.local.update(write.make(write.ids if ids is None else ids))
