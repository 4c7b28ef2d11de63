# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills in the embedded engine: what they prove, what they record, and that nothing wrong is reported good."""

from __future__ import annotations

import contextlib
import json
import os
import re
import xml.etree.ElementTree as ET

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import (
    EngineError,
    LockedError,
    RefusedError,
    UsageError,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._drill.values import read_report
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.texts import lines_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError

pytest.importorskip("qdrant_edge", reason="qdrant-edge-py is not installed (it needs Python 3.10 or later)")
FIRST, SECOND = "20260101T000000Z", "20260102T000000Z"


@pytest.fixture
def drill(rig, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def run(**options):
        report = rig.run("drill", scratch_dir=str(scratch), **options)
        assert os.listdir(scratch) == []
        return report

    return run


@pytest.fixture
def backed_up(rig):
    rig.fill("articles", 100)
    rig.fill("notes", 40)
    rig.run("back_up", backup_id=FIRST)
    return rig


def archive(rig, name, backup_id=FIRST):
    return next(key for key in rig.keys("/archives/") if f"/{backup_id}/{name}/" in key)


def stored(rig, key):
    return rig.s3.client().get_object(Bucket=rig.s3.bucket, Key=f"{rig.prefix}/{key}")["Body"].read()


def store(rig, key, data):
    rig.s3.client().put_object(Bucket=rig.s3.bucket, Key=f"{rig.prefix}/{key}", Body=data)


def test_a_good_drill_is_measured_judged_recorded_and_shown(backed_up, drill, tmp_path):
    files = [str(tmp_path / f"drill{suffix}") for suffix in (".html", ".md", ".xml", ".json")]
    report = drill(rpo="1h", rto="10m", report=files)
    assert report["ok"] and report["changed"] and report["failed"] == [] and report["warnings"] == []
    (backup,) = report["drill"]["backups"]
    assert backup["passed"] and backup["grade"] == 3 and backup["rpo"]["met"] and backup["rto"]["met"]
    for one, points in zip(backup["collections"], (100, 40)):
        assert one["passed"] and one["points"] == one["expected"] == points
        assert one["compared"]["hash"] and one["compared"]["count_compared"] and one["compared"]["queries"]
        assert [phase["phase"] for phase in one["phases"]] == ["fetch", "load", "count", "first query", "probes"]
    spent = (
        sum(phase["seconds"] for one in backup["collections"] for phase in one["phases"]) + backup["find"]["seconds"]
    )
    assert abs(backup["rto"]["measured"] - spent) < 0.1

    (key,) = backed_up.keys("/drills/")
    assert re.fullmatch(r"search/drills/node-a/\d{8}T\d{6}Z-passed\.json", key) and report["drill_key"] == key
    assert read_report(json.loads(stored(backed_up, key))).as_dict() == report["drill"]
    listed = backed_up.run("list_backups")
    assert listed["backups"][0]["grade"] == 3
    assert listed["drills"] == [{"node": "node-a", "key": key, "at": report["drill"]["at"], "passed": True}]
    assert f"last drill of node-a: {report['drill']['at']}, passed" in lines_of("list", listed, False)

    assert report["reports"] == files
    page = (tmp_path / "drill.html").read_text()
    assert "articles" in page and ">Passed<" in page and not re.search(r"(src|href|url)\s*[=(]", page)
    assert "| articles |" in (tmp_path / "drill.md").read_text()
    suite = ET.parse(tmp_path / "drill.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("4", "0")
    assert json.loads((tmp_path / "drill.json").read_text())["passed"] is True
    text = "\n".join(lines_of("drill", report, False))
    assert "The drill passed" in text and "RPO" in text and key in text

    drill(collections=["notes"], backup_id=FIRST)
    again = backed_up.run("report", report=[str(tmp_path / "again.html")])
    assert [one["passed"] for one in again["trend"]] == [True, True]
    assert "Trend: 2 of the last 2 drills passed" in (tmp_path / "again.html").read_text()
    assert "FAILED" not in "\n".join(lines_of("report", again, False))
    earlier = backed_up.run("report", drill=key.rpartition("/")[2].partition("-")[0])
    assert earlier["drill"] == report["drill"] and len(earlier["trend"]) == 1


def test_some_collections_are_scaled_to_the_whole_backup(backed_up, drill):
    report = drill(collections=["no*"], record=False)
    (backup,) = report["drill"]["backups"]
    assert report["ok"] and not report["changed"] and backed_up.keys("/drills/") == []
    (one,) = backup["collections"]
    assert backup["left_out"] == 1 and "scaled to the whole backup" in backup["rto"]["by"]
    spent = sum(phase["seconds"] for phase in one["phases"])
    whole = backup["find"]["seconds"] + spent * backup["bytes"] / one["bytes"]
    assert abs(backup["rto"]["measured"] - whole) < 0.1
    assert "LOST" not in "".join(lines_of("drill", report, False))


def test_wrong_archives_fail_the_drill_and_are_named(backed_up, drill, tmp_path):
    """One of each kind of damage, beside good archives."""
    names = ("flipped", "truncated", "one", "other", "deleted", "emptied")
    for number, name in enumerate(names):
        backed_up.fill(name, 20 + number)
    backed_up.run("back_up", backup_id=SECOND)
    keys = {name: archive(backed_up, name, SECOND) for name in names}
    backed_up.damage(keys["flipped"])
    store(backed_up, keys["truncated"], stored(backed_up, keys["truncated"])[:-3000])
    one, other = stored(backed_up, keys["one"]), stored(backed_up, keys["other"])
    store(backed_up, keys["one"], other)
    store(backed_up, keys["other"], one)
    backed_up.delete_object(keys["deleted"])
    store(backed_up, keys["emptied"], b"")
    report = drill(rto="10m", report=[str(tmp_path / "bad.html"), str(tmp_path / "bad.xml")])
    assert not report["ok"] and not report["drill"]["passed"]
    (backup,) = report["drill"]["backups"]
    good = {one["name"]: one["passed"] for one in backup["collections"]}
    assert good == {"articles": True, "notes": True, **dict.fromkeys(names, False)} and backup["grade"] == 0
    failed = {one["name"]: one["phase"] for one in report["failed"]}
    assert failed == {**dict.fromkeys(names, "fetch"), "rto": "rto"}
    assert all(one["name"] in one["message"] for one in report["failed"] if one["name"] != "rto")
    assert backup["rto"]["measured"] is None and backup["rto"]["met"] is False
    (recorded,) = backed_up.keys("/drills/")
    assert recorded.endswith("-failed.json")
    listed = backed_up.run("list_backups")
    assert "FAILED" in next(line for line in lines_of("list", listed, False) if line.startswith("last drill"))
    shown = listed["backups"][0]
    assert {item["name"] for item in shown["collections"] if item["proof_failed"]} == set(names)
    page = (tmp_path / "bad.html").read_text()
    assert ">Failed<" in page and "flipped of" in page and ">Passed<" not in page
    assert ET.parse(tmp_path / "bad.xml").getroot()[0].get("failures") == "7"
    assert "FAILED: fetch" in "\n".join(lines_of("drill", report, False))
    status = backed_up.run("status", max_drill_age="8d")
    assert {"drill_failed", "no_drill"} <= {one["code"] for one in status["problems"]}
    assert "qdrant_backup_drill_passed{" in backed_up.run("metrics")["metrics"]


def test_a_wrong_manifest_fails_the_drill(backed_up, drill):
    (key,) = backed_up.keys("/manifests/")
    document = json.loads(stored(backed_up, key))
    document["collections"][0]["points"].update(before=99, after=99)
    store(backed_up, key, json.dumps(document).encode())
    report = drill()
    assert not report["ok"] and report["failed"][0]["phase"] == "find"
    assert report["drill"]["backups"][0]["failure"] and backed_up.keys("-failed.json")
    # Without its digest, as of an earlier version, the count and the probe of the archive decide.
    document.pop("digest")
    document["collections"][0]["probe"]["counts"].update(before=99, after=99, quiet=True)
    document["collections"][0]["points"]["quiet"] = True
    store(backed_up, key, json.dumps(document).encode())
    report = drill()
    failed = {one["name"]: one["phase"] for one in report["failed"]}
    assert not report["ok"] and failed == {document["collections"][0]["name"]: "count"}


def test_objectives_are_judged_by_age_by_gap_and_by_seconds(backed_up, drill):
    backed_up.run("back_up", backup_id=SECOND)
    report = drill(rpo="0.001s", rto="0.001s", backup_id="all")
    newest, older = report["drill"]["backups"]
    assert (newest["backup_id"], older["backup_id"]) == (SECOND, FIRST)
    assert newest["rpo"]["by"] == "age of the newest backup" and older["rpo"]["by"] == "gap to the next backup"
    assert not report["ok"] and newest["grade"] == older["grade"] == 3
    assert {one["phase"] for one in report["failed"]} == {"rpo", "rto"}
    assert drill(backup_id="random")["drill"]["backups"][0]["backup_id"] in (FIRST, SECOND)


def test_a_collection_that_failed_in_the_backup_fails_its_drill(backed_up, drill):
    backed_up.run("back_up", backup_id=SECOND, collections=["notes", "lost"])
    report = drill()
    assert not report["ok"] and report["drill"]["backups"][0]["absent"][0]["name"] == "lost"
    assert drill(collections=["notes"])["ok"]


def test_a_drill_of_what_was_left_says_what_was_gone(backed_up, drill):
    backed_up.drop("articles")
    backed_up.run("back_up", backup_id="20261122T200000Z")
    report = drill()
    assert report["ok"] and report["drill"]["backups"][0]["backup_id"] == "20261122T200000Z"
    assert "Backup 20261122T200000Z was made after these collections were gone: articles" in report["warnings"]


def test_a_limit_of_the_host_fails_the_drill_and_not_the_archive(backed_up, drill):
    report = drill(engine_memory="8M")
    assert not report["ok"] and {one["phase"] for one in report["failed"]} == {"load"}
    (shown,) = backed_up.run("list_backups")["backups"]
    assert not any(item["proof_failed"] for item in shown["collections"])


def test_one_drill_at_a_time_and_backups_go_on(backed_up, drill):
    with Host(str(backed_up.directory / "state"), backed_up.node.url).lock("drill", "drill"):
        with pytest.raises(LockedError, match="drill"):
            drill()
        assert backed_up.run("back_up", backup_id=SECOND)["ok"]


def test_check_mode_and_wrong_options(backed_up, rig, drill, tmp_path):
    keys = rig.keys()
    report = rig.run("drill", check=True)
    steps = [step["action"] for step in report["plan"]["steps"]]
    assert steps == ["open archive", "open archive", "record proof", "record drill"] and rig.keys() == keys
    for wrong, said in (
        ({"backup_id": "yesterday"}, "not a backup id"),
        ({"target": "scratch"}, "scratch_url"),
        ({"scratch_url": "http://127.0.0.1:1"}, "target is engine"),
        ({"collections": ["x"]}, "No selected backup contains x"),
        ({"collections": ["articles", "typo*"]}, "No selected backup contains typo"),
        ({"rto": "soon"}, "not a duration"),
        ({"report": ["drill.pdf"]}, "unknown suffix"),
        ({"report": [str(tmp_path / "no" / "drill.md")]}, "does not exist"),
    ):
        with pytest.raises(UsageError, match=said):
            drill(**wrong)
    with pytest.raises(StoreError, match="there are none"):
        rig.run("report")


def test_what_every_restore_would_refuse_is_wrong_usage_and_no_failed_drill(backed_up, drill, live, tmp_path):
    """In check mode too. A drill that is recorded as failed is a problem in the status of its node."""
    for wrong, said in (
        ({"delivery": "file"}, "delivery"),
        ({"ready_timeout": 0.0}, "ready_timeout is 0"),
        ({"silence_timeout": -1.0}, "silence_timeout is -1"),
    ):
        for check in (True, False):
            with pytest.raises(UsageError, match=said):
                drill(**live, **wrong, check=check)
    for check in (True, False):
        with pytest.raises(EngineError, match="Could not use the scratch folder"):
            backed_up.run("drill", scratch_dir=str(tmp_path / "none"), check=check)
    assert backed_up.keys("/drills/") == []


def test_a_restore_has_a_report_too(backed_up, tmp_path):
    backed_up.drop("articles")
    backed_up.drop("notes")
    files = [str(tmp_path / "restore.html"), str(tmp_path / "restore.xml"), str(tmp_path / "restore.md")]
    report = backed_up.run("restore", report=files)
    assert report["ok"] and report["reports"] == files
    page = (tmp_path / "restore.html").read_text()
    assert ">Passed<" in page and "2 collections with 140 points restored" in page and "32 points" in page
    assert "restore.html is written" in "\n".join(lines_of("restore", report, False))
    backed_up.drop("articles")
    backed_up.damage(archive(backed_up, "articles"))
    report = backed_up.run("restore", collections=["articles"], report=files)
    assert not report["ok"] and ">Failed<" in (tmp_path / "restore.html").read_text()
    assert ET.parse(tmp_path / "restore.xml").getroot()[0].get("failures") == "1"


def test_a_report_that_cannot_be_written_does_not_hide_the_drill(backed_up, drill, tmp_path):
    (tmp_path / "folder.md").mkdir()
    report = drill(report=[str(tmp_path / "folder.md")])
    assert not report["ok"] and report["changed"] and report["drill"]["passed"] and backed_up.keys("-passed.json")
    assert [(one["name"], "Could not write the report" in one["message"]) for one in report["failed"]] == [
        ("report", True)
    ]


@pytest.fixture(params=["same", "scratch"])
def live(rig, backed_up, tmp_path, request):
    """Options of a live target: the node itself, once as another one than that of the backup."""
    storage = tmp_path / "storage"
    storage.mkdir()
    if request.param == "same":
        return {"target": "same", "storage_dir": str(storage), "max_load": 1000.0}
    return {
        "target": "scratch",
        "scratch_url": rig.node.url,
        "scratch_api_key": rig.node.api_key,
        "url": "http://127.0.0.1:1",
    }


def notes(rig):
    return [str(path) for path in (rig.directory / "state" / "drills").rglob("*.json")]


def test_a_live_server_proves_grade_4_and_nothing_is_left(backed_up, drill, live, tmp_path):
    before = backed_up.collections()
    report = drill(**live, rto="10m", report=[str(tmp_path / "live.html")])
    assert report["ok"], report["failed"]
    (backup,) = report["drill"]["backups"]
    assert backup["grade"] == 4 and backup["rto"]["met"] and "on a live server" in backup["rto"]["by"]
    for one in backup["collections"]:
        assert [phase["phase"] for phase in one["phases"]] == ["load", "ready", "probes", "count", "first query"]
        assert one["points"] == one["expected"] and one["compared"]["queries"]
    assert backed_up.collections() == before and not notes(backed_up)
    (shown,) = backed_up.run("list_backups")["backups"]
    assert shown["grade"] == 4


def test_a_live_drill_waits_for_a_backup_at_work(backed_up, drill, live):
    host = Host(str(backed_up.directory / "state"), backed_up.node.url)
    waits = []
    with contextlib.ExitStack() as stack:
        stack.enter_context(host.lock("back up"))

        def progress(event):
            if event.step == "wait for another run":
                waits.append(event)
                stack.close()

        assert drill(**live, collections=["notes"], progress=progress)["ok"]
    assert waits


def test_a_live_server_finds_a_wrong_archive_and_cleans_up(backed_up, drill, live):
    before = backed_up.collections()
    backed_up.damage(archive(backed_up, "articles"))
    report = drill(**live)
    (bad,) = report["failed"]
    assert not report["ok"] and bad["name"] == "articles" and bad["phase"] in ("fetch", "load")
    assert "The archive in the store is damaged" in bad["message"]
    assert backed_up.collections() == before and not notes(backed_up)
    assert backed_up.keys("-failed.json")
    (shown,) = backed_up.run("list_backups", backup_id=FIRST)["backups"]
    assert [item["name"] for item in shown["collections"] if item["proof_failed"]] == ["articles"]


def test_a_live_target_is_refused_without_room_rest_or_a_free_name(backed_up, drill, live):
    name = f"articles__drill_{FIRST}"
    backed_up.fill(name, 3)
    with pytest.raises(RefusedError, match="no note of this host"):
        drill(**live)
    create = {"actions": [{"create_alias": {"collection_name": name, "alias_name": "used"}}]}
    backed_up.node.call("POST", "/collections/aliases", create)
    with pytest.raises(RefusedError, match="alias used points to it"):
        drill(**live)
    assert backed_up.count(name) == 3
    backed_up.drop(name)
    if live["target"] == "same":
        for changed, said in (
            ({"storage_dir": None}, "free space .* unknown"),
            ({"min_free": "900T"}, "must stay free"),
            ({"max_load": 0.000001}, "load of this host"),
        ):
            with pytest.raises(RefusedError, match=said):
                drill(**{**live, **changed})
    assert not notes(backed_up) and backed_up.keys("/drills/") == []
