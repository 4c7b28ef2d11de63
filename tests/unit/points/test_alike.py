# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as the same point: rounding does, everything else does not."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.alike import Tolerances, alike
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.records import digest_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Collection, Point

COSINE = {"size": 3, "distance": "Cosine"}
KINDS = {
    "": COSINE,
    "half": {**COSINE, "datatype": "float16"},
    "bytes": {**COSINE, "datatype": "uint8"},
    "dot": {"size": 3, "distance": "Dot"},
    "rows": {**COSINE, "multivector_config": {"comparator": "max_sim"}},
}


def tolerances(kinds=None):
    config = {"params": {"vectors": KINDS if kinds is None else kinds}}
    return Tolerances(Collection("it", "", "", config, {}, 0, 0, None, []))


def point(vector=None, **payload):
    return Point(1, payload, vector)


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        (point(a=1), point(a=1), True),
        (point(), Point(1, None, None), True),
        (point(a=0.1), point(a=0.10000000000000002), True),
        (point(a=[{"b": 1e300}]), point(a=[{"b": 1.0000000000000002e300}]), True),
        (point(a=1), point(a=1.0), False),
        (point(a=1), point(a=True), False),
        (point(a=0.1), point(a=0.1001), False),
        (point(a=2**63), point(a=2**63 + 1), False),
        (point(a="é"), point(a="e\u0301"), False),
        (point(a=None), point(), False),
        (point(a=[1, 2]), point(a=[2, 1]), False),
        (point(a={"b": 1, "c": 2}), point(a={"c": 2, "b": 1}), True),
        (point({"": [0.6, 0.8, 0.0]}), point({"": [0.6000001, 0.7999999, 0.0]}), True),
        (point({"": [0.6, 0.8, 0.0]}), point({"": [0.60001, 0.8, 0.0]}), False),
        (point({"half": [0.6, 0.8, 0.0]}), point({"half": [0.6004, 0.8, 0.0]}), True),
        (point({"half": [0.6, 0.8, 0.0]}), point({"half": [0.605, 0.8, 0.0]}), False),
        (point({"bytes": [1.0, 2.0, 3.0]}), point({"bytes": [1.0, 2.0, 4.0]}), False),
        (point({"dot": [0.6, 0.8, 0.0]}), point({"dot": [0.6000001, 0.8, 0.0]}), False),
        (point({"rows": [[0.6, 0.8, 0.0]]}), point({"rows": [[0.6000001, 0.8, 0.0]]}), True),
        (point({"rows": [[0.6, 0.8, 0.0]]}), point({"rows": [[0.6, 0.8, 0.0]] * 2}), False),
        (
            point({"s": {"indices": [1, 2], "values": [0.5, 1.0]}}),
            point({"s": {"indices": [2, 1], "values": [1.0, 0.5]}}),
            True,
        ),
        (point({"s": {"indices": [1], "values": [0.5]}}), point({"s": {"indices": [1], "values": [0.5000001]}}), False),
        (point({"": [0.6, 0.8, 0.0]}), point({}), False),
        (point({"": [0.6, 0.8, 0.0], "dot": None}), point({"": [0.6, 0.8, 0.0]}), True),
    ],
)
def test_rounding_is_not_a_change(ours, theirs, same):
    assert alike(ours, theirs, tolerances()) == alike(theirs, ours, tolerances()) == same


def test_an_unnamed_vector_has_its_tolerance():
    assert alike(point([0.6, 0.8, 0.0]), point([0.6000001, 0.8, 0.0]), tolerances(COSINE))
    assert not alike(point([0.6, 0.8, 0.0]), point([0.6000001, 0.8, 0.0]), tolerances(KINDS["dot"]))


def test_digests_tell_payload_and_vectors_apart():
    first = digest_of(point([1.0, 2.0, 3.0], a=1))
    other_payload, other_vector = digest_of(point([1.0, 2.0, 3.0], a=2)), digest_of(point([1.0, 2.0, 4.0], a=1))
    assert first[:8] != other_payload[:8] and first[8:] == other_payload[8:]
    assert first[:8] == other_vector[:8] and first[8:] != other_vector[8:]
    # The server prints the shortest float32, the engine a widened double.
    assert digest_of(point([0.1, 0.2, 0.3])) == digest_of(
        point([0.10000000149011612, 0.20000000298023224, 0.30000001192092896])
    )
