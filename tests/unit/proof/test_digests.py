# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canonical forms: what is the same must digest the same, what differs must not."""

from __future__ import annotations

import hashlib
import struct

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.digests import (
    payload_digest,
    vector_bytes,
    vector_digest,
)


def widened(value):
    """A float32 as the engine gives it: the double of the same value."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, {}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": {"x": [1, {"p": 1, "q": 2}]}}, {"a": {"x": [1, {"q": 2, "p": 1}]}}),
    ],
)
def test_same_payload(one, other):
    assert payload_digest(one) == payload_digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 1.0}),
        ({"a": 1}, {"a": "1"}),
        ({"a": True}, {"a": 1}),
        ({"a": None}, {}),
        ({"a": []}, {"a": None}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": "ü"}, {"a": "u\u0308"}),
        ({"a": 2**53}, {"a": 2**53 + 1}),
    ],
)
def test_other_payload(one, other):
    assert payload_digest(one) != payload_digest(other)


def test_payload_form_is_fixed():
    expected = hashlib.sha256(b'{"a":"\\u00fc","b":[1,2.5,null]}').hexdigest()
    assert payload_digest({"b": [1, 2.5, None], "a": "ü"}) == expected


SPARSE = {"indices": [5, 1], "values": [0.5, 0.25]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([0.1, 0.2], [widened(0.1), widened(0.2)]),
        ([1, 2], [1.0, 2.0]),
        ([0.5, 1.0], {"": [0.5, 1.0]}),
        ({"a": [1.0], "b": [2.0]}, {"b": [2.0], "a": [1.0]}),
        ({"s": SPARSE}, {"s": {"indices": [1, 5], "values": [0.25, 0.5]}}),
        (None, {}),
        ({"a": [1.0], "b": None}, {"a": [1.0]}),
    ],
)
def test_same_vector(one, other):
    assert vector_digest(one) == vector_digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([0.1, 0.2], [0.1, 0.20000002]),
        ([0.1, 0.2], [0.2, 0.1]),
        ([0.0], [-0.0]),
        ([1.0, 2.0], [[1.0, 2.0]]),
        ([[1.0, 2.0]], [[1.0], [2.0]]),
        ([[1.0], [2.0]], [[2.0], [1.0]]),
        ({"a": [1.0]}, {"b": [1.0]}),
        ({"a": [1.0]}, {"a": [1.0], "b": [1.0]}),
        ({"s": SPARSE}, {"s": {"indices": [1, 5], "values": [0.5, 0.25]}}),
        ({"s": {"indices": [], "values": []}}, {}),
        ([float("nan")], [0.0]),
    ],
)
def test_other_vector(one, other):
    assert vector_digest(one) != vector_digest(other)


def test_vector_form_is_fixed():
    floats = struct.pack("<2f", 1.5, -2.0)
    assert vector_bytes([1.5, -2.0]) == struct.pack("<I", 0) + b"d" + struct.pack("<I", 2) + floats
    assert vector_bytes({"s": SPARSE}) == (
        struct.pack("<I", 1) + b"ss" + struct.pack("<3I", 2, 1, 5) + struct.pack("<2f", 0.25, 0.5)
    )


def test_null_is_not_a_number():
    assert vector_digest([None, 1.0]) == vector_digest([float("nan"), 1.0])


def test_a_number_outside_float32_does_not_fail():
    assert vector_digest([1e300]) == vector_digest([float("inf")])


@pytest.mark.parametrize("vector", ["abc", {"s": {"indices": [1]}}, 5])
def test_what_is_no_vector(vector):
    with pytest.raises(ValueError, match="vector"):
        vector_digest(vector)
