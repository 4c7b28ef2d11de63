# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory stays flat however large a point is: rows of vectors (one a word or a patch of a page), long payloads."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.check import check
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.pages import ANSWER_BYTES, Pages, reading, weight
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.probe import note, settle
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Point
from ansible_collections.vectorops.qdrant.tests.unit.proof.fake_node import FakeNode

COUNT = 40
MOST = 40  # MiB; the interpreter and the libraries take less than the rest of 120


class Heavy(FakeNode):
    """Points that are made when they are asked for: so many rows of 128 numbers, and a text beside them."""

    def __init__(self, rows, text):
        super().__init__(count=COUNT, size=128)
        self.rows, self.text = rows, text
        if rows > 1:
            self.config["params"]["vectors"]["multivector_config"] = {"comparator": "max_sim"}

    def _point(self, number, version=False):
        point = self.points[number]
        rows = [[float(number + row) + column / 256 for column in range(128)] for row in range(self.rows)]
        payload = {**point["payload"], "text": chr(97 + number % 20) * self.text}
        return Point(number, payload, rows if self.rows > 1 else rows[0], point["version"] if version else 0)

    def retrieve(self, name, ids, with_payload=True, with_vector=True):
        self.calls.append("retrieve")
        return [self._point(number) for number in ids]

    def scroll(self, name, limit=1000, with_payload=True, with_vector=False, filter=None):
        todo = sorted(self.points)
        while todo:
            size = limit if isinstance(limit, int) else limit()
            yield from [self._point(number) for number in todo[:size]]
            todo = todo[size:]

    def query(self, name, body):
        vector = body["query"]["nearest"]
        first = vector[0][0] if self.rows > 1 else vector[0]
        self.calls.append("query")
        found = sorted(self.points, key=lambda number: abs(number - first))[: body["limit"]]
        return [
            Point(number, None, None, self.points[number]["version"], 1.0 - abs(number - first) / COUNT)
            for number in found
        ]


def probed(rows, text, full):
    """Note, settle and check, in this process; what was found, and by how many MiB its memory grew at most."""
    node = Heavy(rows, text)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    probe = settle(node, "c", note(node, "c", full=full, query_limit=10**9), recall_seconds=0.0)
    result = check(node, "c", json.loads(json.dumps(probe)), wait=0.0)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    asked = node.calls.count("retrieve")
    return {"probe": probe, "result": {**result.as_dict(), "grade": result.grade}, "grown": grown, "asked": asked}


@pytest.mark.parametrize("full", [False, True], ids=["sample", "full"])
@pytest.mark.parametrize(
    ("rows", "text"), [(1030, 10), (1, 1_000_000), (1, 10)], ids=["large vectors", "large payloads", "small"]
)
def test_a_probe_of_large_points_takes_little_memory(rows, text, full):
    child = subprocess.run(
        [sys.executable, os.path.abspath(__file__), json.dumps([rows, text, full])],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    found = json.loads(child.stdout)
    result = found["result"]
    assert (result["failures"], result["grade"]) == ([], 3)
    assert (result["points_compared"], result["queries_compared"]) == (32, 4)
    assert found["probe"]["recall"] == [{"using": "", "noted": 1.0, "queries": 8}]
    assert not full or result["facts"]["full"] == {"points": COUNT, "agreed": True}
    assert found["grown"] < MOST
    if rows == 1 and text == 10:
        assert found["asked"] == 2  # small vectors are kept: the check alone asks, for few and for the rest


def test_vectors_that_changed_since_they_were_compared_are_not_asked_with():
    node = Heavy(300, 10)
    draft = note(node, "c", query_limit=10**9)
    node.rows = 299
    probe = settle(node, "c", draft)
    assert probe["stable"] == 0 and probe["queries"] == [] and probe["recall"] == []


@pytest.mark.parametrize(
    ("guess", "seen", "size"),
    [
        pytest.param(0, [], 8, id="few at first"),
        pytest.param(0, [10], 128, id="all, where they are small"),
        pytest.param(0, [ANSWER_BYTES // 4, 10, 10], 4, id="the heaviest counts"),
        pytest.param(0, [ANSWER_BYTES * 2], 1, id="one at least"),
        pytest.param(ANSWER_BYTES // 2, [], 2, id="as the configuration tells"),
        pytest.param(ANSWER_BYTES // 2, [ANSWER_BYTES // 16], 16, id="what came is better than a guess"),
    ],
)
def test_pages(guess, seen, size):
    pages = Pages(guess, 128)
    for heavy in seen:
        pages.note(heavy)
    assert pages.size == size


def test_what_the_configuration_tells():
    node = Heavy(1030, 10)
    assert reading(node.collection("c")).guess == weight(4 * 128 * 1024, 0)
    assert reading(Heavy(1, 10).collection("c")).guess == weight(4 * 128, 0)
    assert reading(node.collection("c")).fields == ("topic",)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(probed(*json.loads(sys.argv[1]))))
