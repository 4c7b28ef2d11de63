# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which proof clears the failure of an earlier one: for lists and retention, and for a backup that copies archives."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.opening import Repository
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.options import BackupOptions
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.proofs import grades_of, verdicts_of

ID = "20261122T190000Z"
DIFFERS = "4 of 32 sampled points differ"


def failed(attempted=None, detail=DIFFERS):
    item = {"name": "articles", "grade": 0, "ok": False, "detail": detail}
    return item if attempted is None else {**item, "attempted_grade": attempted}


def good(grade):
    return {"name": "articles", "grade": grade, "ok": True, "detail": "as written"}


CASES = [
    ([failed(3), good(1)], False),
    ([failed(3), good(2)], False),
    ([failed(3), good(3)], True),
    ([failed(1, "its sha256 differs"), good(1)], True),
    ([failed(1, "its sha256 differs"), good(3)], True),
    ([failed(), good(3)], False),  # written by an earlier version: the highest grade counts
    ([failed(), good(4)], True),
    ([failed("odd"), good(3)], False),
    ([failed(-1), good(3)], False),
    ([failed(9), good(4)], True),
    ([failed(3), failed(1, "its sha256 differs"), good(1)], False),
    ([failed(3), good(3), failed(2), good(1)], False),
    ([good(3), failed(1)], False),
    ([failed(1), {**good(1), "ok": "yes"}], False),
]


def documents(items):
    return [
        {"grade": item["grade"], "at": f"2026-11-{day:02}T03:00:00Z", "collections": [item]}
        for day, item in enumerate(items, 23)
    ]


@pytest.mark.parametrize(("items", "is_good"), CASES)
def test_only_a_proof_of_the_attempted_grade_clears_a_failure(items, is_good):
    found = grades_of(map(verdicts_of, documents(items)))["articles"]
    assert (found["failed"] is None) == is_good == (found["failed_grade"] == 0)


@pytest.mark.parametrize(("items", "is_good"), CASES)
def test_a_backup_copies_by_the_same_rule(items, is_good, tmp_path, monkeypatch):
    store = FolderStore(str(tmp_path))
    made = catalogue.Catalogue(store, "prod")
    for number, document in enumerate(documents(items)):
        monkeypatch.setattr(catalogue, "id_of", lambda moment, day=23 + number: f"202611{day:02}T030000Z")
        made.add_proof("node-a", ID, document)
    options = BackupOptions(backup_id=ID, cluster="prod", node_name="node-a")
    repository = Repository(options, store, owned=False)
    assert repository.verdicts(ID) == {"articles": is_good}


def test_a_failure_that_is_left_is_told_and_keeps_its_grade():
    items = [good(3), failed(3), failed(1, "its sha256 differs"), good(2)]
    found = grades_of(map(verdicts_of, documents(items)))["articles"]
    assert (found["grade"], found["failed"], found["failed_grade"]) == (3, DIFFERS, 3)


def test_of_proofs_of_one_time_the_failure_counts():
    at = {"at": "2026-11-23T03:00:00Z"}
    for items in ([failed(1), good(3)], [good(3), failed(1)]):
        found = grades_of(verdicts_of({**document, **at}) for document in documents(items))["articles"]
        assert found["failed"] == DIFFERS
