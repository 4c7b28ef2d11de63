# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions by reference, and how differing facts are told."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.indexes import (
    condition_of,
    differences,
    lagging,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.payloads import field_value, kept_values

PAYLOAD = {
    "word": "x",
    "number": 5,
    "float": 2.5,
    "flag": True,
    "when": "2026-01-01T00:00:00Z",
    "place": {"lat": 1.0, "lon": 2.0},
    "tags": ["b", "a"],
    "none": None,
    "empty": [],
    "nested": {"deep": [{"word": "y"}]},
    "long": "w" * 500,
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("word", "x"),
        ("tags", "b"),
        ("tags[]", "b"),
        ("nested.deep[].word", "y"),
        ("nested.deep.word", "y"),
        ("nested.nothing.word", None),
        ("word.deeper", None),
        ("none", None),
        ("empty", None),
        ("absent", None),
    ],
)
def test_field_value(field, value):
    assert field_value(PAYLOAD, field) == value


@pytest.mark.parametrize(
    ("kind", "field", "schema", "condition"),
    [
        ("value", "word", {"data_type": "keyword"}, {"key": "word", "match": {"value": "x"}}),
        ("value", "tags", {"data_type": "keyword"}, {"key": "tags", "match": {"value": "b"}}),
        ("value", "word", {"data_type": "uuid"}, {"key": "word", "match": {"value": "x"}}),
        ("value", "number", {"data_type": "integer"}, {"key": "number", "match": {"value": 5}}),
        ("value", "number", {"data_type": "integer", "params": {"lookup": False}}, None),
        ("value", "flag", {"data_type": "bool"}, {"key": "flag", "match": {"value": True}}),
        ("value", "flag", {"data_type": "integer"}, None),
        ("value", "number", {"data_type": "keyword"}, None),
        ("value", "word", {"data_type": "text"}, {"key": "word", "match": {"text": "x"}}),
        ("value", "long", {"data_type": "text"}, None),
        ("value", "float", {"data_type": "float"}, None),
        (
            "value",
            "place",
            {"data_type": "geo"},
            {"key": "place", "geo_radius": {"center": {"lat": 1.0, "lon": 2.0}, "radius": 1000.0}},
        ),
        ("range", "number", {"data_type": "integer"}, {"key": "number", "range": {"gte": 5}}),
        ("range", "number", {"data_type": "integer", "params": {"range": False}}, None),
        ("range", "float", {"data_type": "float"}, {"key": "float", "range": {"gte": 2.5}}),
        ("range", "when", {"data_type": "datetime"}, {"key": "when", "range": {"gte": "2026-01-01T00:00:00Z"}}),
        ("range", "word", {"data_type": "keyword"}, None),
        ("range", "flag", {"data_type": "integer"}, None),
        ("range", "absent", {"data_type": "integer"}, None),
    ],
)
def test_condition(kind, field, schema, condition):
    assert condition_of(kind, field, schema, kept_values(PAYLOAD, [field]).get(field)) == condition


NOTED = {
    "topic": {"type": "keyword", "points": 10, "not_empty": 9, "value": {"of_point": 3, "count": 4}},
    "rank": {"type": "integer", "points": 10, "range": {"of_point": 3, "count": 2}},
}


def changed(field, **facts):
    return {**NOTED, field: {**NOTED[field], **facts}}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (NOTED, []),
        ({"topic": NOTED["topic"]}, ["the payload index on rank is missing"]),
        (changed("topic", points=9), ["the payload index on topic has 9 points instead of 10"]),
        (changed("topic", not_empty=1), ["1 point has the payload field topic instead of 9"]),
        (changed("topic", not_empty=None), ["an unknown number of points have the payload field topic instead of 9"]),
        (changed("topic", not_empty=8), ["8 points have the payload field topic instead of 9"]),
        (
            changed("topic", value={"of_point": 3, "count": 5}),
            ["5 points have the value that point 3 has in topic, instead of 4"],
        ),
        (
            changed("rank", range={"of_point": 3, "count": 1}),
            ["1 point has at least the value that point 3 has in rank, instead of 2"],
        ),
        ({**NOTED, "rank": {"type": "integer", "points": 10}}, []),
    ],
)
def test_differences(found, said):
    assert differences(NOTED, found) == said


@pytest.mark.parametrize(
    ("schema", "behind"),
    [
        ({"topic": {"points": 10}, "rank": {"points": 10}}, False),
        ({"topic": {"points": 9}, "rank": {"points": 10}}, True),
        ({"topic": {"points": 10}}, True),
    ],
)
def test_lagging(schema, behind):
    assert lagging(NOTED, schema) is behind
    assert lagging({"topic": {"type": "keyword"}}, schema) is False
