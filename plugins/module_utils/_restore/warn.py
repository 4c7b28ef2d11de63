# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to know before a restore begins. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from .choose import already_back, in_place, to_do
from .match import missing_indexes
from .space import space_warnings
from .together import joins
from .values import RestoreFacts, RestoreOptions, Source, Target


def warnings(facts: RestoreFacts, options: RestoreOptions) -> Iterator[str]:
    """Those of the whole restore, then those of each collection."""
    yield from facts.warnings
    if facts.incomplete:
        yield f"The backup is not whole, and what it lacks does not come back: {facts.incomplete}."
    for source, why in already_back(facts, options):
        yield f"Nothing is done for {source.collection}: {why}."
    yield from space_warnings(facts, options)
    for source, target in to_do(facts, options):
        yield from _pair_warnings(source, target, facts, options)


def plain(text: str) -> str:
    """A text that goes on in the middle of a sentence."""
    return text.rstrip(". ")


def _pair_warnings(source: Source, target: Target, facts: RestoreFacts, options: RestoreOptions) -> Iterator[str]:
    absent = len(source.elsewhere)
    if absent:
        yield (
            f"The archive of {source.collection} holds {len(source.shards)} of {len(source.known_shards)} shards: "
            f"restore the other nodes' archives on their nodes too{_same_id(source)}; until then it is green and "
            "points are missing."
        )
    if joins(source, target) and options.mode == "new":
        yield (
            f"Other nodes have brought their parts of {source.collection} back: this node's part is put into "
            f"{target.name}, and a safety snapshot is kept."
        )
    if source.suspect:
        yield f"The backup of {source.collection} is marked suspect: {plain(source.suspect)}."
    if source.probe is None:
        counted = source.points is not None or source.archive_count is not None
        provable = "hash and count" if counted else "hash"
        yield f"No probes were noted for {source.collection}: only its {provable} can be proven."
    if not source.sized:
        yield (
            f"The archive of {source.collection} could not be read from here: its size, structure, configuration and "
            "shards are not checked, nor whether it finds room. Only its sha256 is, by the node."
        )
    if source.unchecked:
        yield f"Nobody noted a sha256 of the archive of {source.collection}: give it (checksum), or nothing is proven."
    if not source.qdrant_version:
        yield f"The server that made the archive of {source.collection} is not known: its version is not checked."
    if target.intent is not None:
        yield target.intent.warning()
    if in_place(source, target, options):
        yield from _replace_warnings(source, target)
    away = [alias for alias in source.aliases if facts.aliases.get(alias) != target.name]
    if away and not options.restore_aliases:
        names = ", ".join(away)
        yield f"Aliases of {source.collection} were recorded and do not come back by themselves: {names}."


def _replace_warnings(source: Source, target: Target) -> Iterator[str]:
    if source.custom_sharding and target.shard_keys is None:
        yield f"{target.name} does not tell its shard keys: whether they are those of the archive is not checked."
    yield f"While {target.name} is replaced reads fail for moments, and writes made since the backup are lost."
    lacked = missing_indexes(source.payload_schema, target.payload_schema) if target.payload_schema is not None else {}
    if lacked:
        yield f"{target.name} lacks payload indexes that the archive has, and gets them: {', '.join(lacked)}."


def _same_id(source: Source) -> str:
    return f", from the same backup ({source.backup_id})" if source.backup_id else ""
