# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which collections a backup is about, by tables."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.select import is_leftover, select

DRILL = "news__drill_20261122T180000Z"
THERE = ["articles", "articles-old", "logs[1]", "news", DRILL, "news__restore_20261122T190000Z"]
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
    found = select([DRILL], THERE, ALIASES)
    assert not found.names
    assert "left over" in found.unknown[0][1]


@pytest.mark.parametrize(
    ("patterns", "told"), [([], True), (["*"], True), (["news*"], True), (["news"], False), (["art*"], False)]
)
def test_leftovers_that_are_asked_for_are_told(patterns: list[str], told: bool) -> None:
    assert any(DRILL in text for text in select(patterns, THERE, ALIASES).warnings) is told


def test_what_only_looks_like_a_leftover_is_backed_up() -> None:
    assert select([], ["x__restore_points", "x__drill_y"], {}).names == ("x__drill_y", "x__restore_points")


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("a__restore_20261122T190000Z", True),
        ("a__drill_20261122T190000Z", True),
        ("a__restore_points", False),
        ("a__restore_20261122T190000Z_b", False),
        ("a__restore_20261122", False),
        ("__restore_20261122T190000Z", False),
        ("a_restore_20261122T190000Z", False),
        ("restore", False),
    ],
)
def test_leftover(name: str, ours: bool) -> None:
    assert is_leftover(name) is ours
