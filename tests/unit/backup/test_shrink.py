# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shrink guard by tables."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup import shrink
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.values import Previous, Prior
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import Carried, carried_by
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


AFTER = "a__20260101t000000z"


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
            Previous(BEFORE, ("a",), {"x": "a"}), [AFTER], {"x": AFTER}, (), {}, id="replaced by a switch, and deleted"
        ),
        pytest.param(
            Previous(BEFORE, (AFTER,), {"x": AFTER}),
            ["a__20260102t000000z"],
            {"x": "a__20260102t000000z"},
            (),
            {},
            id="and by the next one",
        ),
        pytest.param(
            Previous(BEFORE, ("a",), {"x": "a"}),
            [AFTER],
            {},
            (),
            {"collections": ["a"], "aliases": ["x"]},
            id="not used",
        ),
        pytest.param(
            Previous(BEFORE, ("a",), {"x": "a"}), ["b"], {"x": "b"}, (), {"collections": ["a"]}, id="another collection"
        ),
        pytest.param(
            Previous(BEFORE, ("a",), {}, {"collections": ["b"]}), ["a"], {}, (), {"collections": ["b"]}, id="still gone"
        ),
        pytest.param(
            Previous(BEFORE, ("a",), {}, {"collections": ["b"]}),
            ["a"],
            {},
            ("a",),
            {"collections": ["b"]},
            id="still gone, and not asked for",
        ),
        pytest.param(Previous(BEFORE, ("a",), {}, {"collections": ["b"]}), ["a", "b"], {}, (), {}, id="back again"),
        pytest.param(
            Previous(BEFORE, ("a",), {}, {"collections": ["b"]}),
            ["a", "b"],
            {},
            ("a",),
            {},
            id="back again, and not asked for",
        ),
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


@pytest.mark.parametrize(
    ("patterns", "aliases", "gone"),
    [
        pytest.param((), {}, ["x", "y"], id="all"),
        pytest.param(("a",), {"y": "b"}, ["x"], id="of the one that is asked for"),
        pytest.param(("a",), {"x": "a"}, [], id="of another one"),
    ],
)
def test_gone_aliases_of_a_part(patterns: tuple[str, ...], aliases: dict[str, str], gone: list[str]) -> None:
    previous = Previous(BEFORE, ("a", "b"), {"x": "a", "y": "b"})
    found = shrink.gone(previous, ["a", "b"], aliases, options(collections=patterns))
    assert found.get("aliases", []) == gone


@pytest.mark.parametrize(
    ("patterns", "here", "held", "failed", "lost", "collections", "aliases"),
    [
        pytest.param((), "ab", "ab", "", {}, (), {}, id="all is told"),
        pytest.param(("a",), "ab", "a", "", {}, ("b", "g"), {"y": "b"}, id="what is not asked for"),
        pytest.param(("a",), "a", "a", "", {}, ("b", "g"), {"y": "b"}, id="the same where it is gone meanwhile"),
        pytest.param((), "ab", "a", "b", {}, ("b",), {}, id="what failed and was held before"),
        pytest.param((), "a", "a", "z", {"collections": ["b"]}, (), {}, id="not what was never held"),
        pytest.param((), "a", "a", "b", {"collections": ["b"]}, (), {}, id="what is gone is told"),
        pytest.param((), "a", "a", "", {}, (), {}, id="accepted: forgotten"),
    ],
)
def test_carried(
    patterns: tuple[str, ...],
    here: str,
    held: str,
    failed: str,
    lost: dict[str, list[str]],
    collections: tuple[str, ...],
    aliases: dict[str, str],
) -> None:
    gone = {"collections": ["g"]} if patterns else {}
    previous = Previous(BEFORE, ("a", "b"), {"x": "a", "y": "b"}, gone)
    found = shrink.carried(previous, lost, here, held, failed, {"x": "a"}, options(collections=patterns))
    assert found == Carried(collections, aliases)
    assert carried_by({"carried": found.as_dict()}) == found


@pytest.mark.parametrize("extra", [{}, {"carried": 7}, {"carried": {"collections": 7, "aliases": []}}])
def test_nonsense_is_not_carried(extra: dict[str, Any]) -> None:
    assert carried_by(extra) == Carried()


def test_gone_can_be_accepted() -> None:
    assert not shrink.gone(Previous(BEFORE, ("a",)), [], {}, options(accept_shrink=True))
