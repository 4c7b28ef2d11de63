# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which archive each shard is restored from, and what a backup lacks. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._base.counted import counted
from .._qdrant.names import parse_snapshot_name
from .._repository.layout import name_of
from .._restore.history import History
from .._restore.match import differences
from .._restore.values import Source, in_order
from .values import Archived, ShardArchive, ShardKey

if TYPE_CHECKING:
    from .._repository.manifest import CollectionEntry, Manifest


@dataclasses.dataclass(frozen=True)
class Part:
    """One node's manifest. stored: what the store tells of an archive, by its key (``stored_facts``)."""

    manifest: Manifest
    stored: Mapping[str, Mapping[str, Any]]

    @property
    def node(self) -> str:
        """Whose it is."""
        return self.manifest.node.name

    def held(self, item: CollectionEntry) -> bool:
        """Whether the store holds the archive of an entry."""
        return not self.stored.get(item.archive.key, {}).get("problems")


@dataclasses.dataclass(frozen=True)
class Found:
    """The manifests of one backup id, by node. absent: nodes that were expected and have none; unread: node to why its
    manifest could not be read."""

    backup_id: str
    parts: tuple[Part, ...]
    names: tuple[str, ...]
    absent: tuple[str, ...] = ()
    unread: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def held(self) -> tuple[str, ...]:
        """The chosen collections of which there is an archive."""
        return tuple(name for name in self.names if self.entries(name))

    def known(self, name: str) -> dict[str, Any]:
        """The shards of a collection, as all nodes noted them."""
        found: dict[str, Any] = {}
        for part in self.parts:
            found.update(part.manifest.shards_elsewhere.get(name, {}))
        for dummy, item in self.entries(name):
            found.update(item.shards.known)
        return found

    def entries(self, name: str) -> list[tuple[Part, CollectionEntry]]:
        """The entries of a collection in all manifests, those of single shards first."""
        pairs = [(part, item) for part in self.parts for item in part.manifest.collections if item.name == name]
        return sorted(pairs, key=lambda pair: pair[1].kind != "shard")


def archived(found: Found, name: str, history: History) -> Archived:
    """One collection of the backup."""
    pairs = found.entries(name)
    known: dict[int, ShardKey] = {}
    peers: dict[int, frozenset[int]] = {}
    for shard, about in found.known(name).items():
        known[int(shard)] = about.get("key")
        peers[int(shard)] = frozenset(int(peer) for peer in about.get("peers") or ())
    known.update({shard: None for dummy, item in pairs for shard in item.shards.captured if shard not in known})
    shards = _cover(pairs, known, peers)
    lacking = tuple(sorted(set(known) - {archive.shard for archive in shards}))
    versions = sorted({part.manifest.node.qdrant_version for part, dummy in pairs if part.manifest.node.qdrant_version})
    whole = _whole(found, name, pairs, known, shards, history)
    return Archived(whole, shards, lacking, _differ(name, pairs), tuple(versions))


def _cover(
    pairs: Sequence[tuple[Part, CollectionEntry]], known: Mapping[int, ShardKey], peers: Mapping[int, frozenset[int]]
) -> tuple[ShardArchive, ...]:
    """One archive for each shard: its own, else that of a node's collection, as few of these as possible."""
    good = [(part, item) for part, item in pairs if part.held(item) and _is_its_own(item)]
    chosen: dict[int, ShardArchive] = {}
    single = [(part, item) for part, item in good if item.kind == "shard"]
    nodes = [(part, item) for part, item in good if item.kind == "collection"]
    while single or nodes:
        rest = single or sorted(nodes, key=lambda pair: -len(set(pair[1].shards.captured) - set(chosen)))
        part, item = rest[0]
        (single if single else nodes).remove((part, item))
        for shard in item.shards.captured:
            if shard not in chosen:
                estimate = item.extra.get("shard_points")
                chosen[shard] = ShardArchive(
                    shard,
                    known.get(shard),
                    part.node,
                    item.archive.key,
                    item.archive.bytes,
                    item.archive.sha256,
                    cut=item.kind == "collection",
                    points=estimate if isinstance(estimate, int) else None,
                    peers=peers.get(shard, frozenset()),
                )
    return tuple(chosen[shard] for shard in sorted(chosen))


def _is_its_own(item: CollectionEntry) -> bool:
    """Whether the archive's file name is of the shard that the manifest names: a server does not compare them."""
    if item.kind != "shard":
        return item.kind == "collection"
    parsed = parse_snapshot_name(name_of(item.archive.key.rpartition("/")[2]))
    other = parsed is not None and parsed.kind == "shard" and parsed.number not in item.shards.captured
    return len(item.shards.captured) == 1 and not other


