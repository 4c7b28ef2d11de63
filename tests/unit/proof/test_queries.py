# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge rule by tables: ties, both directions of scores, tolerances, fewer than eleven answers."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.queries import (
    Hit,
    body_of,
    disagreement,
    noted,
    unchanged,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.recall import share_found, verdict
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.shape import (
    HALF_TOLERANCE,
    TOLERANCE,
    Strict,
    VectorKind,
    strict_mode,
    vector_kinds,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Collection


def hits(*scores, first=1):
    return [Hit(number, score, 1) for number, score in enumerate(scores, first)]


def probe_query(answers, tol=TOLERANCE, lower=False):
    answer = noted(answers, tol, lower)
    return {
        "tol": tol,
        "lower": lower,
        "edge": answer.edge,
        "hits": [{"id": hit.id, "score": hit.score} for hit in answer.hits],
        "total": answer.total,
    }


FALLING = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05]
RISING = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
TIED = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("scores", "lower", "ids"),
    [
        (FALLING, False, list(range(1, 11))),
        (RISING, True, list(range(1, 11))),
        (TIED, False, [1, 2, 3, 4, 5]),
        ([0.5] * 11, False, []),
        ([0.5] * 11, True, []),
        ([0.50009] + [0.5] * 10, False, []),
        ([0.5002] + [0.5] * 10, False, [1]),
        ([1000.05] + [1000.0] * 10, False, []),
        ([1000.2] + [1000.0] * 10, False, [1]),
        ([-0.2] + [-0.5] * 10, False, [1]),
        ([0.1, 0.2, 0.3], False, [1, 2, 3]),
        ([], False, []),
    ],
)
def test_noted(scores, lower, ids):
    answer = noted(hits(*scores), TOLERANCE, lower)
    assert [hit.id for hit in answer.hits] == ids
    assert answer.edge == (scores[10] if len(scores) > 10 else None)


@pytest.mark.parametrize(
    ("scores", "telling"), [(FALLING, True), (TIED, True), ([0.5] * 11, False), ([0.1], True), ([], False)]
)
def test_telling(scores, telling):
    assert noted(hits(*scores), TOLERANCE, False).telling is telling


def swapped(scores, one, other):
    out = hits(*scores)
    out[one], out[other] = out[other], out[one]
    return out


@pytest.mark.parametrize(
    ("before", "now", "lower", "said"),
    [
        (FALLING, hits(*FALLING), False, ""),
        (RISING, hits(*RISING), True, ""),
        (FALLING, hits(*[score + 5e-5 for score in FALLING]), False, ""),
        (FALLING, hits(*[score + 5e-4 for score in FALLING]), False, "the score of point 1"),
        # Ties at the edge: other ids came back, with the same score.
        (TIED, hits(*TIED[:5]) + hits(*[0.5] * 6, first=70), False, ""),
        (TIED, hits(*TIED[:4]) + hits(*[0.6] + [0.5] * 6, first=70)[:7], False, "1 of 5 expected points"),
        # A stranger that is better than the edge, the noted ones all there.
        (TIED, [Hit(99, 0.55), *hits(*TIED)[:10]], False, "point 99 is among the best"),
        (RISING[:5] + [9.0] * 6, [Hit(99, 8.0), *hits(*RISING[:5]), *hits(*([9.0] * 5), first=70)], True, "point 99"),
        (RISING[:5] + [9.0] * 6, [Hit(99, 9.5), *hits(*RISING[:5]), *hits(*([9.0] * 5), first=70)], True, ""),
        # Fewer than eleven: all of them, and their number.
        ([0.9, 0.5], hits(0.9, 0.5), False, ""),
        ([0.9, 0.5], hits(0.9, 0.5, 0.1), False, "3 answers instead of 2"),
        ([0.9, 0.5], hits(0.9), False, "1 answer instead of 2"),
        ([0.9, 0.5], [Hit(1, 0.9), Hit(9, 0.5)], False, "1 of 2 expected points are missing, for example 2"),
        (FALLING, [], False, "10 of 10 expected points"),
        (FALLING, [Hit(hit.id, float("nan")) for hit in hits(*FALLING)], False, "the score of point 1"),
    ],
)
def test_disagreement(before, now, lower, said):
    found = disagreement(probe_query(hits(*before), lower=lower), now)
    assert found.startswith(said) if said else found == ""


def test_ids_are_compared_as_text():
    noted_query = probe_query([Hit("0a-uuid", 0.9), Hit(7, 0.5)])
    assert disagreement(noted_query, [Hit("0a-uuid", 0.9), Hit("7", 0.5)]) == ""


@pytest.mark.parametrize(
    ("now", "same"),
    [
        (hits(*FALLING), True),
        (hits(*FALLING[:9], 0.09, 0.05), False),
        ([Hit(hit.id, hit.score, 2) for hit in hits(*FALLING)], False),
        (hits(*FALLING[:10], 0.06), False),
        (hits(*FALLING[:5]), False),
        (hits(*FALLING, first=2), False),
    ],
)
def test_unchanged(now, same):
    before = noted(hits(*FALLING), TOLERANCE, False)
    assert unchanged(before, noted(now, TOLERANCE, False), TOLERANCE) is same


