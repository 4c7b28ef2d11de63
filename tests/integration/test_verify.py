# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification and the inventory: what a proof says, and where it shows."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.texts import lines_of
from ansible_collections.vectorops.qdrant.tests.support.proxy import FaultProxy


@pytest.fixture
def backed_up(rig):
    rig.fill("articles", 100)
    rig.fill("notes", 30)
    rig.run("back_up", backup_id="20260101T000000Z")
    rig.fill("articles", 20, first=1001)
    rig.run("back_up", backup_id="20260102T000000Z")
    return rig


def test_a_good_backup_reaches_grade_one_and_the_inventory_shows_it(backed_up):
    assert [b["grade"] for b in backed_up.run("list_backups")["backups"]] == [0, 0]
    report = backed_up.run("verify")
    assert report["ok"] and report["changed"] and report["backups"][0]["grade"] == 1
    newest, older = backed_up.run("list_backups")["backups"]
    assert newest["grade"] == 1 and all(item["proven_at"] for item in newest["collections"]) and older["grade"] == 0


@pytest.mark.parametrize("harm", ["damaged", "lost"])
def test_a_bad_archive_is_named_and_remembered(backed_up, harm):
    key = next(key for key in backed_up.keys("/archives/") if "20260102" in key and "/articles/" in key)
    backed_up.damage(key) if harm == "damaged" else backed_up.delete_object(key)
    report = backed_up.run("verify", all_backups=True)
    assert not report["ok"] and [item["name"] for item in report["failed"]] == ["articles"]
    assert "20260102T000000Z" in report["failed"][0]["message"]
    newest, older = backed_up.run("list_backups", completeness=True)["backups"]
    state = {item["name"]: item for item in newest["collections"]}
    assert state["articles"]["proof_failed"] and state["notes"]["grade"] == 1
    assert older["grade"] == 1 and older["complete"] and newest["complete"] == (harm == "damaged")


def test_without_record_and_in_check_mode_nothing_is_written(backed_up):
    keys = backed_up.keys()
    assert backed_up.run("verify", record=False)["changed"] is False
    planned = backed_up.run("verify", check=True, all_backups=True)
    assert planned["plan"]["bytes"] > 0 and planned["backups"] == []
    assert backed_up.keys() == keys


def test_choices(backed_up):
    assert [b["backup_id"] for b in backed_up.run("list_backups", limit=1)["backups"]] == ["20260102T000000Z"]
    one = backed_up.run("list_backups", before="2026-01-01T12:00:00Z", collections=["no*"])["backups"]
    assert [c["name"] for c in one[0]["collections"]] == ["notes"] and one[0]["backup_id"] == "20260101T000000Z"
    one = backed_up.run("list_backups", collections=["none", "no*", "none", "x*"])
    assert one["warnings"] == [
        f"No backup that is shown holds a collection that matches {name}." for name in ("none", "x*")
    ]
    rows = lines_of("list", backed_up.run("list_backups", collections=["none"]), False, {"collections": ["none"]})
    assert [row.split()[-3:] for row in rows[1:]] == [["not", "in", "it"]] * 2
    for names in (["none"], ["articles", "none"], ["none*", "notes"]):
        with pytest.raises(UsageError, match=r"No selected backup contains none\b"):
            backed_up.run("verify", collections=names)
    with pytest.raises(EngineError, match="nobody"):
        backed_up.run("verify", node="nobody")


def test_a_choice_of_collections_does_not_prove_the_whole_backup(backed_up):
    report = backed_up.run("verify", collections=["notes"])
    assert report["ok"] and report["backups"][0]["grade"] == 1
    status = backed_up.run("status")
    assert status["proven_at"] is None and any("was ever proven" in text for text in status["warnings"])
    assert {item["name"]: item["grade"] for item in status["collections"]} == {"articles": 0, "notes": 1}
    assert "last_proof_timestamp" not in backed_up.run("metrics")["metrics"]
    backed_up.run("verify")
    assert backed_up.run("status")["proven_at"]


