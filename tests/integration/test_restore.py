# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores end to end: every source, every delivery, every refusal; what came back is compared point by point."""

from __future__ import annotations

import json
import os
import pathlib
import threading
import time
import urllib.request

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError, RefusedError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.check import check
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs.common import open_node, repository
from ansible_collections.vectorops.qdrant.tests.support.marks import needs_own_server
from ansible_collections.vectorops.qdrant.tests.support.qdrant import start_qdrant
from ansible_collections.vectorops.qdrant.tests.support.rig import Rig


def refused(rig, code, **options):
    """The restore is refused for this reason, and nothing changed."""
    before = {name: rig.count(name) for name in rig.collections()}
    with pytest.raises(RefusedError) as caught:
        rig.run("restore", **options)
    assert code in [refusal["code"] for refusal in caught.value.details["refusals"]]
    assert {name: rig.count(name) for name in rig.collections()} == before
    return str(caught.value)


def listed(rig):
    """What the list says of the collection in the newest backup."""
    return rig.run("list_backups")["backups"][0]["collections"][0]


def local_files(rig):
    """Everything in the node's snapshots folder and ours, but the server's own working folders."""
    found = []
    for top in filter(None, (rig.node.seen_snapshots_dir, str(rig.directory / "spool"))):
        for folder, folders, names in os.walk(top):
            folders[:] = [name for name in folders if name != "tmp"]
            found += [os.path.join(folder, name) for name in names]
    return sorted(found)


@pytest.mark.parametrize("delivery", ["auto", "url", "file", "upload"])
def test_a_lost_collection_comes_back_the_same(rig, delivery):
    rig.fill()
    before = rig.contents()
    backup = rig.run("back_up", snapshots_dir=rig.node.seen_snapshots_dir)
    assert backup["ok"] and backup["collections"][0]["points"] == 200
    rig.drop()
    files = local_files(rig)
    folder = rig.node.snapshots_dir if delivery == "file" else None
    report = rig.run("restore", delivery=delivery, snapshots_dir=folder)
    (item,) = report["collections"]
    assert report["ok"] and report["changed"] and item["proven"] and item["points"] == 200
    assert item["delivery"] == ("url" if delivery == "auto" else delivery) and item["tried"] == []
    assert item["proof"]["points_compared"] == 32
    queries = item["proof"]["queries_compared"]
    assert item["compared"] == {"hash": True, "count": True, "points": 32, "queries": queries} and queries > 0
    assert rig.contents() == before
    schema = rig.node.call("GET", "/collections/articles")["result"]["payload_schema"]
    assert schema["topic"]["points"] == 200
    assert local_files(rig) == files, "a delivery leaves nothing behind"


def test_a_full_probe_sees_what_a_sample_misses(rig):
    rig.fill(count=1000)
    rig.run("back_up", probe="full")
    (item,) = rig.run("restore", collections=["articles"], name="copy")["collections"]
    assert item["proven"] and item["proof"]["facts"]["full"] == {"points": 1000, "agreed": True}
    params = rig.params("restore")
    catalogue = Catalogue(repository(params)(), "search")
    probe = catalogue.manifest(catalogue.choose()).collections[0].probe
    sampled = {str(point["id"]) for point in probe["points"]}
    victim = next(number for number in range(1, 1001) if str(number) not in sampled)
    body = {"payload": {"extra": "x"}, "points": [victim]}
    rig.node.call("POST", "/collections/copy/points/payload?wait=true", body)
    with open_node(params) as node:
        assert check(node, "copy", {**probe, "full": None}).agreed
        assert not check(node, "copy", probe).agreed