def test_short_answers_unchanged():
    short = noted(hits(0.5, 0.4), TOLERANCE, False)
    assert unchanged(short, short, TOLERANCE)
    assert not unchanged(short, noted(hits(0.5), TOLERANCE, False), TOLERANCE)


def about(vectors, sparse=None, strict=None, quantised=None):
    config = {
        "params": {"vectors": vectors, "sparse_vectors": sparse or {}},
        "strict_mode_config": strict,
        "quantization_config": quantised,
    }
    return Collection("c", "green", "ok", config, {}, 0, 0, None, [])


@pytest.mark.parametrize(
    ("distance", "lower"), [("Cosine", False), ("Dot", False), ("Euclid", True), ("Manhattan", True)]
)
def test_direction(distance, lower):
    (kind,) = vector_kinds(about({"size": 4, "distance": distance}))
    assert (kind.name, kind.dimensions, kind.lower) == ("", 4, lower)


@pytest.mark.parametrize(
    ("datatype", "tolerance"),
    [
        (None, TOLERANCE),
        ("float32", TOLERANCE),
        ("uint8", TOLERANCE),
        ("float16", HALF_TOLERANCE),
        ("other", HALF_TOLERANCE),
    ],
)
def test_tolerance(datatype, tolerance):
    (kind,) = vector_kinds(about({"size": 4, "distance": "Dot", "datatype": datatype}))
    assert kind.tolerance == tolerance


@pytest.mark.parametrize(
    ("params", "compared"),
    [
        ({}, True),
        ({"index": {"on_disk": True}}, True),
        ({"index": {"datatype": "float32"}}, True),
        ({"modifier": "none"}, True),
        ({"modifier": "idf"}, False),
        ({"index": {"datatype": "float16"}}, False),
        ({"index": {"datatype": "uint8"}}, False),
    ],
)
def test_sparse_vectors_whose_scores_move_are_left_out(params, compared):
    kinds = vector_kinds(about({}, {"words": params}))
    assert [(kind.name, kind.why_not == "") for kind in kinds] == [("words", compared)]


@pytest.mark.parametrize(
    ("config", "strict"),
    [
        (None, Strict()),
        ({"enabled": False, "search_allow_exact": False, "max_query_limit": 5}, Strict()),
        ({"enabled": True}, Strict()),
        ({"enabled": True, "search_allow_exact": False}, Strict(exact=False)),
        ({"enabled": True, "max_query_limit": 5}, Strict(limit=5)),
    ],
)
def test_strict_mode(config, strict):
    assert strict_mode(about({"size": 4, "distance": "Dot"}, strict=config)) == strict


@pytest.mark.parametrize(
    ("strict", "allowed", "by"),
    [
        (Strict(), True, []),
        (Strict(exact=False), False, ["search_allow_exact"]),
        (Strict(limit=10), False, ["max_query_limit"]),
        (Strict(limit=11), True, []),
    ],
)
def test_strict_mode_says_what_it_refused(strict, allowed, by):
    assert strict.queries is allowed
    assert [fact["by"] for fact in strict.refused] == by


KIND = VectorKind("", False, False, 4, TOLERANCE, False, False)
QUANTISED = VectorKind("", False, False, 4, TOLERANCE, False, True)


@pytest.mark.parametrize(
    ("normal", "kind", "share"),
    [
        (hits(*FALLING), KIND, 1.0),
        (hits(*FALLING[:5]), KIND, 0.5),
        ([], KIND, 0.0),
        (hits(*[0.01] * 10, first=50), KIND, 0.0),
        (hits(*[0.1] * 10, first=50), KIND, 1.0),  # ties with the tenth
        (hits(*[0.9] * 10, first=50), QUANTISED, 0.0),  # estimated scores count for nothing
    ],
)
def test_share_found(normal, kind, share):
    assert share_found(normal, hits(*FALLING), kind) == share


def test_nothing_to_find():
    assert share_found([], [], KIND) is None


@pytest.mark.parametrize(
    ("now", "failure", "warning"), [(0.95, False, False), (0.9, False, False), (0.84, False, True), (0.7, True, False)]
)
def test_verdict(now, failure, warning):
    failed, warned = verdict(0.92, now, "title")
    assert (bool(failed), bool(warned)) == (failure, warning)
    assert not failed or "of vector title" in failed


def test_the_request_cannot_be_read_as_something_else():
    assert body_of([[1.0]], KIND, True) == {
        "query": {"nearest": [[1.0]]},
        "limit": 11,
        "with_payload": False,
        "with_vector": False,
        "params": {"exact": True},
    }
    named = body_of([1.0], VectorKind("title", False, False, 4, TOLERANCE, False, False), False)
    assert named["using"] == "title" and "params" not in named
