# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain sync: what is pushed, what is passed over, what comes back."""

from __future__ import annotations

import json
import os
import shutil
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import (
    EngineError,
    LockedError,
    RefusedError,
    UsageError,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.lock import Lock


@pytest.fixture
def folder(rig):
    """A snapshots folder with two snapshots of one collection and one of another, away from any node."""
    rig.fill("articles", 100)
    rig.fill("notes", 30)
    rig.run("snapshot", collection="articles")
    rig.run("snapshot", collection="notes")
    time.sleep(1.1)
    rig.fill("articles", 20, first=1001)
    rig.run("snapshot", collection="articles")
    copy = str(rig.directory / "snapshots")
    shutil.copytree(rig.node.snapshots_dir, copy, ignore=shutil.ignore_patterns("tmp*"))
    rig.node.wipe()
    return copy


def push(rig, folder, **changes):
    return rig.run("sync", folder=folder, url="http://127.0.0.1:1", **changes)


def test_push_commits_what_is_new_and_nothing_twice(rig, folder):
    planned = rig.run("sync", folder=folder, check=True)
    assert planned["changed"] and rig.keys() == []
    report = push(rig, folder)
    assert report["ok"] and report["changed"] and len(report["backups"]) == 2
    older, newer = report["backups"]
    assert [c["name"] for c in older["collections"]] == ["articles"]
    assert [c["name"] for c in newer["collections"]] == ["articles", "notes"]
    again = push(rig, folder)
    assert not again["changed"] and again["sent_bytes"] == 0 and again["plan"]["steps"] == []
    restored = rig.run("restore")
    assert sorted(c["name"] for c in restored["collections"]) == ["articles", "notes"]
    assert rig.count("articles") == 120 and rig.count("notes") == 30
    assert any("No probes" in text for text in restored["warnings"])
    assert rig.run("verify")["ok"]


def test_a_push_excludes_the_other_runs_of_its_node(rig, folder, tmp_path):
    repository = {"path": str(tmp_path / "repository"), "bucket": None, "endpoint_url": None, "region": None}
    store = FolderStore(repository["path"])
    with Lock(store, "search", "node-a", "a backup on another-host", 600):
        with pytest.raises(LockedError, match="a backup on another-host"):
            push(rig, folder, prefix="", **repository)
        assert [one.key for one in store.list("") if "/locks/" not in one.key] == []
    assert push(rig, folder, prefix="", **repository)["changed"]
    assert not push(rig, folder, prefix="", **repository)["changed"]


def test_what_is_no_snapshot_is_passed_over(rig, folder):
    names = sorted(os.listdir(os.path.join(folder, "articles")))
    whole = next(name for name in names if name.endswith(".snapshot"))
    with open(os.path.join(folder, "articles", whole), "rb") as handle:
        data = handle.read()
    for path, content in {
        "articles/half.snapshot": data[: len(data) // 2],
        "articles/empty.snapshot": b"",
        "articles/page.snapshot": b"<html>not found</html>",
        "articles/x.snapshot.tmp": data,
        "articles/y.tmp": b"x",
        "articles/orphan.snapshot.checksum": b"0" * 64,
        "tmp/z.snapshot": data,
        "config-2026-11-22.json": b"{}",
        "full-snapshot-2026-11-22-19-00-00.snapshot": data,
    }.items():
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        with open(os.path.join(folder, path), "wb") as handle:
            handle.write(content)
    os.symlink("/etc/passwd", os.path.join(folder, "articles", "link.snapshot"))
    report = push(rig, folder)
    assert not report["ok"] and report["changed"]
    assert sorted(item["file"] for item in report["failed"]) == ["empty.snapshot", "half.snapshot", "page.snapshot"]
    stored = [key.rpartition("/")[2] for key in rig.keys("/archives/")]
    assert len(stored) == 3 and not {"half.snapshot", "z.snapshot", "y.tmp"} & set(stored)
    assert any("full snapshot" in text for text in report["warnings"])
    assert any("link.snapshot" in text for text in report["warnings"])


def test_a_changed_snapshot_does_not_fit_its_checksum(rig, folder):
    path = next(
        os.path.join(folder, "notes", name)
        for name in os.listdir(os.path.join(folder, "notes"))
        if name.endswith(".snapshot")
    )
    with open(path, "r+b") as handle:
        handle.seek(3000)
        handle.write(b"\xff")
    report = push(rig, folder, collections=["notes"])
    assert not report["changed"] and "checksum file" in report["failed"][0]["message"]
    assert rig.keys("/manifests/") == []


def test_a_push_of_what_is_not_there_fails_and_pushes_the_others(rig, folder):
    report = push(rig, folder, collections=["notes", "artcles", "x*"])
    assert not report["ok"] and [one["collections"][0]["name"] for one in report["backups"]] == ["notes"]
    (failed,) = report["failed"]
    assert failed["collection"] == "artcles" and f"{folder} has no snapshot of this collection" in failed["message"]
    assert any("matches x*" in text for text in report["warnings"])
    assert not push(rig, folder, collections=["artcles"])["ok"]


def test_a_push_says_what_it_did_not_look_through(rig, folder, tmp_path):
    (tmp_path / "empty").mkdir()
    report = push(rig, str(tmp_path / "empty"))
    assert not report["changed"] and report["warnings"] == [
        f"No snapshot of a collection was found in {tmp_path / 'empty'}."
    ]
    report = push(rig, os.path.join(folder, "articles"))
    assert not report["changed"] and len(report["warnings"]) == 2
    assert all(f"not in the folder of a collection. Set folder to {folder}." in text for text in report["warnings"])
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "articles").symlink_to(os.path.join(folder, "articles"))
    report = push(rig, str(linked))
    assert not report["changed"] and "articles was not stored: it is a link to a folder" in report["warnings"][0]
    assert rig.run("sync")["warnings"] == ["No snapshot of a collection was found on the node."]


def test_push_from_the_node_itself(rig):
    rig.fill()
    rig.run("snapshot", collection="articles")
    report = rig.run("sync")
    assert report["ok"] and len(report["backups"]) == 1
    assert not rig.run("sync")["changed"]
    assert os.listdir(rig.directory / "spool") == []


def test_a_pull_does_not_fill_the_disk_of_the_node(rig, tmp_path):
    rig.fill()
    rig.run("back_up")
    pull = {"direction": "pull", "folder": str(tmp_path / "new" / "folder"), "min_free": "900T"}
    for check in (True, False):
        with pytest.raises(RefusedError, match=r"must stay free on the node's disk \(min_free\)"):
            rig.run("sync", check=check, snapshots_dir=str(tmp_path), **pull)
    assert not (tmp_path / "new").exists()
    assert rig.run("sync", **pull)["changed"], "without snapshots_dir, the node's disk is not known"
    assert not rig.run("sync", snapshots_dir=str(tmp_path), **pull)["changed"]


def test_a_push_that_cannot_download_says_why(rig, tmp_path):
    rig.fill()
    rig.run("snapshot", collection="articles")
    (tmp_path / "file").write_text("")
    report = rig.run("sync", spool_dir=str(tmp_path / "file" / "spool"))
    assert not report["ok"] and not report["changed"] and rig.keys("/manifests/") == []
    (failed,) = report["failed"]
    assert "Could not spool snapshots in" in failed["message"] and "spool_dir" in failed["next"]
    assert rig.run("sync")["changed"]


def test_a_push_of_one_collection_hides_no_other(rig):
    rig.fill("articles")
    rig.fill("notes")
    run = rig.run("back_up", backup_id="20260101T000000Z")
    time.sleep(3)
    rig.run("snapshot", collection="articles")
    for dummy in range(2):
        (pushed,) = rig.run("sync", collections=["articles"])["backups"]
        time.sleep(1.1)
        rig.run("snapshot", collection="articles")
    status = rig.run("status", max_age="2s")
    held = {item["name"]: item["backup_id"] for item in status["collections"]}
    assert held == {"articles": pushed["backup_id"], "notes": run["backup_id"]}
    (problem,) = [one for one in status["problems"] if one["code"] == "collection_too_old"]
    assert problem["message"].startswith("Collection notes ") and problem["next"].endswith("qdrant-backup run notes")
    metrics = rig.run("metrics")["metrics"]
    assert 'collection_last_success_timestamp_seconds{cluster="search",node="node-a",collection="notes"}' in metrics
    assert rig.run("status", max_age="1h")["healthy"]


def manifest(rig, backup_id):
    (key,) = [key for key in rig.keys("/manifests/") if backup_id in key]
    body = rig.s3.client().get_object(Bucket=rig.s3.bucket, Key=f"{rig.prefix}/{key}")["Body"]
    return json.loads(body.read())


@pytest.mark.parametrize("from_folder", [False, True], ids=["node", "folder"])
def test_an_unchanged_backup_is_not_pushed_once_more(rig, from_folder):
    rig.fill()
    folder = rig.node.snapshots_dir if from_folder else None
    copied = rig.run("back_up")
    for dummy in range(8):  # a server flushes late, or with a snapshot: a backup after that is not the same
        if copied["collections"][0]["copied_from"]:
            break
        time.sleep(1.1)
        copied = rig.run("back_up")
    assert [item["copied_from"] is not None for item in copied["collections"]] == [True]
    report = rig.run("sync", folder=folder)
    assert not report["changed"] and report["backups"] == [] and report["plan"]["steps"] == []
    assert rig.run("list_backups", backup_id="latest")["backups"][0]["backup_id"] == copied["backup_id"]


def test_a_node_that_is_asked_says_which_version_made_its_snapshots(rig):
    rig.fill()
    alias = {"create_alias": {"collection_name": "articles", "alias_name": "current"}}
    rig.node.call("POST", "/collections/aliases", {"actions": [alias]})
    time.sleep(1.1)  # a snapshot of the second in which the server was started may be an older server's
    rig.run("snapshot", collection="articles")
    (pushed,) = rig.run("sync")["backups"]
    found = manifest(rig, pushed["backup_id"])
    assert found["node"]["qdrant_version"] == rig.node.call("GET", "/telemetry")["result"]["app"]["version"]
    assert found["aliases"] == {"current": "articles"}
    assert found["collections"][0]["config"]["params"]["vectors"]["size"] == 8


def test_pull_fetches_hashes_and_then_leaves_alone(rig, folder):
    push(rig, folder)
    target = str(rig.directory / "pulled")
    first = rig.run("sync", direction="pull", folder=target)
    assert first["changed"] and len(first["files"]) == 2
    assert not rig.run("sync", direction="pull", folder=target)["changed"]
    damaged = first["files"][0]["path"]
    with open(damaged, "r+b") as handle:
        handle.write(b"broken")
    again = rig.run("sync", direction="pull", folder=target)
    assert [file["path"] for file in again["files"] if file["fetched"]] == [damaged]
    with pytest.raises(UsageError, match="it holds: articles, notes"):
        rig.run("sync", direction="pull", folder=target, collections=["none"])
    with pytest.raises(UsageError, match="does not hold none; it holds: articles, notes"):
        rig.run("sync", direction="pull", folder=target, collections=["notes", "none"])


def test_pull_keeps_no_damaged_archive(rig, folder):
    push(rig, folder)
    for key in rig.keys("/archives/"):
        rig.damage(key)
    target = str(rig.directory / "pulled")
    with pytest.raises(EngineError, match="sha256"):
        rig.run("sync", direction="pull", folder=target)
    assert [name for dummy, dummy, names in os.walk(target) for name in names] == []


def test_a_push_that_was_killed_before_its_commit_is_finished(rig, folder):
    push(rig, folder)
    for key in rig.keys("/manifests/"):
        rig.delete_object(key)
    report = push(rig, folder)
    assert report["ok"] and len(report["backups"]) == 2
    assert len(rig.keys("/archives/")) == 3


def test_a_name_with_brackets_is_backed_up_listed_verified_pushed_and_pulled_alone(rig):
    for name in ("a[1]", "a1"):
        rig.fill(name, 20)
    only = {"collections": ["a[1]"]}
    assert [one["name"] for one in rig.run("back_up", **only)["collections"]] == ["a[1]"]
    rig.run("back_up", backup_id="20991231T000000Z")
    (listed,) = rig.run("list_backups", backup_id="latest", **only)["backups"]
    assert [one["name"] for one in listed["collections"]] == ["a[1]"]
    (verified,) = rig.run("verify", **only)["backups"]
    assert [one["name"] for one in verified["collections"]] == ["a[1]"]
    pulled = rig.run("sync", direction="pull", folder=str(rig.directory / "pulled"), **only)
    assert [one["collection"] for one in pulled["files"]] == ["a[1]"]
    pushed = rig.run("sync", direction="push", node="node-b", **only)["backups"]
    assert {one["name"] for backup in pushed for one in backup["collections"]} == {"a[1]"}
