# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that a command line gave as text, in the types of a role's argument spec."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ansible", reason="filters run on the controller")
from ansible_collections.vectorops.qdrant.plugins.filter.typed import typed


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("false", "bool", False),
        ("yes", "bool", True),
        (True, "bool", True),
        ("5", "int", 5),
        (5, "int", 5),
        ("0.5", "float", 0.5),
        (1, "float", 1.0),
        ("a, b", "list", ["a", "b"]),
        ("a", "list", ["a"]),
        ('["a", "b"]', "list", ["a", "b"]),
        (["a"], "list", ["a"]),
        ("A=1,B=2", "dict", {"A": "1", "B": "2"}),
        ({"A": 1}, "dict", {"A": 1}),
        (5, "str", "5"),
        ("/srv", "path", "/srv"),
        ("", "int", ""),
        (None, "bool", ""),
        ("", "list", []),
        (None, "dict", {}),
    ],
)
def test_converted(value: Any, kind: str, expected: Any) -> None:
    found = typed(value, kind)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(("value", "kind"), [("lots", "int"), ("soon", "float"), ("maybe", "bool"), ("[a", "list")])
def test_refused(value: str, kind: str) -> None:
    with pytest.raises(ValueError, match=f"expected {kind}"):
        typed(value, kind)
