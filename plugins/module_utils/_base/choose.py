# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and globs of collections, with one rule for every operation."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable


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
