# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a live target must have before a drill restores to it: room and rest. Facts, and pure refusals."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import urllib.parse
from collections.abc import Iterator, Sequence

from .._base.host import free_bytes, seen_folder
from .._base.plan import Refusal, human_bytes
from .._qdrant.client import Node
from .._qdrant.throwaway import throwaway_name
from .._restore.values import NodeRestoreOptions

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclasses.dataclass(frozen=True)
class Copy:
    """One collection that a live target is to take. elsewhere: its shards that the archive lacks; of_shard: whether the
    archive is that of one shard; keyed: whether it has shard keys."""

    collection: str
    backup_id: str
    bytes: int
    elsewhere: tuple[int, ...] = ()
    of_shard: bool = False
    keyed: bool = False

    @property
    def name(self) -> str:
        """Its throw-away name."""
        return throwaway_name(self.collection, self.backup_id)


@dataclasses.dataclass(frozen=True)
class TargetFacts:
    """The node at one moment. free: bytes on its disk, memory: bytes that are available, load: for each processor;
    None if this host cannot see them."""

    url: str
    version: str
    peers: int
    collections: frozenset[str]
    aliases: dict[str, str]
    busy: bool
    free: int | None = None
    memory: int | None = None
    load: float | None = None
    clustered: bool = False  #: whether it runs with cluster mode enabled


def target_facts(node: Node, options: NodeRestoreOptions) -> TargetFacts:
    """Asks the node, and this host if the node runs on it. Raises QdrantError."""
    cluster = node.cluster()
    here = urllib.parse.urlsplit(node.url).hostname in _LOOPBACK
    return TargetFacts(
        url=node.url,
        version=node.version(),
        peers=len(cluster.peers) if cluster.enabled else 1,
        collections=frozenset(node.collections()),
        aliases=node.aliases(),
        busy=bool(node.recoveries_running() or node.snapshots_running()),
        clustered=cluster.enabled,
        free=free_bytes(seen_folder(options.storage_folder)),
        memory=_memory() if here else None,
        load=os.getloadavg()[0] / (os.cpu_count() or 1) if here else None,
    )


def _memory() -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError), open("/proc/meminfo", encoding="ascii") as handle:
        for line in handle:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    return None


def refusals(copies: Sequence[Copy], facts: TargetFacts) -> Iterator[Refusal]:
    """Reasons not to restore to a live target, whichever it is. Pure."""
    if facts.peers > 1:
        yield Refusal(
            "cluster",
            f"{facts.url} belongs to a cluster of {facts.peers} nodes, and a throw-away collection would be created on "
            "all of them.",
            "Set target to engine (all_nodes: true drills the parts of all nodes), or to scratch with a single node.",
        )
    keyed = sorted({copy.collection for copy in copies if copy.keyed})
    if keyed and not facts.clustered:
        yield Refusal(
            "custom_sharding",
            f"{', '.join(keyed)} has shard keys, and {facts.url} does not run in cluster mode: it has none.",
            "Set target to engine with all nodes (all_nodes: true; --all-nodes), which opens each shard. Or enable "
            "cluster mode on the scratch node; one node is enough.",
        )
    in_shards = sorted({copy.collection for copy in copies if copy.of_shard})
    if in_shards:
        yield Refusal(
            "shards",
            f"The backup holds {', '.join(in_shards)} in archives of single shards, and a live target takes archives "
            "of whole collections.",
            "Set target to engine, which opens each shard.",
        )
    for copy in copies:
        if copy.elsewhere and not copy.of_shard:
            shards = ", ".join(map(str, copy.elsewhere))
            yield Refusal(
                "part",
                f"The archive of {copy.collection} is a part of it: shard {shards} is in other nodes' backups.",
                "Set target to engine, which opens a part of a collection.",
            )
        held = sorted(alias for alias, holder in facts.aliases.items() if holder == copy.name)
        if held or copy.name in facts.aliases:
            named = f"the alias {', '.join(held)} points to it" if held else "it is the name of an alias"
            yield Refusal(
                "alias_on_it",
                f"Collection {copy.name} is not free on {facts.url}: {named}.",
                "Point the alias to another collection, or delete it.",
            )
        elif copy.name in facts.collections:
            yield Refusal(
                "name_taken",
                f"Collection {copy.name} exists on {facts.url}, and no note of this host says that a drill created it.",
                "Check it and delete it, then start again.",
            )


def refusals_of_same(
    copies: Sequence[Copy], facts: TargetFacts, min_free: int, max_load: float = math.inf
) -> Iterator[Refusal]:
    """Reasons not to restore to the node itself, which serves clients: one copy at a time must fit, and nothing else
    may be at work. min_free: bytes; max_load: of this host, for each processor. Pure."""
    largest = max((copy.bytes for copy in copies), default=0)
    if facts.free is None:
        yield Refusal(
            "room_unknown",
            f"The free space of {facts.url} is unknown, and a copy of the collection must not fill its disk.",
            "Set storage_dir to the node's storage folder on this host, or target to engine.",
        )
    elif facts.free - 2 * largest < min_free:
        yield Refusal(
            "no_space",
            f"{human_bytes(facts.free)} are free on the node's disk; a copy needs about {human_bytes(2 * largest)}, "
            f"and {human_bytes(min_free)} must stay free.",
            "Free space, lower min_free, or set target to engine with scratch_dir on another disk.",
        )
    if facts.memory is not None and facts.memory < largest:
        yield Refusal(
            "no_memory",
            f"{human_bytes(facts.memory)} of memory are available; a copy may need {human_bytes(largest)}.",
            "Set target to scratch or engine.",
        )
    if facts.load is not None and facts.load > max_load:
        yield Refusal(
            "busy_host",
            f"The load of this host is {facts.load:.1f} for each processor; {max_load:g} is the limit.",
            "Drill at a quieter time, or raise max_load.",
        )
    if facts.busy:
        yield Refusal(
            "busy_node",
            f"{facts.url} creates or recovers a snapshot now.",
            "Wait until it has ended, then start again.",
        )
