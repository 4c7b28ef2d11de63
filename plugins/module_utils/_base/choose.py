# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and globs, as every operation understands them."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable


def chosen(patterns: Iterable[str], names: Iterable[str]) -> list[str]:
    """The names that the patterns ask for, in their own order; no pattern asks for all.

    A pattern that is a name means just this one: a collection may be called ``a[1]``, which as a glob would be ``a1``.
    """
    wanted, there = list(patterns), list(names)
    exact = set(wanted) & set(there)
    globs = [pattern for pattern in wanted if pattern not in exact]
    return [
        name
        for name in there
        if not wanted or name in exact or any(fnmatch.fnmatchcase(name, pattern) for pattern in globs)
    ]
