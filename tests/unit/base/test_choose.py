# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and globs by tables."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.choose import chosen


@pytest.mark.parametrize(
    ("patterns", "names", "found"),
    [
        pytest.param([], ["b", "a"], ["b", "a"], id="no pattern: all, in their order"),
        pytest.param(["a"], ["a", "ab"], ["a"], id="a name"),
        pytest.param(["a*"], ["a", "ab", "b"], ["a", "ab"], id="a glob"),
        pytest.param(["a[1]"], ["a[1]", "a1"], ["a[1]"], id="a name that looks like a glob is that name"),
        pytest.param(["a[1]"], ["a1", "a2"], ["a1"], id="and a glob where there is no such name"),
        pytest.param(["a[1]", "a?"], ["a[1]", "a1"], ["a[1]", "a1"], id="both"),
        pytest.param(["*"], ["*", "a"], ["*"], id="a name of a star"),
        pytest.param(["z"], ["a"], [], id="nothing"),
        pytest.param(["A"], ["a"], [], id="case matters"),
    ],
)
def test_chosen(patterns: list[str], names: list[str], found: list[str]) -> None:
    assert chosen(patterns, names) == found
