# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's options are made from the table: each default stands there once, and an absent value is None."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._options import (
    BYTES,
    SECONDS,
    Option,
    build,
    field,
    value_of,
)

GROUP = (
    Option("text", "str", "A text."),
    Option("word", "str", "A word.", "one", ("one", "two")),
    Option("room", "str", "A size.", "1K", unit=BYTES),
    Option("age", "str", "A duration.", unit=SECONDS),
    Option("names", "list", "Names.", elements="str"),
    Option("number", "int", "A number.", 7),
    Option("on", "bool", "A switch.", True),
    Option("key", "str", "A secret.", secret=True),
)


@dataclasses.dataclass(frozen=True)
class Options:
    decided: str
    text: str | None = field(GROUP, "text")
    word: str = field(GROUP, "word")
    room_bytes: int = field(GROUP, "room")
    age: float | None = field(GROUP, "age")
    names: tuple[str, ...] = field(GROUP, "names")
    number: int = field(GROUP, "number")
    on: bool = field(GROUP, "on")
    key: str | None = field(GROUP, "key")


DEFAULTS = Options("x", None, "one", 1024, None, (), 7, True, None)


@pytest.mark.parametrize(
    "params",
    [
        {},
        dict.fromkeys(("text", "word", "room", "age", "names", "number", "on", "key")),
        {"text": "", "word": "", "room": "", "age": "", "names": [], "key": ""},
    ],
    ids=["missing", "null", "empty"],
)
def test_an_absent_value_is_the_default_of_the_table(params: dict[str, Any]) -> None:
    assert build(Options, params, decided="x") == DEFAULTS == Options("x")


def test_values_are_what_the_engine_takes() -> None:
    given = {"text": 5, "room": "2M", "age": "15m", "names": ["a", 7], "number": 0, "on": False, "key": "made-up"}
    made = build(Options, given, decided="x")
    assert made == Options("x", "5", "one", 2 << 20, 900.0, ("a", "7"), 0, False, "made-up")
    assert "made-up" not in repr(made)


def test_what_the_verb_decides_wins() -> None:
    assert build(Options, {"text": "given"}, decided="x", text="decided").text == "decided"


@pytest.mark.parametrize(
    ("option", "given", "words"),
    [("room", "much", "room: 'much' is not a size"), ("room", "-1", "room is -1"), ("age", "soon", "'soon' is not")],
)
def test_a_text_that_means_nothing_is_refused(option: str, given: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        value_of(next(one for one in GROUP if one.name == option), given)
