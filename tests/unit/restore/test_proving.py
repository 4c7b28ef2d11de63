# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restored collection's count proves: nothing while other nodes' shards are missing."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.prove import prove, record
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import Target
from ansible_collections.vectorops.qdrant.tests.unit.restore.test_restore_plan import SOURCE

PART = {"shards": frozenset({1}), "known_shards": frozenset({0, 1, 2})}


class Counting:
    url = "http://127.0.0.1:6333"

    def __init__(self, count):
        self.found = count

    def count(self, name):
        return self.found


class Kept:
    cluster = "c"

    def add_proof(self, node, backup_id, document):
        self.document = document
        return "key"


@pytest.mark.parametrize(
    "count, failure, grade, changes",
    [
        (50, "", 2, {}),
        (49, "49 points came back, 50 were backed up", 0, {}),
        (0, "no point came back", 0, {}),
        (0, "no point came back", 0, {"quiet": False}),
        (0, "", 1, PART),
        (20, "", 1, PART),
        (20, "", 0, {**PART, "unchecked": True}),
        (20, "", 1, {**PART, "quiet": False, "archive_count": 30}),
    ],
)
def test_the_count_without_probes(count, failure, grade, changes):
    report = {"warnings": []}
    source = dataclasses.replace(SOURCE, probe=None, **changes)
    failures = prove(Counting(count), source, Target("articles"), report)
    assert failure in "; ".join(failures) if failure else failures == []
    assert report["grade"] == grade and report["points"] == count


@pytest.mark.parametrize("changes, noted", [({"quiet": False}, {"articles": 20}), ({**PART, "quiet": False}, None)])
def test_a_part_is_not_noted_as_the_count_of_an_archive(changes, noted):
    kept, report = Kept(), {"name": "articles", "points": 20, "grade": 1, "seconds": {}}
    record(kept, dataclasses.replace(SOURCE, **changes), report)
    assert kept.document.get("facts", {}).get("counts") == noted
