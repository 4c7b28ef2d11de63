# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each picture is what its text draws, and a text that cannot be drawn is refused."""

from __future__ import annotations

import importlib.util
from types import ModuleType
from xml.etree import ElementTree

import pytest
from ansible_collections.vectorops.qdrant.tests.gates import source


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("picture_under_test", source.ROOT / "tools" / "picture.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PICTURE = tool()


def test_each_picture_is_what_its_text_draws() -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in PICTURE.SOURCES.glob("*.txt")}
    drawn = {path.stem: path.read_text(encoding="utf-8") for path in PICTURE.DRAWN.glob("*.svg")}
    assert texts and drawn == {name: PICTURE.draw(text, name) for name, text in texts.items()}, "run make pictures"


def test_a_picture_is_valid_and_can_be_read_on_a_phone() -> None:
    drawn = PICTURE.draw(
        "title A & B\ndescribe It.\ngroup <One>\nbox Two | three\nend\ndown on\nlanes a / b | c\n", "x"
    )
    root = ElementTree.fromstring(drawn)
    assert float(root.attrib["width"]) <= 420
    assert "prefers-color-scheme: dark" in drawn


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title T\nbix A", "x.txt:2: 'bix' is an unknown shape"),
        ("title T\nlanes one", "two texts"),
        ("title T\ngroup A", "has no end"),
        ("title T\nend", "no group"),
        ("box A", "no title"),
        ("title T\nlanes " + "long " * 20 + "| b", "letters fit"),
    ],
)
def test_a_text_that_cannot_be_drawn(text: str, says: str) -> None:
    with pytest.raises(PICTURE.PictureError, match=says):
        PICTURE.draw(text, "x")