def test_several_collections_with_aliases(rig):
    rig.fill("articles", 100)
    rig.fill("notes", 50)
    actions = [{"create_alias": {"collection_name": "articles", "alias_name": "live"}}]
    rig.node.call("POST", "/collections/aliases", {"actions": actions})
    rig.run("back_up")
    rig.drop("articles")
    rig.drop("notes")
    report = rig.run("restore", restore_aliases=True)
    assert sorted(item["name"] for item in report["collections"]) == ["articles", "notes"]
    assert rig.count("live") == 100 and rig.count("notes") == 50


def test_aliases_stay_away_unless_asked_for(rig):
    rig.fill()
    actions = [{"create_alias": {"collection_name": "articles", "alias_name": "live"}}]
    rig.node.call("POST", "/collections/aliases", {"actions": actions})
    rig.run("back_up")
    rig.drop()
    report = rig.run("restore")
    assert any("do not come back by themselves: live" in text for text in report["warnings"])
    assert rig.node.call("GET", "/aliases")["result"]["aliases"] == []


def test_a_clone_beside_the_original(rig):
    rig.fill()
    rig.run("back_up")
    rig.fill(first=1001, count=20)
    report = rig.run("restore", collections=["articles"], name="articles_before", alias="before")
    assert report["collections"][0]["name"] == "articles_before"
    assert rig.count("articles_before") == rig.count("before") == 200 and rig.count() == 220


@pytest.mark.parametrize("name", ["with space", "ümläut", "100%", "a#b", "plus+sign", "tmp", "dots.and-dashes_1"])
def test_odd_names(rig, name):
    from urllib.parse import quote

    rig.fill(quote(name, safe=""), 30)
    rig.run("back_up")
    rig.drop(quote(name, safe=""))
    report = rig.run("restore")
    assert report["collections"][0]["name"] == name and report["collections"][0]["points"] == 30
    assert rig.collections() == [name]


def test_a_name_that_is_too_long_is_refused_and_a_long_one_is_backed_up_again(rig):
    rig.fill("articles", 20)
    rig.run("back_up", backup_id="20261122T100000Z")
    for name in ("x" * 255, "x" * 198):
        assert "197 are the most with which Qdrant can" in refused(rig, "bad_name", name=name)
    name = "x" * 190  # the exact limit depends on the peer id
    assert rig.run("restore", name=name)["ok"] and rig.count(name) == 20
    assert rig.run("back_up", backup_id="20261122T110000Z")["failed"] == []
    rig.drop(name)
    assert rig.run("restore", collections=["x*"], delivery="upload")["ok"]


def test_a_taken_name_is_refused_and_the_ways_out_are_named(rig):
    rig.fill()
    rig.run("back_up")
    said = refused(rig, "name_taken")
    assert "mode: replace" in said and "another name" in said


def test_a_newest_backup_of_what_was_left_is_refused(rig):
    """A timer goes on after a host was emptied, or lost a part: its newest backup is not what is to be restored."""
    rig.fill("articles", 20)
    rig.fill("notes", 10)
    rig.run("back_up", backup_id="20261122T100000Z")
    rig.drop("articles")
    rig.run("back_up", backup_id="20261122T110000Z")
    rig.drop("notes")
    said = refused(rig, "suspect_backup")
    assert "articles was gone from the node" in said
    assert "add --backup-id 20261122T100000Z" in said and "without articles: --backup-id 20261122T110000Z" in said
    # What was there when it was made is as good as ever.
    assert [item["name"] for item in rig.run("restore", collections=["notes"])["collections"]] == ["notes"]
    rig.drop("notes")
    report = rig.run("restore", backup_id="20261122T110000Z")
    assert [item["name"] for item in report["collections"]] == ["notes"], "named by its id, it is restored"


def test_an_empty_newest_backup_leads_to_the_one_before(rig):
    rig.fill("articles", 20)
    rig.run("back_up", backup_id="20261122T100000Z")
    rig.drop("articles")
    rig.run("back_up", backup_id="20261122T110000Z")
    assert "add --backup-id 20261122T100000Z" in refused(rig, "suspect_backup")
    assert rig.run("restore", backup_id="20261122T100000Z")["collections"][0]["points"] == 20


