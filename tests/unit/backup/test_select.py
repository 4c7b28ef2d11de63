# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which collections a backup is about, by tables."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.select import is_leftover, select

THERE = ["articles", "articles-old", "logs[1]", "news", "news__drill_1", "news__restore_20261122T190000Z"]
ALIASES = {"live": "articles"}


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        pytest.param([], ("articles", "articles-old", "logs[1]", "news"), id="all, but never leftovers"),
        pytest.param(["news"], ("news",), id="a name"),
        pytest.param(["art*"], ("articles", "articles-old"), id="a glob"),
        pytest.param(["*"], ("articles", "articles-old", "logs[1]", "news"), id="the glob of all: no leftovers"),
        pytest.param(["art*", "articles"], ("articles", "articles-old"), id="each once"),
        pytest.param(["logs[1]"], ("logs[1]",), id="a name that looks like a glob"),
        pytest.param(["new[s]"], ("news",), id="a glob with brackets"),
        pytest.param(["ARTICLES"], (), id="case matters"),
    ],
)
def test_names(patterns: list[str], names: tuple[str, ...]) -> None:
    assert select(patterns, THERE, ALIASES).names == names


def test_an_unknown_name_fails_alone() -> None:
    found = select(["news", "gone"], THERE, ALIASES)
    assert found.names == ("news",)
    assert [name for name, dummy in found.unknown] == ["gone"]
    assert "no collection gone" in found.unknown[0][1]
    assert not found.refusals


def test_a_glob_that_matches_nothing_is_a_warning() -> None:
    found = select(["news", "zzz*"], THERE, ALIASES)
    assert not found.unknown
    assert found.warnings == ("No collection matches zzz*.",)


def test_an_alias_is_refused_with_the_collection_behind_it() -> None:
    (refusal,) = select(["live"], THERE, ALIASES).refusals
    assert refusal.code == "alias"
    assert "articles" in refusal.message
    assert "articles" in refusal.next


def test_a_leftover_is_not_backed_up_even_by_name() -> None:
    found = select(["news__drill_1"], THERE, ALIASES)
    assert not found.names
    assert "left over" in found.unknown[0][1]


def test_leftovers_are_told() -> None:
    assert "news__drill_1" in select([], THERE, ALIASES).warnings[0]


@pytest.mark.parametrize(
    ("name", "ours"),
    [("a__restore_x", True), ("a__drill_x", True), ("__restore_x", False), ("a_restore_x", False), ("restore", False)],
)
def test_leftover(name: str, ours: bool) -> None:
    assert is_leftover(name) is ours
