# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification by the embedded engine: what grades 2 and 3 prove of a backup, without a server."""

from __future__ import annotations

import os

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.texts import lines_of

pytest.importorskip("qdrant_edge", reason="qdrant-edge-py is not installed (it needs Python 3.10 or later)")


@pytest.fixture
def scratch(tmp_path):
    path = tmp_path / "scratch"
    path.mkdir()
    return path


@pytest.fixture
def verify(rig, scratch):
    def run(**options):
        return rig.run("verify", scratch_dir=str(scratch), **options)

    return run


@pytest.fixture
def backed_up(rig):
    rig.fill("articles", 100)
    rig.run("back_up", backup_id="20260101T000000Z")
    return rig


@pytest.mark.parametrize("grade", [2, 3])
def test_a_good_backup_reaches_the_grade_and_says_what_was_compared(backed_up, verify, scratch, grade):
    report = verify(grade=grade)
    assert report["ok"], report["failed"]
    assert report["warnings"] == []
    (item,) = report["backups"][0]["collections"]
    assert item["grade"] == report["backups"][0]["grade"] == grade, item
    assert item["compared"]["count"] == 100 and item["compared"]["count_compared"]
    assert (item["compared"]["points"] >= 8, item["compared"]["queries"] > 0) == (grade == 3, grade == 3)
    assert os.listdir(scratch) == []
    (shown,) = backed_up.run("list_backups")["backups"]
    assert shown["grade"] == grade


def test_a_writer_at_work_leaves_the_count_to_the_first_proof(rig, verify):
    """A collection that was written to has no exact count in its manifest: the first proof notes the archive's own."""
    rig.fill("articles", 100)
    rig.run("back_up", backup_id="20260101T000000Z", probe="none")
    first = verify(grade=2)
    (item,) = first["backups"][0]["collections"]
    assert first["ok"] and item["compared"]["count"] == 100
    if item["grade"] == 1:  # nothing to compare the first count with
        (again,) = verify(grade=2)["backups"][0]["collections"]
        assert again["grade"] == 2 and again["compared"]["count_compared"]


def test_a_changed_archive_is_not_opened_and_is_not_good(backed_up, verify):
    backed_up.damage(next(key for key in backed_up.keys("/archives/") if "/articles/" in key))
    report = verify(grade=3)
    (item,) = report["backups"][0]["collections"]
    assert not report["ok"] and item["grade"] == 0 and "sha256 differs" in item["detail"]
    assert "compared" not in item and "NOT GOOD" in "\n".join(lines_of("verify", report, False))


def test_a_limit_of_the_host_is_not_damage(backed_up, verify):
    report = verify(grade=3, engine_memory="8M")
    (item,) = report["backups"][0]["collections"]
    assert not report["ok"] and item["ok"] and item["grade"] == 1 and "engine_memory" in item["not_opened"]
    assert "was not opened" in report["failed"][0]["message"]
    text = "\n".join(lines_of("verify", report, False))
    assert "NOT OPENED" in text and "NOT GOOD" not in text and ": all good" in text
    (shown,) = backed_up.run("list_backups")["backups"]
    assert shown["grade"] == 1 and shown["collections"][0]["proof_failed"] is None


def test_a_budget_spreads_a_verification_over_runs(backed_up, verify):
    backed_up.fill("notes", 30)
    backed_up.run("back_up", backup_id="20260102T000000Z")
    seen = []
    for _run in range(3):
        report = verify(all_backups=True, verify_budget="1K")
        assert report["ok"] and report["left"] == 2 and len(report["backups"]) == 1
        (item,) = report["backups"][0]["collections"]
        seen.append((report["backups"][0]["backup_id"], item["name"]))
    assert len(set(seen)) == 3 and seen[2] == ("20260101T000000Z", "articles")
    assert [b["grade"] for b in backed_up.run("list_backups")["backups"]] == [1, 1]
    assert "2 left by the budget" in "\n".join(lines_of("verify", report, False))
    assert verify(all_backups=True, verify_budget="1h")["left"] == 0


def test_check_mode_shows_the_space_and_opens_nothing(backed_up, verify, scratch):
    keys = backed_up.keys()
    report = verify(grade=3, check=True)
    (step,) = [step for step in report["plan"]["steps"] if step["action"] == "open archive"]
    assert step["grade"] == 3 and step["scratch_bytes"] > 0 and str(scratch) in step["subject"]
    assert backed_up.keys() == keys and os.listdir(scratch) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"grade": 4}, "grade is 4"), ({"grade": 0}, "grade is 0"), ({"verify_budget": "much"}, "verify_budget")],
)
def test_wrong_options_name_the_option(backed_up, verify, wrong, said):
    with pytest.raises(UsageError, match=said):
        verify(**wrong)