def test_an_alias_in_the_way_is_refused(rig):
    rig.fill()
    rig.run("back_up")
    actions = [{"create_alias": {"collection_name": "articles", "alias_name": "live"}}]
    rig.node.call("POST", "/collections/aliases", {"actions": actions})
    said = refused(rig, "alias_in_the_way", name="live", mode="replace")
    assert "alias of collection articles" in said


def test_one_alias_for_several_collections_is_refused_before_anything_is_done(rig):
    rig.fill("articles", 20)
    rig.fill("notes", 10)
    rig.run("back_up")
    rig.drop("articles")
    rig.drop("notes")
    with pytest.raises(UsageError, match="alias: live goes with one collection, 2 are chosen"):
        rig.run("restore", alias="live")
    assert rig.collections() == []


def test_an_alias_is_never_moved(rig):
    rig.fill("articles", 20)
    rig.fill("other", 10)
    rig.run("back_up")
    actions = [{"create_alias": {"collection_name": "other", "alias_name": "live"}}]
    rig.node.call("POST", "/collections/aliases", {"actions": actions})
    refused(rig, "alias_taken", collections=["articles"], name="again", alias="live")
    assert rig.count("live") == 10


def test_replace_brings_the_backup_back_and_keeps_a_way_back(rig):
    rig.fill()
    before = rig.contents()
    rig.run("back_up")
    rig.fill(first=1001, count=20)
    rig.node.call("POST", "/collections/articles/points/delete?wait=true", {"points": [1, 2, 3]})
    report = rig.run("restore", mode="replace")
    (item,) = report["collections"]
    assert item["mode"] == "replace" and item["proven"] and rig.contents() == before
    listed = rig.node.call("GET", "/collections/articles/snapshots")["result"]
    assert item["safety_snapshot"] in [snapshot["name"] for snapshot in listed]
    assert not [n for dummy, dummy, names in os.walk(rig.directory / "state" / "intents") for n in names]
    again = rig.run("restore", snapshot=item["safety_snapshot"], collections=["articles"], mode="replace")
    assert again["collections"][0]["points"] == 217


def test_updates_that_keep_the_count_are_writes(rig):
    rig.fill()
    rig.run("back_up")
    ended = threading.Event()

    def write():
        while not ended.wait(0.05):
            body = {"payload": {"seen": time.time()}, "points": [7]}
            rig.node.call("POST", "/collections/articles/points/payload?wait=true", body)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        refused(rig, "live_writes", mode="replace")
    finally:
        ended.set()
        writer.join()
    assert rig.run("restore", mode="replace")["ok"]


def test_replace_brings_back_indexes_that_the_collection_lost(rig):
    rig.fill()
    rig.run("back_up")
    rig.node.call("DELETE", "/collections/articles/index/topic?wait=true")
    report = rig.run("restore", mode="replace")
    assert report["ok"] and report["collections"][0]["grade"] == 3, report["failed"]
    assert any(
        "lacks payload indexes that the archive has, and gets them: topic" in text for text in report["warnings"]
    )
    assert rig.node.call("GET", "/collections/articles")["result"]["payload_schema"]["topic"]["points"] == 200
    # The server shows what its segments have; what new segments get is what the collection knows.
    known = os.path.join(rig.node.storage_dir, "collections", "articles", "payload_index.json")
    assert "topic" in json.loads(pathlib.Path(known).read_text())["schema"]


def test_replace_brings_back_indexes_that_the_collection_has_in_another_form(rig):
    """Else the node builds the collection's own index over the points that came back, and the proof fails."""
    rig.fill()
    rig.run("back_up")
    schema = rig.node.call("GET", "/collections/articles")["result"]["payload_schema"]
    rig.node.call("DELETE", "/collections/articles/index/topic?wait=true")
    rig.node.call("PUT", "/collections/articles/index?wait=true", {"field_name": "topic", "field_schema": "integer"})
    report = rig.run("restore", mode="replace")
    assert report["ok"] and report["collections"][0]["grade"] == 3, report["failed"]
    assert any("differ from those of the archive, and are replaced: topic" in text for text in report["warnings"])
    assert rig.node.call("GET", "/collections/articles")["result"]["payload_schema"] == schema


