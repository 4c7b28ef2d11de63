# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives that a manifest names and the store does not have: what is asked for it, and what is said."""

from __future__ import annotations

import dataclasses
import shutil

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import layout
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.archive_check import ArchiveCheck
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.inventory import inventory
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.survey import Survey
from ansible_collections.vectorops.qdrant.plugins.module_utils._status.facts import gather
from ansible_collections.vectorops.qdrant.plugins.module_utils._status.judge import judge
from ansible_collections.vectorops.qdrant.tests.support.counting import CountingStore
from ansible_collections.vectorops.qdrant.tests.support.many_backups import fill, ids
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import collection, manifest

IDS = ids(5)[::-1]  # newest first
FILE = "articles-1-2026-11-22-19-00-01.snapshot"


class Odd(CountingStore):
    """late: keys that the listing does not show; closed: what a key may hold that is not listed; hidden: parts of keys
    of which a HEAD is refused."""

    late: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    def list(self, prefix):
        if any(part in prefix for part in self.closed):
            raise StoreError("list", f"{prefix} in {self.url}", "AccessDenied", "Allow it.", kind="forbidden")
        return (info for info in super().list(prefix) if info.key not in self.late)

    def head(self, key):
        if any(part in key for part in self.hidden):
            raise StoreError("look at", key, "403", kind="forbidden")
        return super().head(key)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two") / "repository"
    for node in ("node-a", "node-b"):
        two = [collection(node=node), collection("notes", node)]
        fill(FolderStore(str(folder)), manifest(node, collections=two, expected=("node-a", "node-b")), IDS)
    return folder


@pytest.fixture
def store(made, tmp_path):
    shutil.copytree(made, tmp_path / "repository")
    return Odd(FolderStore(str(tmp_path / "repository")))


def key(name="articles", backup_id=IDS[0], node="node-a"):
    return layout.archive_key("prod", node, backup_id, name, FILE.replace("articles", name))


def listed(store, **options):
    store.asked.clear()
    return inventory(Survey(Catalogue(store, "prod")), **options)


def lost(report):
    return {
        (backup["node"], backup["backup_id"], item["name"]): item["lost"]
        for backup in report["backups"]
        for item in backup["collections"]
        if item["lost"]
    }


def status(store, tmp_path, node="node-a", **options):
    store.asked.clear()
    host = Host(str(tmp_path / "state"), "http://127.0.0.1:6333")
    return judge(gather("prod", node, lambda: Survey(Catalogue(store, "prod")), host, timer="none.timer"), **options)


def test_one_listing_for_the_newest_backup_of_each_node_and_no_question_about_an_archive(store):
    report = listed(store)
    assert lost(report) == {} and store.asked["list archives"] == 2 and not store.asked["head archives"]
    checked = {(one["node"], one["backup_id"]) for one in report["backups"] if one["archives_checked"]}
    assert checked == {("node-a", IDS[0]), ("node-b", IDS[0])} and report["not_checked"] == []
    assert store.asked["get manifests"] == 10
    listed(store, node="node-b", backup_id=IDS[3])
    assert store.asked["list archives"] == 1


@pytest.mark.parametrize("check", [False, True])
def test_an_archive_that_is_gone_and_one_of_another_size(store, check):
    store.store.delete([key()])
    store.store.put(key("notes"), b"other")
    report = listed(store, node="node-a", check=check)
    found = lost(report)
    assert set(found) == {("node-a", IDS[0], "articles"), ("node-a", IDS[0], "notes")}
    if not check:
        assert found["node-a", IDS[0], "articles"] == f"its archive {key()} is not in the store"
        assert found["node-a", IDS[0], "notes"] == f"its archive {key('notes')} has 5 bytes in the store, not 64"
        assert store.asked["head archives"] == 2, "of those that the listing does not show as they were stored"
    else:
        assert all(one["archives_checked"] for one in report["backups"])
    (archive,) = report["backups"][0]["collections"][0]["archives"]
    assert archive["lost"] and report["backups"][1]["collections"][0]["archives"][0]["lost"] is None


def test_a_listing_that_is_late_loses_nothing(store):
    store.late = (key(),)
    assert lost(listed(store)) == {} and store.asked["head archives"] == 1


def test_an_archive_that_may_not_be_looked_at_is_as_the_listing_shows_it(store):
    """Without the right to list the key itself, S3 answers 403 in place of 404."""
    store.store.delete([key()])
    store.hidden = ("/archives/",)
    assert set(lost(listed(store))) == {("node-a", IDS[0], "articles")}