def _differ(name: str, pairs: Sequence[tuple[Part, CollectionEntry]]) -> str:
    """Why the archives of one backup cannot be put into one collection, "" if they can."""
    first_part, first = next((pair for pair in pairs if pair[1].config), pairs[0])
    for part, item in pairs:
        # A node whose cluster did not answer whole has stored its shards, and could not describe the collection.
        for sentence in differences(first.config, item.config) if item.config else ():
            return f"{name} was another collection on {part.node} than on {first_part.node}: {sentence}"
        if item.shards.known and first.shards.known and set(item.shards.known) != set(first.shards.known):
            return f"{name} had other shards when {part.node} was backed up than when {first_part.node} was"
    return ""


def _whole(
    found: Found,
    name: str,
    pairs: Sequence[tuple[Part, CollectionEntry]],
    known: Mapping[int, ShardKey],
    shards: Sequence[ShardArchive],
    history: History,
) -> Source:
    """The collection as one source: its archives together, and the probe of its first node."""
    item = next((one for dummy, one in pairs if one.config), pairs[0][1])
    probed = next((one for dummy, one in pairs if one.probe and one.points.quiet), None) or next(
        (one for dummy, one in pairs if one.probe), item
    )
    counts = {one.points.before for dummy, one in pairs}
    quiet = all(one.points.quiet for dummy, one in pairs) and len(counts) == 1
    keys: dict[Any, list[int]] = {}
    for shard, key in known.items():
        if key is not None:
            keys.setdefault(key, []).append(shard)
    used = {archive.location: archive.bytes for archive in shards}
    told = [part.stored.get(one.archive.key, {}) for part, one in pairs if one.archive.key in used]
    frozen = next((about for about in told if about.get("frozen")), {})
    manifest = pairs[0][0].manifest
    suspect = next((str((one.suspect or {}).get("why", "")) for dummy, one in pairs if one.suspect), "")
    return Source(
        kind="repository",
        collection=name,
        location=f"{counted(len(used), 'archive')} of backup {found.backup_id}",
        bytes=sum(used.values()),
        config=item.config,
        payload_schema=item.payload_schema,
        points=probed.points.before,
        quiet=quiet,
        probe=_probe(probed.probe, quiet),
        qdrant_version=manifest.node.qdrant_version or "",
        shards=frozenset(archive.shard for archive in shards),
        known_shards=frozenset(known),
        shard_keys=in_order(keys),
        siblings=frozenset(one.name for part in found.parts for one in part.manifest.collections),
        aliases=tuple(sorted({a for part in found.parts for a, to in part.manifest.aliases.items() if to == name})),
        node=pairs[0][0].node,
        backup_id=found.backup_id,
        suspect=suspect,
        made_at=min(part.manifest.started_at for part, dummy in pairs),
        frozen=frozen.get("frozen", ""),
        thaw=frozen.get("thaw", ""),
        storage_class=next((about["storage_class"] for about in told if about.get("storage_class")), ""),
        grade=_grade(pairs[0][0], name, history),
    )


def _grade(part: Part, name: str, history: History) -> int | None:
    """How far the archives of one node were proven, the least of them; None if this is not known."""
    entries = part.manifest.entries(name)
    return min((history.grades.get(entry.part, 0) for entry in entries), default=0) if history.read else None


def _probe(probe: dict[str, Any], quiet: bool) -> dict[str, Any] | None:
    """The probe; its count is of one node's moment, and is the collection's only if nothing was written on any."""
    if not probe or quiet or not isinstance(probe.get("counts"), dict):
        return probe or None
    return {**probe, "counts": {**probe["counts"], "quiet": False}}


def lacking(found: Found, every: Iterable[Archived]) -> tuple[str, ...]:
    """The chosen collections of which the backup lacks shards."""
    nowhere = [name for name in found.names if name not in found.held]
    return tuple(sorted({*nowhere, *(one.whole.collection for one in every if one.lacking)}))


def missing(found: Found, every: Iterable[Archived]) -> str:
    """What the backup lacks of its collections, "" if nothing."""
    told = [f"{name} is in no archive" for name in found.names if name not in found.held]
    for one in every:
        if not one.lacking:
            continue
        name, shards = one.whole.collection, ", ".join(map(str, one.lacking))
        text = f"shard {shards} of {name} is in no archive"
        lost = sorted(
            item.archive.key
            for part, item in found.entries(name)
            if set(item.shards.captured) & set(one.lacking) and not (part.held(item) and _is_its_own(item))
        )
        text += f" (lost: {', '.join(lost)})" if lost else ""
        text += "; with one replica a shard, the backup has no other copy of its points" if one.copies == 1 else ""
        told.append(text)
    if told:
        told += [f"node {node} has no part in it" for node in found.absent]
        told += [f"the part of node {node} could not be read ({why})" for node, why in sorted(found.unread.items())]
    return "; ".join(told)
