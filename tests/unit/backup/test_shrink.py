# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shrink guard by tables."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup import shrink
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.values import Previous, Prior
from ansible_collections.vectorops.qdrant.tests.unit.backup.make import BEFORE, options, prior


@pytest.mark.parametrize(
    ("points", "size", "more", "words"),
    [
        pytest.param(100, 1000, {}, [], id="as before"),
        pytest.param(80, 1000, {}, [], id="just the share"),
        pytest.param(79, 1000, {}, ["points fell from 100"], id="one point more"),
        pytest.param(0, 1000, {}, ["points fell"], id="empty"),
        pytest.param(100, 500, {}, [], id="half the bytes"),
        pytest.param(100, 499, {}, ["the archive fell"], id="less than half"),
        pytest.param(1, 1, {}, ["points fell", "the archive fell"], id="both"),
        pytest.param(200, 5000, {}, [], id="grown"),
        pytest.param(None, 1000, {}, [], id="nobody counted"),
        pytest.param(1, 1, {"accept_shrink": True}, [], id="accepted"),
        pytest.param(51, 1000, {"shrink_points": 0.5}, [], id="another share"),
        pytest.param(99, 1000, {"shrink_points": 0.0}, ["points fell"], id="no share at all"),
    ],
)
def test_reasons(points: int | None, size: int, more: dict[str, Any], words: list[str]) -> None:
    found = shrink.reasons(shrink.baseline(prior()), points, size, options(**more))
    assert len(found) == len(words)
    assert all(word in text and BEFORE in text for word, text in zip(words, found))


def test_a_first_backup_has_nothing_to_compare_with() -> None:
    assert shrink.baseline(None) is None
    assert shrink.reasons(None, 0, 0, options()) == []


def test_a_suspect_backup_is_no_yardstick() -> None:
    """The mark does not go away by itself one backup later."""
    shrunken = prior(
        points=10, suspect={"why": "x"}, previous={"backup_id": "20261122T170000Z", "points": 100, "bytes": 1000}
    )
    base = shrink.baseline(shrunken)
    assert base is not None
    assert base.as_dict() == {"backup_id": "20261122T170000Z", "points": 100, "bytes": 1000}
    assert shrink.reasons(base, 10, 1000, options())
    assert not shrink.reasons(base, 100, 1000, options())


def test_the_count_before_stands_in_for_the_one_after() -> None:
    import dataclasses

    entry = prior().entry
    half = dataclasses.replace(entry, points=dataclasses.replace(entry.points, after=None))
    base = shrink.baseline(Prior(BEFORE, half))
    assert base is not None
    assert base.points == 100


@pytest.mark.parametrize(
    ("previous", "names", "aliases", "patterns", "gone"),
    [
        pytest.param(None, ["a"], {}, (), {}, id="no backup before"),
        pytest.param(Previous(BEFORE, ("a",)), ["a", "b"], {}, (), {}, id="more than before"),
        pytest.param(Previous(BEFORE, ("a", "b")), ["a"], {}, (), {"collections": ["b"]}, id="one gone"),
        pytest.param(Previous(BEFORE, ("a", "b")), ["a"], {}, ("a",), {}, id="not asked for"),
        pytest.param(Previous(BEFORE, ("a",), {"x": "a"}), ["a"], {}, (), {"aliases": ["x"]}, id="alias gone"),
        pytest.param(Previous(BEFORE, ("a",), {"x": "a"}), ["a"], {"x": "z"}, (), {}, id="alias moved"),
        pytest.param(
            Previous(BEFORE, ("a",), {}, {"collections": ["b"]}), ["a"], {}, (), {"collections": ["b"]}, id="still gone"
        ),
        pytest.param(Previous(BEFORE, ("a",), {}, {"collections": ["b"]}), ["a", "b"], {}, (), {}, id="back again"),
        pytest.param(Previous(BEFORE, ("a",), {}, {"collections": 7}), ["a"], {}, (), {}, id="nonsense in a manifest"),
    ],
)
def test_gone(
    previous: Previous | None,
    names: list[str],
    aliases: dict[str, str],
    patterns: tuple[str, ...],
    gone: dict[str, list[str]],
) -> None:
    assert shrink.gone(previous, names, aliases, options(collections=patterns)) == gone


def test_gone_can_be_accepted() -> None:
    assert not shrink.gone(Previous(BEFORE, ("a",)), [], {}, options(accept_shrink=True))
