# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which collections a restore works on, and how: what the plan and those who carry it out must agree on. Pure."""

from __future__ import annotations

from .together import is_back, joins
from .values import RestoreFacts, RestoreOptions, Source, Target


def to_do(facts: RestoreFacts, options: RestoreOptions) -> list[tuple[Source, Target]]:
    """The collections that something is done for."""
    done = [source for source, dummy in already_back(facts, options)]
    return [(source, target) for source, target in facts.pairs if source not in done]


def already_back(facts: RestoreFacts, options: RestoreOptions) -> list[tuple[Source, str]]:
    """Collections that a cluster's nodes have brought back together as far as this node goes, and why we think so.
    Who asks for a replacement gets one."""
    if not facts.cluster_enabled or options.mode != "new":
        return []
    found = [(source, is_back(source, target)) for source, target in facts.pairs]
    return [(source, why) for source, why in found if why]


def deliveries(source: Source, target: Target, facts: RestoreFacts, options: RestoreOptions) -> list[str]:
    """The ways to hand the archive to the node, best first; one way when the user chose it."""
    if source.kind == "snapshot":
        return ["node"]
    if options.delivery != "auto":
        return [options.delivery]
    ways = []
    if source.kind == "url" or (source.kind == "repository" and facts.can_presign):
        ways.append("url")
    if source.kind != "url":
        ways += ["file"] if facts.can_place_file else []
        ways += ["upload"] if ":" not in target.name else []
    return ways


def in_place(source: Source, target: Target, options: RestoreOptions) -> bool:
    """Whether an existing collection is overwritten."""
    return (options.mode == "replace" or joins(source, target)) and target.exists and not target.leftover(source)


def wanted_aliases(source: Source, options: RestoreOptions) -> list[str]:
    """The aliases that the restored collection is to get: recorded ones on request, and the one named."""
    names = set(source.aliases) if options.restore_aliases else set()
    return sorted(names | ({options.alias} if options.alias else set()))