def test_replace_refuses_another_shape(rig):
    rig.fill()
    rig.run("back_up")
    rig.drop()
    rig.node.call("PUT", "/collections/articles", {"vectors": {"size": 4, "distance": "Cosine"}})
    assert "vectors" in refused(rig, "config_differs", mode="replace")


def test_replace_refuses_sparse_vectors_that_the_server_would_accept(rig):
    rig.fill()
    rig.run("back_up")
    rig.drop()
    rig.node.call(
        "PUT", "/collections/articles", {"vectors": {"size": 8, "distance": "Cosine"}, "sparse_vectors": {"s": {}}}
    )
    assert "sparse" in refused(rig, "config_differs", mode="replace")


def test_from_a_snapshot_on_the_node(rig):
    rig.fill()
    made = rig.run("snapshot", collection="articles")["snapshot"]["name"]
    rig.fill(first=1001, count=5)
    for folder, name in ((None, "by_api"), (rig.node.seen_snapshots_dir, "by_file")):
        report = rig.run("restore", snapshot=made, name=name, snapshots_dir=folder)
        assert report["collections"][0]["delivery"] == "node"
        assert rig.count(name) == 200


def test_from_a_snapshot_of_what_an_alias_points_to(rig):
    """The node lists it under the alias too, and keeps it in the folder of the collection."""
    rig.fill()
    made = rig.run("snapshot", collection="articles")["snapshot"]["name"]
    actions = [{"create_alias": {"collection_name": "articles", "alias_name": "live"}}]
    rig.node.call("POST", "/collections/aliases", {"actions": actions})
    asked = {"snapshot": made, "collections": ["live"], "snapshots_dir": rig.node.snapshots_dir}
    refused(rig, "alias_in_the_way", mode="replace", **asked)
    assert rig.run("restore", name="copy", **asked)["ok"] and rig.count("copy") == 200
    report = rig.run("restore", mode="switch", accept_write_loss=True, **asked)
    assert report["ok"] and report["collections"][0]["switched"]["from"] == "articles"


def test_from_a_snapshot_of_a_collection_that_is_gone(rig):
    """What local snapshots are for: the node itself neither lists nor gives them then."""
    rig.fill()
    before = rig.contents()
    made = rig.run("snapshot", collection="articles")["snapshot"]
    rig.drop()
    with pytest.raises(UsageError, match="still lie in its snapshots folder: name that folder"):
        rig.run("restore", snapshot=made["name"])
    with pytest.raises(UsageError, match=f"it holds: {made['name']}"):
        rig.run("restore", snapshot=f"x{made['name']}", collections=["articles"], snapshots_dir=rig.node.snapshots_dir)
    report = rig.run("restore", snapshot=made["name"], snapshots_dir=rig.node.snapshots_dir)
    (item,) = report["collections"]
    assert report["ok"] and item["delivery"] == "node" and item["grade"] == 1, "its side file tells the sha256"
    assert item["sha256"] == made["checksum"] and rig.contents() == before


def test_a_damaged_snapshot_of_a_collection_that_is_gone_is_refused(rig):
    rig.fill()
    made = rig.run("snapshot", collection="articles")["snapshot"]["name"]
    rig.drop()
    with open(os.path.join(rig.node.snapshots_dir, "articles", made), "r+b") as archive:
        archive.seek(6000)
        byte = archive.read(1)
        archive.seek(6000)
        archive.write(bytes([byte[0] ^ 0xFF]))
    said = refused(rig, "bad_archive", snapshot=made, snapshots_dir=rig.node.snapshots_dir)
    assert "expected was" in said or "not whole" in said


