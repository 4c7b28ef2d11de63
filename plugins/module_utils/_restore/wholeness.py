# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a backup lacks: shards that no node's archives hold, and collections that were gone when it was made.

One node's damaged manifest, and rights that end at one's own keys, do not stop a restore here: a warning names what
could not be read. What is known to be missing stops it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .._base.choose import Selection
from .._base.errors import EngineError
from .._repository import layout
from .._repository.catalogue import LATEST
from .._repository.errors import OF_ONE_DOCUMENT, StoreError
from .._repository.survey import Survey
from .values import Lost, RestoreOptions

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue
    from .._repository.manifest import CollectionEntry, Manifest


@dataclasses.dataclass(frozen=True)
class Others:
    """What the repository holds of the other nodes under one backup id.

    stored: (key, bytes) of their archives; absent: nodes that were expected and have no manifest; unread: node to why
    its manifest, or its list of archives, could not be read.
    """

    manifests: tuple[Manifest, ...] = ()
    stored: frozenset[tuple[str, int]] = frozenset()
    absent: tuple[str, ...] = ()
    unread: dict[str, str] = dataclasses.field(default_factory=dict)


def lacking(entries: Sequence[CollectionEntry]) -> dict[str, set[int]]:
    """Collection to the ids of shards that it had and that its archive here does not hold."""
    found = {entry.name: {int(shard) for shard in entry.shards.known} - set(entry.shards.captured) for entry in entries}
    return {name: shards for name, shards in found.items() if shards}


def other_nodes(catalogue: Catalogue, manifest: Manifest) -> Others:
    """Ask the repository about the other nodes of this backup. The nodes are known from names alone."""
    try:
        entries = catalogue.nodes_of(manifest.backup_id)
    except StoreError as error:
        if error.kind != "forbidden":
            raise
        return Others(unread={"the other nodes": error.said})
    own = layout.segment(manifest.node.name)
    entries = [entry for entry in entries if entry.segment != own]
    there = {own, *(entry.segment for entry in entries)}
    absent = [name for name in manifest.expected_nodes if layout.segment(name) not in there]
    manifests, unread = [], {}
    stored: set[tuple[str, int]] = set()
    survey = Survey(catalogue)
    for entry, other in catalogue.manifests(entries):
        try:
            if isinstance(other, StoreError):
                raise other
            stored |= survey.archives([entry.backup_id], [entry.segment])[entry.backup_id]
            manifests.append(other)
        except StoreError as error:
            if error.kind not in ("forbidden", *OF_ONE_DOCUMENT):
                raise
            unread[entry.node] = error.said or error.kind
    return Others(tuple(manifests), frozenset(stored), tuple(absent), unread)


@dataclasses.dataclass(frozen=True)
class Wholeness:
    """Whether a backup is whole."""

    incomplete: str = ""  #: what is missing for good, "" if nothing is known to be
    collections: tuple[str, ...] = ()  #: that lack it
    unseen: tuple[str, ...] = ()  #: sentences about what could not be seen


def judge(entries: Sequence[CollectionEntry], others: Others) -> Wholeness:
    """Compare the shards that collections had with those in the archives of all nodes. Pure."""
    nowhere, unsure = {}, []
    for name, shards in sorted(lacking(entries).items()):
        held = [e for manifest in others.manifests for e in manifest.collections if e.name == name]
        good = {shard for entry in held if _is_stored(entry, others) for shard in entry.shards.captured}
        gone = [entry for entry in held if not _is_stored(entry, others) and shards & set(entry.shards.captured)]
        lost = ", ".join(sorted(entry.archive.key for entry in gone))
        missing = ", ".join(str(shard) for shard in sorted(shards - good))
        if missing and others.unread:
            unsure.append(f"shard {missing} of {name}")
        elif missing:
            nowhere[name] = f"shard {missing} of {name} is nowhere" + (f" (lost: {lost})" if lost else "")
    absent = [f"node {name} has no part in it" for name in others.absent] if nowhere else []
    return Wholeness("; ".join([*nowhere.values(), *absent]), tuple(nowhere), _told(unsure, others))


def _is_stored(entry: CollectionEntry, others: Others) -> bool:
    return (entry.archive.key, entry.archive.bytes) in others.stored


def _told(unsure: Sequence[str], others: Others) -> tuple[str, ...]:
    if not unsure:
        return ()
    why = "; ".join(f"{node}: {said}" for node, said in sorted(others.unread.items()))
    return (f"Whether the backup holds {', '.join(unsure)} could not be seen ({why}).",)


def lost(
    catalogue: Catalogue, manifests: Iterable[Manifest], options: RestoreOptions, selection: Selection
) -> Lost | None:
    """What of the chosen collections was gone when the newest backup was made. None if nothing was, or if
    the backup was named by its id: a timer goes on on a node that was emptied."""
    if options.backup_id != LATEST:
        return None
    manifests = list(manifests)
    gone = {name for one in manifests for name in one.gone.get("collections", ())}
    names = selection.of(sorted(gone))
    if not names:
        return None
    node = manifests[0].node.name if len(manifests) == 1 else None
    try:
        holder = catalogue.choose(before=options.before or None, node=node, collection=names[0]).backup_id
    except EngineError:
        holder = ""
    return Lost(manifests[0].backup_id, tuple(names), holder)