def test_a_backup_that_is_pruned_meanwhile_is_not_called_bad(backed_up):
    def prune(event):
        if backed_up.keys("/manifests/node-a/20260101"):
            assert backed_up.run("prune", keep_last=1)["changed"]

    report = backed_up.run("verify", all_backups=True, progress=prune)
    assert report["ok"] and [b["backup_id"] for b in report["backups"]] == ["20260102T000000Z"]
    (warned,) = report["warnings"]
    assert warned == "Backup 20260101T000000Z of node-a was deleted while it was verified, and is left out."
    assert backed_up.keys("20260101") == []


def test_an_unreadable_manifest_hides_nothing(backed_up):
    key = next(key for key in backed_up.keys("/manifests/") if "20260102" in key)
    backed_up.damage(key, 0)
    found = backed_up.run("list_backups")
    assert [b["backup_id"] for b in found["backups"]] == ["20260101T000000Z"]
    assert [b["backup_id"] for b in found["unreadable"]] == ["20260102T000000Z"] and found["warnings"]


def test_an_unreadable_manifest_stops_no_other(backed_up):
    backed_up.run("back_up", backup_id="20260103T000000Z")
    key = next(key for key in backed_up.keys("/manifests/") if "20260102" in key)
    backed_up.damage(key, 0)
    report = backed_up.run("verify", all_backups=True)
    assert not report["ok"] and [b["backup_id"] for b in report["unreadable"]] == ["20260102T000000Z"]
    assert [b["backup_id"] for b in report["backups"]] == ["20260103T000000Z", "20260101T000000Z"]
    assert all(b["ok"] and b["grade"] == 1 and b["proof_key"] for b in report["backups"])
    assert [item["backup_id"] for item in report["failed"]] == ["20260102T000000Z"]
    text = "\n".join(lines_of("verify", report, False))
    assert "20260102T000000Z  node-a  -           NOT READ" in text and "4 archives re-read" in text


@pytest.mark.parametrize(("status", "code"), [(403, "InvalidObjectState"), (403, "AccessDenied"), (400, "Odd")])
def test_an_archive_that_is_not_given_out_stops_no_other_and_is_not_called_bad(backed_up, status, code):
    with FaultProxy(backed_up.s3.port) as proxy:
        proxy.answer(status, code=code, match="^GET .*/archives/.*20260102T000000Z/articles/")
        report = backed_up.run("verify", endpoint_url=proxy.url)
    state = {item["name"]: item for item in report["backups"][0]["collections"]}
    assert not report["ok"] and state["notes"]["ok"] and state["notes"]["read"]
    assert not state["articles"]["read"] and state["articles"]["detail"].startswith("it cannot be read now")
    assert "was not verified" in report["failed"][0]["message"]
    assert ("restore it first" in report["failed"][0]["message"]) == (code == "InvalidObjectState")
    found = {item["name"]: item for item in backed_up.run("list_backups")["backups"][0]["collections"]}
    assert found["articles"]["proof_failed"] is None and found["articles"]["grade"] == 0
    assert found["notes"]["grade"] == 1 and backed_up.run("status")["proven_at"] is None
    text = "\n".join(lines_of("verify", report, False))
    assert "NOT READ" in text and "NOT GOOD" not in text and "1 archive re-read and hashed" in text


def test_a_store_that_is_gone_ends_it(backed_up):
    with FaultProxy(backed_up.s3.port) as proxy:
        proxy.answer(403, code="InvalidAccessKeyId", match="^GET .*/archives/")
        report = backed_up.run("verify", endpoint_url=proxy.url)
        assert not report["ok"] and len(report["failed"]) == 2 and report["backups"][0]["proof_key"] is None
    with pytest.raises(EngineError):
        backed_up.run("verify", endpoint_url=proxy.url)
