# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entry of a collection whose previous archive is used again, without a new snapshot."""

from __future__ import annotations

import dataclasses

from .._base.stages import Stages
from .._repository.manifest import CollectionEntry, ShardsEntry
from . import coverage, shrink
from .opening import Repository
from .reuse import copy_previous
from .unchanged import taken_in
from .values import CollectionFacts, Item, Prior
from .watch import Watch


@dataclasses.dataclass(frozen=True)
class Kept:
    """entry: None if the archive could not be copied, so a snapshot is needed; warnings: why; seconds: of each
    stage."""

    entry: CollectionEntry | None
    warnings: tuple[str, ...]
    seconds: dict[str, float]


def keep(item: Item, prior: Prior, facts: CollectionFacts, repository: Repository, watch: Watch) -> Kept:
    """Copy the archive of the previous backup in the store. facts: those by which it was chosen."""
    stages = Stages()
    with stages("copy"):
        copied = copy_previous(item.name, prior, repository, watch)
    if copied.archive is None:
        return Kept(None, copied.warnings, stages.seconds)
    base, captured = shrink.baseline(prior), prior.entry.shards.captured
    known = coverage.known_shards(facts.shards) if facts.shards is not None else prior.entry.shards.known
    entry = dataclasses.replace(
        prior.entry,
        archive=copied.archive,
        shards=ShardsEntry(captured, known),
        previous=base.as_dict() if base else None,
        warnings=(*item.warnings, *copied.warnings),
        extra={
            **prior.entry.extra,
            "probed_in": prior.entry.extra.get("probed_in") or prior.backup_id,
            "taken_in": taken_in(prior),
        },
    )
    return Kept(entry, (), stages.seconds)