def test_an_archive_under_another_prefix_is_looked_for_there(store):
    entry = collection()
    entry = dataclasses.replace(entry, archive=dataclasses.replace(entry.archive, key="adopted/x.snapshot", bytes=4))
    newest = "20271122T190000Z"
    Catalogue(store.store, "prod").commit(manifest(backup_id=newest, collections=[entry]))
    assert lost(listed(store)) == {("node-a", newest, "articles"): "its archive adopted/x.snapshot is not in the store"}
    store.hidden = ("adopted/",)
    assert lost(listed(store)) == {}, "unknown"
    store.hidden = ()
    store.store.put("adopted/x.snapshot", b"data")
    assert lost(listed(store)) == {}


def test_archives_that_may_not_be_listed_are_told_and_fail_nothing(store, tmp_path):
    store.closed = ("/archives/node-a",)
    report = listed(store)
    assert lost(report) == {} and len(report["not_checked"]) == 1
    assert "node node-a was not checked: could not list prod/archives/node-a/" in report["not_checked"][0]
    assert report["not_checked"][0].endswith(
        "AccessDenied. Allow this user to list them (s3:ListBucket), or read them: qdrant-backup verify --node node-a"
    )
    assert {one["node"] for one in report["backups"] if one["archives_checked"]} == {"node-b"}
    told = status(store, tmp_path)
    assert told["healthy"] and not told["archives_checked"] and told["warnings"][:1] == report["not_checked"]
    assert status(store, tmp_path, "node-b")["archives_checked"]


def test_status_asks_for_the_archives_of_the_newest_backup_alone(store, tmp_path):
    report = status(store, tmp_path)
    assert report["healthy"] and report["archives_checked"]
    assert store.asked["list archives"] == 1 and not store.asked["head archives"]


def test_status_goes_on_to_the_newest_backup_that_is_still_there(store, tmp_path):
    store.store.delete([key(backup_id=one) for one in IDS[:3]])
    report = status(store, tmp_path)
    assert [one["code"] for one in report["problems"]] == ["lost"] and key() in report["problems"][0]["message"]
    assert report["last_good"]["backup_id"] == IDS[3]
    found = {item["name"]: item["backup_id"] for item in report["collections"]}
    assert found == {"articles": IDS[3], "notes": IDS[0]}
    assert store.asked["list archives"] == 2 and store.asked["head archives"] == 3


def test_a_store_that_fails_is_not_called_a_loss(store, tmp_path, monkeypatch):
    def broken(prefix):
        if "/archives/" in prefix:
            raise StoreError("list", prefix, "SlowDown", kind="throttled")
        return FolderStore.list(store.store, prefix)

    monkeypatch.setattr(store, "list", broken)
    assert [one["code"] for one in status(store, tmp_path)["problems"]] == ["unreachable"]


def test_each_shard_is_checked(tmp_path):
    entries = [dataclasses.replace(collection(captured=(shard,), known=(0, 1)), kind="shard") for shard in (0, 1)]
    entries = [
        dataclasses.replace(one, archive=dataclasses.replace(one.archive, key=key().replace("-1-", f"-shard-{n}-")))
        for n, one in enumerate(entries)
    ]
    found = FolderStore(str(tmp_path / "repository"))
    Catalogue(found, "prod").commit(manifest(backup_id=IDS[0], collections=entries))
    found.put(entries[0].archive.key, b"x" * entries[0].archive.bytes)
    survey = Survey(Catalogue(found, "prod"))
    (entry,) = survey.catalogue.backups("node-a")
    check = ArchiveCheck(survey)
    check.look([entry])
    assert list(check.lost(entry, survey.summary(entry))) == [entries[1].archive.key]
    (item,) = listed(CountingStore(found))["backups"][0]["collections"]
    assert item["lost"] == f"shard 1: its archive {entries[1].archive.key} is not in the store"


def test_a_folder_is_walked_only_where_keys_can_be(tmp_path):
    found = FolderStore(str(tmp_path / "repository"))
    for one in ("ab/c/1", "ab/d/2", "ab/cd/e/3", "abc/4", "c/5"):
        found.put(one, b"x")
    keys = {prefix: [info.key for info in found.list(prefix)] for prefix in ("ab/c", "ab/c/", "ab", "a", "", "x/y")}
    assert keys == {
        "ab/c": ["ab/c/1", "ab/cd/e/3"],
        "ab/c/": ["ab/c/1"],
        "ab": ["ab/c/1", "ab/cd/e/3", "ab/d/2", "abc/4"],
        "a": ["ab/c/1", "ab/cd/e/3", "ab/d/2", "abc/4"],
        "": ["ab/c/1", "ab/cd/e/3", "ab/d/2", "abc/4", "c/5"],
        "x/y": [],
    }
