# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report claims what was compared, and nothing else."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.texts import lines_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.compared import Compared, compared
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.result import ProbeResult


def probe(right, points=32, queries=4, **facts):
    return ProbeResult(True, [], [], 200, right, points, queries, facts)


ROWS = {
    "a quiet collection": ((True, False, probe(True)), "sha256, count, 32 points and 4 queries agree"),
    "every point": (
        (True, False, probe(True, full={"points": 200, "agreed": True})),
        "sha256, count, 200 points and 4 queries agree",
    ),
    "a busy one at its first proof": (
        (True, False, probe(None, 9, 1)),
        "sha256, 9 points and 1 query agree; the count was not compared",
    ),
    "one node's part of a cluster": (
        (True, False, probe(None, 22, 0)),
        "sha256 and 22 points agree; the count was not compared",
    ),
    "no probes, a count": ((True, True), "sha256 and count agree"),
    "no probes, no count": ((True, False), "sha256 agrees; the count was not compared"),
    "a file that nobody noted a hash of": ((False, False), "nothing was compared"),
}


@pytest.mark.parametrize(("found", "said"), ROWS.values(), ids=ROWS)
def test_what_is_said_of_a_restore(found, said):
    assert proof_column(compared(*found)) == said


def test_of_a_replacement_under_writers_only_the_bytes_are_told():
    assert proof_column(Compared(hash=True)) == "sha256 agrees; the count was not compared"


def proof_column(found):
    item = {
        "collection": "articles",
        "name": "articles",
        "points": 200,
        "expected_points": 200,
        "bytes": 1024,
        "delivery": "url",
        "seconds": {"recover": 1.0},
        "mode": "new",
        "backup_id": "20261122T190000Z",
        "proven": False,
        "compared": found.as_dict(),
        "whole": True,
        "aliases": [],
    }
    report = {"collections": [item], "failed": [], "not_done": [], "left_alone": [], "left_out": [], "warnings": []}
    report["excluded"] = []
    head, row = lines_of("restore", report, check=False)[:2]
    return row[head.index("PROOF") :]
