# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports over many backups: what is asked of the store, what comes of it, and what the cache may do."""

from __future__ import annotations

import dataclasses
import shutil

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.cache import DocumentCache
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import layout
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.inventory import inventory
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.survey import Survey
from ansible_collections.vectorops.qdrant.tests.support.counting import CountingStore
from ansible_collections.vectorops.qdrant.tests.support.many_backups import fill, ids
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import ID, collection, manifest

NODES = ("node-a", "node-b", "node-c")
COUNT = 12


@pytest.fixture
def store(tmp_path):
    return FolderStore(str(tmp_path / "repository"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster") / "repository"
    for number, node in enumerate(NODES):
        one = manifest(node, collections=[collection(node=node, captured=[number], known=[0, 1, 2])], expected=NODES)
        fill(FolderStore(str(folder)), one, ids(COUNT))
    return folder


@pytest.fixture
def cluster(made, tmp_path):
    """Three nodes, each with a shard, hourly."""
    shutil.copytree(made, tmp_path / "repository")
    return FolderStore(str(tmp_path / "repository"))


def asked(store, cache=None, **options):
    counting = store if isinstance(store, CountingStore) else CountingStore(store)
    counting.asked.clear()
    report = inventory(Survey(Catalogue(counting, "prod"), cache), **options)
    return report, dict(counting.asked)


@pytest.mark.parametrize("etags", [True, False])
def test_each_manifest_is_read_once_and_everything_is_listed_once_a_node(cluster, etags):
    report, requests = asked(CountingStore(cluster, etags, writable=False), check=True)
    assert len(report["backups"]) == report["total"] == 3 * COUNT and report["older"] == 0
    assert {backup["completeness"]["text"] for backup in report["backups"]} == {"complete, 3 nodes"}
    assert {backup["grade"] for backup in report["backups"]} == {1}
    wanted = {"get manifests": 3 * COUNT, "get proofs": 3 * COUNT}
    assert requests == {**wanted, "list manifests": 1, "list archives": 3, "list proofs": 3}


def test_the_newest_alone_are_read(cluster):
    report, requests = asked(cluster, node="node-b", limit=5, check=True)
    assert [backup["backup_id"] for backup in report["backups"]] == ids(COUNT)[:-6:-1]
    assert (report["total"], report["older"]) == (COUNT, COUNT - 5)
    assert all(backup["complete"] for backup in report["backups"])
    assert requests["get manifests"] == 15 and requests["get proofs"] == 5
    assert requests["list proofs"] <= 4 and requests["list archives"] <= 3 * 4


def test_a_host_that_has_seen_it_reads_nothing_again(cluster, tmp_path):
    cache = DocumentCache(str(tmp_path), cluster.url)
    first, dummy = asked(cluster, cache, check=True)
    again, requests = asked(cluster, DocumentCache(str(tmp_path), cluster.url), check=True)
    assert again == first and not [what for what in requests if what.startswith("get")]
    assert "get manifests" in asked(cluster, DocumentCache(str(tmp_path), "another store"), check=True)[1]


def test_without_etags_nothing_is_believed(cluster, tmp_path):
    bare = CountingStore(cluster, etags=False)
    for dummy in range(2):
        dummy, requests = asked(bare, DocumentCache(str(tmp_path), cluster.url), limit=2)
        assert requests["get manifests"] == 2


def test_what_changed_in_the_store_is_read_again(cluster, tmp_path):
    """Nobody writes a manifest twice, but for whoever damages one."""
    asked(cluster, DocumentCache(str(tmp_path), cluster.url), limit=1)
    key = layout.manifest_key("prod", "node-c", ids(COUNT)[-1])
    cluster.put(key, b"{half")
    report, dummy = asked(cluster, DocumentCache(str(tmp_path), cluster.url), limit=1)
    assert report["backups"] == [] and [one["node"] for one in report["unreadable"]] == ["node-c"]


def test_what_another_version_kept_is_made_again(cluster, tmp_path):
    cache = DocumentCache(str(tmp_path), cluster.url)
    kept = {}
    cache.put = lambda kind, key, etag, value: kept.setdefault((kind, key), value)
    first, dummy = asked(cluster, cache, limit=1)
    for change in ("lacks", "has"):

        def other(kind, key, etag, change=change):
            value = dict(kept.get((kind, key)) or {}) or None
            if value and "collections" in value and "backup_id" in value:
                value.pop("aliases") if change == "lacks" else value.update(news=1)
            return value

        cache.get = other
        again, requests = asked(cluster, cache, limit=1)
        assert again == first and requests["get manifests"] == 1 and "get proofs" not in requests


def test_a_lost_archive_and_a_missing_node_are_told_of_their_backup_alone(cluster):
    lost = layout.archive_key("prod", "node-b", ids(COUNT)[3], "articles", "articles-1-2026-11-22-19-00-01.snapshot")
    cluster.delete([lost, layout.manifest_key("prod", "node-c", ids(COUNT)[7])])
    cluster.put(lost + ".copy", b"x")
    report, dummy = asked(cluster, node="node-a", check=True)
    found = {backup["backup_id"]: backup["completeness"] for backup in report["backups"]}
    assert [name for name, one in found.items() if not one["whole"]] == [ids(COUNT)[7], ids(COUNT)[3]]
    assert found[ids(COUNT)[3]]["text"] == "incomplete: 1 archive lost"
    assert found[ids(COUNT)[3]]["lost"] == [lost]
    assert found[ids(COUNT)[3]]["unused"] == [lost + ".copy"]
    assert found[ids(COUNT)[7]]["text"] == "incomplete: node-c missing, 1 shard missing"
    assert found[ids(COUNT)[7]]["missing_shards"] == [{"collection": "articles", "shard": 2}]


@pytest.mark.parametrize("how", ["damaged", "forbidden"])
def test_a_manifest_of_another_node_that_cannot_be_read_is_told(cluster, how, monkeypatch):
    key = layout.manifest_key("prod", "node-b", ids(COUNT)[-1])
    if how == "damaged":
        cluster.put(key, b"{half")
    else:
        get = cluster.get

        def guarded(asked_key):
            if "node-b" in asked_key:
                raise StoreError("read", asked_key, "AccessDenied", kind="forbidden")
            return get(asked_key)

        monkeypatch.setattr(cluster, "get", guarded)
    report, dummy = asked(cluster, node="node-a", limit=1, check=True)
    (backup,) = report["backups"]
    assert not backup["complete"] and backup["completeness"]["missing_shards"] == []
    assert backup["completeness"]["text"] == "unknown: node-b not read"
    assert backup["completeness"]["unseen"][0].startswith("node-b: ")


def test_a_store_that_fails_ends_the_report(cluster, monkeypatch):
    def gone(key):
        raise StoreError("read", key, "no route", kind="unreachable")

    monkeypatch.setattr(cluster, "get", gone)
    with pytest.raises(StoreError, match="no route"):
        asked(cluster, check=True)


def test_archives_that_lie_elsewhere_are_looked_for(store):
    elsewhere = "adopted/articles.snapshot"
    entry = collection()
    entry = dataclasses.replace(entry, archive=dataclasses.replace(entry.archive, key=elsewhere, bytes=4))
    Catalogue(store, "prod").commit(manifest(collections=[entry]))
    assert not Survey(Catalogue(store, "prod")).completeness(ID).whole
    store.put(elsewhere, b"data")
    assert Survey(Catalogue(store, "prod")).completeness(ID).whole


def test_a_node_with_a_name_that_is_cut_has_its_proofs(store):
    name = "knoten-ü" * 40
    fill(store, manifest(name, expected=[name]), ids(3))
    report, dummy = asked(store, check=True)
    assert [(one["node"], one["grade"], one["complete"]) for one in report["backups"]] == [(name, 1, True)] * 3


def test_grades_of_each_collection(store):
    two = manifest(collections=[collection(), collection("notes")])
    fill(store, two, ids(2), proven=False)
    add = Catalogue(store, "prod").add_proof
    newest = ids(2)[-1]
    good = {"name": "articles", "ok": True, "grade": 3}
    add("node-a", newest, {"grade": 3, "at": "2026-11-23T00:00:00Z", "collections": [good]})
    bad = {"name": "notes", "ok": False, "grade": 0, "detail": "its sha256 differs"}
    add("node-a", newest, {"grade": 0, "at": "2026-11-24T00:00:00Z", "collections": [bad]})
    add("node-a", newest, {"grade": 2, "at": "2026-11-24T00:00:00Z", "collections": [{"name": "x", "grade": "odd"}]})
    store.put(layout.proof_key("prod", "node-a", newest, "20200101T000000Z", 2), b"{broken")
    report, dummy = asked(store)
    state = {item["name"]: (item["grade"], item["proof_failed"]) for item in report["backups"][0]["collections"]}
    assert state == {"articles": (3, None), "notes": (0, "its sha256 differs")}
    assert report["backups"][1]["collections"][0]["grade"] == 0


def test_one_backup_is_shown_whatever_the_limit(cluster):
    report, dummy = asked(cluster, backup_id=ids(COUNT)[2], limit=2)
    assert len(report["backups"]) == 3 and report["older"] == 0
    report, dummy = asked(cluster, before="2026-01-01T02:30:00Z", limit=1)
    assert {backup["backup_id"] for backup in report["backups"]} == {ids(COUNT)[2]}


@pytest.mark.parametrize("wanted", [1, 2, 5, 50, 700, 1199, 1200])
def test_prefixes_hold_all_that_is_wanted_and_little_more(wanted):
    known = ids(1200)
    newest = known[-wanted:]
    prefixes = layout.prefixes_of("prod", "proofs", "node-a", newest, known)
    below = [one for one in known if any(f"prod/proofs/node-a/{one}/x".startswith(prefix) for prefix in prefixes)]
    assert set(newest) <= set(below) and len(below) <= 2 * wanted and len(prefixes) <= min(wanted, 10)
    assert layout.prefixes_of("prod", "proofs", "node-a", [], known) == []


class Closed(CountingStore):
    """What keys that are limited to node-a meet: archives and manifests of the others are refused."""

    def list(self, prefix):
        self.refuse(prefix, "archives")
        return super().list(prefix)

    def get(self, key):
        self.refuse(key, "manifests")
        return super().get(key)

    def refuse(self, key, kind):
        if f"/{kind}/node-" in key and f"/{kind}/{self.mine}" not in key:
            raise StoreError("list", key, "AccessDenied", "Allow it.", kind="forbidden")


def test_what_the_keys_of_a_node_may_not_list_is_unknown_and_no_error(cluster):
    store = Closed(cluster)
    store.mine = "node-a"
    report, dummy = asked(store, node="node-a", check=True)
    assert len(report["backups"]) == COUNT
    for backup in report["backups"]:
        found = backup["completeness"]
        assert (found["state"], found["lost"], found["missing_shards"]) == ("unknown", [], [])
        assert found["unseen"] == ["node-b: AccessDenied", "node-c: AccessDenied"]


def test_lost_archives_are_found_beside_those_that_may_not_be_listed(cluster):
    gone = next(info.key for info in cluster.list("prod/archives/node-a/"))
    cluster.delete([gone])
    store = Closed(cluster)
    store.mine = "node-a"
    report, dummy = asked(store, node="node-a", check=True)
    assert [b["completeness"]["lost"] for b in report["backups"] if b["completeness"]["state"] != "unknown"] == [[gone]]


def test_keys_that_may_list_no_archives_are_an_error(cluster):
    store = Closed(cluster)
    store.mine = "node-z"
    with pytest.raises(StoreError, match="AccessDenied"):
        asked(store, node="node-a", check=True)
