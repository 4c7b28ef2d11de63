# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which collections a backup is about. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence

from .._base.choose import chosen
from .._base.plan import Refusal

# <collection>__restore_<backup id>, <collection>__drill_<backup id>: just these are ours, whatever else begins so.
_LEFTOVER = re.compile(r".+__(restore|drill)_\d{8}T\d{6}Z", re.DOTALL)
_GLOB = re.compile(r"[*?\[]")


@dataclasses.dataclass(frozen=True)
class Selection:
    """names: what to back up, sorted; unknown: named, not there (each a failure); refusals, warnings: as in a plan."""

    names: tuple[str, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[str, ...] = ()


def is_leftover(name: str) -> bool:
    """Whether a collection is our own, made by a restore or a drill on the way to something else."""
    return _LEFTOVER.fullmatch(name) is not None


def select(patterns: Sequence[str], existing: Iterable[str], aliases: Mapping[str, str]) -> Selection:
    """Names and globs against what the node has."""
    there = sorted(existing)
    leftovers = [name for name in chosen(patterns, there) if is_leftover(name) and name not in patterns]
    names = [name for name in chosen(patterns, there) if not is_leftover(name)]
    unknown: list[tuple[str, str]] = []
    refusals: list[Refusal] = []
    warnings: list[str] = []
    if leftovers:
        warnings.append("Not backed up, left over from a restore or a drill: " + ", ".join(leftovers) + ".")
    for pattern in dict.fromkeys(patterns):
        if chosen([pattern], names):
            continue
        if pattern in aliases:
            refusals.append(
                Refusal(
                    "alias",
                    f"{pattern} is an alias of collection {aliases[pattern]}, not a collection.",
                    f"Name {aliases[pattern]} instead; aliases are noted in every backup.",
                )
            )
        elif is_leftover(pattern) and pattern in there:
            unknown.append(
                (pattern, f"Collection {pattern} is left over from a restore or a drill, and never backed up.")
            )
        elif _GLOB.search(pattern):
            warnings.append(f"No collection matches {pattern}.")
        else:
            unknown.append(
                (pattern, f"There is no collection {pattern} on this node. Check the name, or leave it out.")
            )
    return Selection(tuple(names), tuple(unknown), tuple(refusals), tuple(warnings))
