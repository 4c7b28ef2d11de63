# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which collections a restore works on. Pure."""

from __future__ import annotations

from .together import is_back
from .values import RestoreFacts, RestoreOptions, Source, Target


def to_do(facts: RestoreFacts, options: RestoreOptions) -> list[tuple[Source, Target]]:
    """The collections that something is done for."""
    done = [source for source, dummy in already_back(facts, options)]
    return [(source, target) for source, target in facts.pairs if source not in done]


def already_back(facts: RestoreFacts, options: RestoreOptions) -> list[tuple[Source, str]]:
    """Collections with nothing to do, and why we think so: that a cluster's nodes have brought back together as far as
    this node goes, or that were switched to this archive before. Who asks for a replacement gets one."""
    if options.mode == "switch":
        return [(source, why) for source, target in facts.pairs if (why := _switched(source, target))]
    if not facts.cluster_enabled or options.mode == "replace":
        return []
    found = [(source, is_back(source, target)) for source, target in facts.pairs]
    return [(source, why) for source, why in found if why]


def left_out(facts: RestoreFacts, options: RestoreOptions) -> tuple[str, ...]:
    """Names of the chosen collections with nothing to do: the backup holds nothing of them, or they are back."""
    return tuple(sorted({*facts.left_out, *(source.collection for source, dummy in already_back(facts, options))}))


def _switched(source: Source, target: Target) -> str:
    """Why a switch has nothing to do, "" where it has: an earlier run has moved the aliases to this archive's data."""
    live = target.live
    if live is None or live.switch is None or live.name != target.name:
        return ""
    if target.intent is not None or target.unfinished is not None:
        return ""
    at = live.switch.at
    moved = ", ".join(live.aliases)
    return f"{moved} was switched to {target.name} at {at}, restored from this archive (to restore it again: name)"