def test_from_a_file_and_its_checksum(rig):
    rig.fill()
    made = rig.run("snapshot", collection="articles")["snapshot"]
    path = os.path.join(rig.node.snapshots_dir, "articles", made["name"])
    rig.drop()
    refused(rig, "bad_archive", src=path, checksum="0" * 64)
    report = rig.run("restore", src=path, checksum=made["checksum"])
    assert report["ok"] and rig.count() == 200


def test_a_checksum_that_is_given_counts_for_a_snapshot_too(rig):
    rig.fill()
    made = rig.run("snapshot", collection="articles")["snapshot"]
    asked = {"snapshot": made["name"], "collections": ["articles"]}
    refused(rig, "bad_archive", checksum="0" * 64, name="copy", **asked)
    assert rig.run("restore", checksum=made["checksum"], name="copy", **asked)["ok"]
    rig.drop()
    folder = rig.node.snapshots_dir
    refused(rig, "bad_archive", checksum="0" * 64, snapshots_dir=folder, **asked)
    assert rig.run("restore", checksum=made["checksum"].upper(), snapshots_dir=folder, **asked)["ok"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"snapshot": "s", "backup_id": "20261122T100000Z"}, "backup_id goes with a backup, and snapshot is one"),
        ({"src": "/a", "before": "2026-11-22T10:00:00Z"}, "before goes with a backup, and src is one archive"),
        ({"checksum": "0" * 64}, "checksum is of one archive"),
    ],
)
def test_options_that_would_have_no_effect_are_wrong_usage(rig, options, said):
    with pytest.raises(UsageError, match=said):
        rig.run("restore", **options)


def test_an_archive_has_no_aliases(rig):
    rig.fill()
    made = rig.run("snapshot", collection="articles")["snapshot"]["name"]
    report = rig.run("restore", snapshot=made, name="copy", restore_aliases=True)
    assert report["ok"] and any("records no aliases" in text for text in report["warnings"])


def test_from_a_url(rig):
    rig.fill()
    made = rig.run("snapshot", collection="articles")["snapshot"]["name"]
    url = f"{rig.node.url}/collections/articles/snapshots/{made}"
    report = rig.run("restore", snapshot_url=url, name="copy")
    assert report["collections"][0]["delivery"] == "url" and rig.count("copy") == 200
    with pytest.raises(EngineError, match="404"):
        rig.run("restore", snapshot_url=url + "x", name="copy2")


def test_from_a_url_that_only_the_node_can_read(rig, monkeypatch):
    from ansible_collections.vectorops.qdrant.plugins.module_utils._restore import source

    rig.fill()
    made = rig.run("snapshot", collection="articles")["snapshot"]
    url = f"{rig.node.url}/collections/articles/snapshots/{made['name']}"

    def unreachable(*dummy):
        raise QdrantError("read", "the archive", "connection refused", kind="unreachable")

    monkeypatch.setattr(source, "open_archive", unreachable)
    with pytest.raises(EngineError, match="give its checksum"):
        rig.run("restore", snapshot_url=url, name="copy")
    report = rig.run("restore", snapshot_url=url, name="copy", checksum=made["checksum"])
    assert report["ok"] and rig.count("copy") == 200 and report["collections"][0]["grade"] == 1
    assert any("could not be read from here" in text for text in report["warnings"])
    report = rig.run("restore", snapshot_url=url + "x", name="copy2", checksum=made["checksum"])
    assert f"--checksum {made['checksum']}" in report["failed"][0]["next"], "without it, the command would be refused"


