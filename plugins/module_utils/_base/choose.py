# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and globs of collections, with one rule for every operation."""

from __future__ import annotations

import dataclasses
import fnmatch
import re
from collections.abc import Iterable

_GLOB = re.compile(r"[*?\[]")


def chosen(patterns: Iterable[str], names: Iterable[str]) -> list[str]:
    """The names that match the patterns, in the order of ``names``; without patterns, all names.

    A pattern that equals a name matches only that name: a collection may be called ``a[1]``, which as a glob
    matches ``a1``.
    """
    wanted, there = list(patterns), list(names)
    exact = set(wanted) & set(there)
    globs = [pattern for pattern in wanted if pattern not in exact]
    return [
        name
        for name in there
        if not wanted or name in exact or any(fnmatch.fnmatchcase(name, pattern) for pattern in globs)
    ]


def unmatched(patterns: Iterable[str], names: Iterable[str]) -> list[str]:
    """The patterns that match no name, each once."""
    there = list(names)
    return [pattern for pattern in dict.fromkeys(patterns) if not chosen((pattern,), there)]


def is_glob(pattern: str) -> bool:
    """Whether a pattern may match several names."""
    return _GLOB.search(pattern) is not None


@dataclasses.dataclass(frozen=True)
class Selection:
    """What is chosen of the names of one backup, decided once."""

    patterns: tuple[str, ...] = ()  #: names and globs, none for all
    excluded: frozenset[str] = frozenset()  #: names that match the patterns and are left out

    def of(self, names: Iterable[str]) -> list[str]:
        """Those of the names that are chosen, in their order."""
        return [name for name in chosen(self.patterns, names) if name not in self.excluded]


def select(patterns: Iterable[str], exclude: Iterable[str], names: Iterable[str]) -> tuple[Selection, list[str]]:
    """What is chosen of ``names``; and the patterns of ``exclude`` that match nothing of it."""
    wanted, there = tuple(patterns), list(dict.fromkeys(names))
    candidates = set(chosen(wanted, there))
    matched = {pattern: candidates.intersection(chosen((pattern,), there)) for pattern in exclude}
    excluded: frozenset[str] = frozenset().union(*matched.values())
    return Selection(wanted, excluded), [pattern for pattern, found in matched.items() if not found]
