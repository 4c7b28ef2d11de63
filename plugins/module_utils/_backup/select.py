# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Selects the collections of a backup. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from .._base.choose import chosen, is_glob, unmatched
from .._base.intent import RECOVER, Intent
from .._base.plan import Refusal

# <collection>__restore_<backup id>, <collection>__drill_<backup id>: only these names are temporary collections of this
# program.
_LEFTOVER = re.compile(r".+__(restore|drill)_\d{8}T\d{6}Z", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Selection:
    """names: to back up, sorted; unknown: named but missing (each a failure); refusals, warnings: as in a plan."""

    names: tuple[str, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[str, ...] = ()


def is_leftover(name: str) -> bool:
    """Whether a collection is a temporary one of a restore or a drill."""
    return _LEFTOVER.fullmatch(name) is not None


def unfinished_switches(intents: Iterable[Intent], aliases: Mapping[str, str]) -> frozenset[str]:
    """Collections that a restore has begun to bring back beside what clients use (``mode: switch``), and has not ended.
    One that an alias points to is in use, and is backed up."""
    begun = {intent.collection for intent in intents if (intent.mode, intent.step) == ("switch", RECOVER)}
    return frozenset(begun - set(aliases.values()))


def select(
    patterns: Sequence[str],
    existing: Iterable[str],
    aliases: Mapping[str, str],
    unfinished: Collection[str] = (),
) -> Selection:
    """Match names and globs with the node's collections. unfinished: those that are left out, as temporary ones are."""

    def is_left_out(name: str) -> bool:
        return is_leftover(name) or name in unfinished

    there = sorted(existing)
    leftovers = [name for name in chosen(patterns, there) if is_left_out(name) and name not in patterns]
    names = [name for name in chosen(patterns, there) if not is_left_out(name)]
    unknown: list[tuple[str, str]] = []
    refusals: list[Refusal] = []
    warnings: list[str] = []
    if leftovers:
        warnings.append("Not backed up, left over from a restore or a drill: " + ", ".join(leftovers) + ".")
    for pattern in unmatched(patterns, names):
        if pattern in aliases:
            refusals.append(
                Refusal(
                    "alias",
                    f"{pattern} is an alias of collection {aliases[pattern]}, not a collection.",
                    f"Use {aliases[pattern]} instead; every backup records aliases.",
                )
            )
        elif is_left_out(pattern) and pattern in there:
            unknown.append(
                (pattern, f"Collection {pattern} is left over from a restore or a drill, and is never backed up.")
            )
        elif is_glob(pattern):
            warnings.append(f"No collection matches {pattern}.")
        else:
            unknown.append((pattern, f"There is no collection {pattern} on this node. Check the name, or remove it."))
    return Selection(tuple(names), tuple(unknown), tuple(refusals), tuple(warnings))