def test_free_space_is_seen_beside_the_snapshots_or_told_as_unseen(rig):
    rig.fill()
    rig.run("back_up")
    unseen = rig.run("restore", name="copy", collections=["articles"], check=True)
    assert any("Free space of the node's disk could not be checked" in text for text in unseen["warnings"])
    seen = rig.run("restore", name="copy", collections=["articles"], check=True, snapshots_dir=rig.node.snapshots_dir)
    assert not any("Free space" in text for text in seen["warnings"])
    nowhere = {"snapshots_dir": rig.node.snapshots_dir, "storage_dir": str(rig.directory / "nowhere")}
    half = rig.run("restore", name="copy", collections=["articles"], check=True, **nowhere)
    assert any("storage folder could not be checked" in text for text in half["warnings"])


def test_check_mode_changes_nothing(rig):
    rig.fill()
    rig.run("back_up")
    rig.drop()
    keys = rig.keys()
    report = rig.run("restore", check=True)
    assert report["changed"] and [step["action"] for step in report["plan"]["steps"]][1] == "recover"
    assert rig.collections() == [] and rig.keys() == keys and not (rig.directory / "state" / "intents").exists()


def test_the_backup_of_a_time(rig):
    rig.fill(count=10)
    rig.run("back_up", backup_id="20260101T000000Z")
    rig.fill(count=20)
    rig.run("back_up", backup_id="20260102T000000Z")
    rig.drop()
    report = rig.run("restore", before="2026-01-01T12:00:00Z")
    assert report["collections"][0]["backup_id"] == "20260101T000000Z" and rig.count() == 10
    with pytest.raises(EngineError, match="2025"):
        rig.run("restore", before="2025-01-01", name="x", collections=["articles"])


def test_a_collection_that_is_not_in_the_backup(rig):
    rig.fill()
    rig.run("back_up")
    with pytest.raises(UsageError, match="it holds: articles"):
        rig.run("restore", collections=["article"])


def test_an_archive_of_another_kind_is_not_left_out_without_a_word(rig):
    rig.fill("articles", 20)
    rig.fill("other", 20)
    rig.run("back_up")
    (key,) = rig.keys("manifests/")
    client, where = rig.s3.client(), {"Bucket": rig.s3.bucket, "Key": f"{rig.prefix}/{key}"}
    manifest = json.loads(client.get_object(**where)["Body"].read())
    next(item for item in manifest["collections"] if item["name"] == "other")["kind"] = "full"
    del manifest["digest"]  # as a version without digests would have written it
    client.put_object(**where, Body=json.dumps(manifest).encode())
    rig.drop("articles")
    rig.drop("other")
    report = rig.run("restore")
    assert report["ok"] and rig.collections() == ["articles"]
    assert any("holds other as an archive of kind full" in text for text in report["warnings"])
    with pytest.raises(UsageError, match="archive of kind full"):
        rig.run("restore", collections=["other"])


def test_an_archive_that_the_lifecycle_took(rig):
    rig.fill()
    rig.run("back_up")
    rig.drop()
    (key,) = rig.keys("/archives/")
    rig.delete_object(key)
    assert "lifecycle" in refused(rig, "bad_archive")


@pytest.mark.parametrize("delivery", ["url", "upload", "file"])
def test_a_damaged_archive_leaves_nothing_behind(rig, delivery):
    rig.fill()
    rig.run("back_up")
    rig.drop()
    rig.damage(rig.keys("/archives/")[0])
    files = local_files(rig)
    folder = rig.node.snapshots_dir if delivery == "file" else None
    report = rig.run("restore", delivery=delivery, snapshots_dir=folder)
    assert not report["ok"] and len(report["failed"]) == 1
    assert rig.collections() == [] and local_files(rig) == files
    assert "X-Amz" not in json.dumps(report) and "Traceback" not in json.dumps(report)
    assert "The archive in the store is damaged. This was recorded" in report["failed"][0]["next"]
    assert "found by a restore" in listed(rig)["proof_failed"]


def test_a_damaged_archive_never_replaces(rig):
    rig.fill()
    rig.run("back_up")
    rig.fill(first=1001, count=20)
    before = rig.contents()
    rig.damage(rig.keys("/archives/")[0])
    report = rig.run("restore", mode="replace")
    assert not report["ok"] and "sha256" in report["failed"][0]["message"]
    assert not report["changed"], "it was found out before anything was touched"
    assert "This was recorded" in report["failed"][0]["next"] and "found by a restore" in listed(rig)["proof_failed"]
    assert rig.contents() == before


def test_an_archive_that_a_restore_found_damaged_is_not_copied_into_the_next_backup(rig):
    rig.fill()
    rig.run("back_up", backup_id="20260101T000000Z")
    rig.damage(rig.keys("/archives/")[0])
    assert not rig.run("restore", name="copy", collections=["articles"], record=False)["ok"]
    assert listed(rig)["proof_failed"] is None, "not asked to"
    assert not rig.run("restore", name="copy", collections=["articles"])["ok"]
    assert rig.run("back_up", backup_id="20260102T000000Z")["collections"][0]["copied_from"] is None
    assert rig.run("verify")["ok"]


def test_no_restore_while_somebody_writes(rig):
    import threading

    rig.fill()
    rig.run("back_up")
    stop = threading.Event()

    def write():
        number = 5000
        while not stop.is_set() and number < 9000:
            rig.fill(first=number, count=1)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with pytest.raises(RefusedError, match="being written to"):
            rig.run("restore", mode="replace")
        report = rig.run("restore", mode="replace", accept_write_loss=True)
    finally:
        stop.set()
        writer.join()
    assert report["ok"] and not report["collections"][0]["proven"]
    assert any("is being written to: of what came back" in text for text in report["warnings"])


@needs_own_server
def test_where_urls_are_switched_off_the_next_delivery_is_taken(s3_server, tmp_path):
    with start_qdrant(str(tmp_path / "node"), url_recovery=False) as node:
        rig = Rig(node, s3_server, tmp_path, "url-off")
        rig.fill()
        rig.run("back_up")
        rig.drop()
        (item,) = rig.run("restore")["collections"]
        assert item["delivery"] == "upload" and "disabled" in item["tried"][0]["said"] and rig.count() == 200


@pytest.mark.parametrize(("source", "delivery"), [("src", "url"), ("snapshot_url", "upload")])
def test_a_delivery_that_is_impossible_is_refused_before_anything_is_done(rig, tmp_path, source, delivery):
    """Not after a safety snapshot, and not only by the run that follows a plan."""
    rig.fill()
    archive = rig.node.call("POST", "/collections/articles/snapshots")["result"]["name"]
    url = f"{rig.node.url}/collections/articles/snapshots/{archive}"
    if source == "src":
        with urllib.request.urlopen(url) as stream:
            (tmp_path / archive).write_bytes(stream.read())
    given = {source: str(tmp_path / archive) if source == "src" else url}
    for planned in (True, False):
        said = refused(rig, "no_delivery", delivery=delivery, mode="replace", check=planned, **given)
        assert f"by {delivery}" in said
    kept = rig.node.call("GET", "/collections/articles/snapshots")["result"]
    assert [snapshot["name"] for snapshot in kept] == [archive]
    assert rig.run("restore", mode="replace", **given)["ok"]


@needs_own_server
def test_a_read_only_key_cannot_restore_and_says_so(s3_server, tmp_path):
    keys = {"api_key": "a-full-key-for-tests-0001", "read_only_api_key": "a-read-only-key-for-tests-0002"}
    with start_qdrant(str(tmp_path / "node"), **keys) as node:
        rig = Rig(node, s3_server, tmp_path, "read-only-key")
        rig.fill()
        rig.run("back_up")
        rig.drop()
        report = rig.run("restore", api_key=keys["read_only_api_key"])
        text = json.dumps(report)
        assert not report["ok"] and "manage access" in text
        assert rig.collections() == [] and not any(key in text for key in keys.values())
