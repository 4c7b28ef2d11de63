# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of a node into a folder and into a real S3 store: what is committed, copied, rotated, refused, reported."""

from __future__ import annotations

import json
import os

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup import facts as facts_room
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup import take as take_room
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError, RefusedError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import Node, QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.tests.support.backup_runs import CLUSTER, NODE, next_second

pytestmark = pytest.mark.integration
FIRST, SECOND, THIRD = "20261122T180000Z", "20261122T190000Z", "20261122T200000Z"
ODD = ["with space", "ümläut", "per%cent", "hash#tag", "plus+sign", "tmp", "quest;ion&mark", "[glob]"]


def test_a_backup_holds_everything_a_restore_needs(setup):
    setup.fill("articles", "logs")
    setup.server.call(
        "PUT", "/collections/articles/index?wait=true", {"field_name": "topic", "field_schema": "keyword"}
    )
    setup.server.call(
        "POST",
        "/collections/aliases",
        {"actions": [{"create_alias": {"collection_name": "articles", "alias_name": "live"}}]},
    )
    report = setup.run(FIRST)
    assert report["ok"]
    assert report["changed"]
    assert report["sent_bytes"] == sum(one["archive_bytes"] for one in report["collections"])
    json.dumps(report)
    manifest = setup.manifests()[FIRST]
    assert manifest.aliases == {"live": "articles"}
    assert manifest.node.qdrant_version == setup.server.version
    assert manifest.expected_nodes == (NODE,)
    assert not manifest.failed
    entry = manifest.collection("articles")
    assert entry.points.before == entry.points.after == 100
    assert entry.points.quiet
    assert entry.shards.captured == (0,)
    assert entry.shards.known["0"]["state"] == "Active"
    assert entry.payload_schema["topic"]["data_type"] == "keyword"
    assert entry.config["params"]["vectors"]["size"] == 16
    assert len(entry.probe["points"]) == 32
    assert entry.previous is None
    assert entry.suspect is None
    facts = setup.archive_facts(entry.archive.key)
    assert (facts.sha256, facts.bytes) == (entry.archive.sha256, entry.archive.bytes)
    (listed,) = setup.server.call("GET", "/collections/articles/snapshots")["result"]
    assert entry.archive.key.endswith(listed["name"])
    assert listed["checksum"] == entry.archive.sha256
    assert setup.intact() == {FIRST: ["articles", "logs"]}


def test_the_same_id_again_changes_nothing(setup):
    setup.fill("articles")
    setup.run(FIRST)
    before, snapshots = setup.keys(), setup.snapshots("articles")
    next_second()
    again = setup.run(FIRST)
    assert not again["changed"]
    assert again["ok"]
    assert "already committed" in again["warnings"][0]
    assert setup.keys() == before
    assert setup.snapshots("articles") == snapshots


@pytest.mark.parametrize("check", [False, True])
def test_the_same_id_with_another_collection_is_no_success(folder, check):
    folder.fill("articles", "logs")
    folder.run(FIRST, collections=("articles",))
    next_second()
    again = folder.run(FIRST, collections=("logs",), check=check)
    assert not again["changed"]
    assert not again["ok"]
    (failed,) = again["failed"]
    assert failed["name"] == "logs"
    assert f"Backup {FIRST} is already committed, without logs" in failed["error"]
    assert folder.snapshots("logs") == []
    assert folder.run(FIRST, collections=("articles",))["ok"]


def test_the_same_id_again_still_says_what_failed(folder):
    folder.fill("articles")
    for dummy in range(2):
        report = folder.run(FIRST, collections=("articles", "nowhere"))
        assert not report["ok"]
        assert [failed["name"] for failed in report["failed"]] == ["nowhere"]
        next_second()
    assert not report["changed"]


def test_an_unchanged_collection_is_copied_and_a_changed_one_sent(setup):
    setup.fill("same", "other")
    setup.settle("same")
    setup.run(FIRST)
    next_second()
    setup.upsert("other", count=10, first=1000)
    report = setup.run(SECOND)
    one = {entry["name"]: entry for entry in report["collections"]}
    assert one["same"]["sent_bytes"] == 0
    assert one["same"]["copied_from"] == setup.manifests()[FIRST].collection("same").archive.key
    assert one["other"]["sent_bytes"] == one["other"]["archive_bytes"] > 0
    assert one["other"]["copied_from"] is None
    assert report["sent_bytes"] == one["other"]["sent_bytes"]
    assert setup.intact() == {FIRST: ["other", "same"], SECOND: ["other", "same"]}
    named = {entry.archive.key for manifest in setup.manifests().values() for entry in manifest.collections}
    assert set(setup.keys(f"{CLUSTER}/archives/")) == named


def test_what_a_proof_found_bad_is_not_copied(folder):
    folder.fill("same")
    folder.settle("same")
    folder.run(FIRST)
    collections = [{"name": "same", "grade": 0, "ok": False, "detail": "its sha256 differs"}]
    Catalogue(folder.store(), CLUSTER).add_proof(NODE, FIRST, {"grade": 0, "collections": collections})
    next_second()
    (one,) = folder.run(SECOND)["collections"]
    assert one["sent_bytes"] == one["archive_bytes"]
    assert "proof" in " ".join(one["warnings"])


def test_a_previous_archive_that_is_gone_is_sent_again(folder):
    folder.fill("same")
    folder.settle("same")
    folder.run(FIRST)
    folder.store().delete([folder.manifests()[FIRST].collection("same").archive.key])
    next_second()
    (one,) = folder.run(SECOND)["collections"]
    assert one["sent_bytes"] == one["archive_bytes"]
    assert "missing in the store" in " ".join(one["warnings"])


@pytest.mark.parametrize("name", ODD)
def test_odd_names(folder, name):
    folder.fill(name)
    report = folder.run(FIRST)
    assert report["ok"], report["failed"]
    assert folder.intact() == {FIRST: [name]}


def test_odd_names_in_s3(setup):
    setup.fill(*ODD)
    assert setup.run(FIRST)["ok"]
    assert setup.intact() == {FIRST: sorted(ODD)}


def test_without_a_view_of_the_folder_archives_are_downloaded(folder, tmp_path):
    folder.fill("articles")
    spool = tmp_path / "spool"
    report = folder.run(FIRST, snapshots_dir=None, spool_dir=str(spool))
    assert report["ok"]
    assert folder.intact() == {FIRST: ["articles"]}
    assert [name for dummy, dummy, names in os.walk(spool) for name in names] == []


def test_a_file_that_cannot_be_read_is_downloaded_and_told(folder, tmp_path):
    folder.fill("articles")
    report = folder.run(FIRST, snapshots_dir=str(tmp_path / "not-there"))
    assert report["ok"]
    assert "downloaded from the node instead" in " ".join(report["collections"][0]["warnings"])
    assert folder.intact() == {FIRST: ["articles"]}


def test_local_rotation_keeps_the_newest_and_what_is_not_committed(folder):
    folder.fill("articles")
    foreign = folder.server.call("POST", "/collections/articles/snapshots")["result"]["name"]
    made = []
    for backup_id in (FIRST, SECOND, THIRD):
        next_second()
        report = folder.run(backup_id, keep_local=2)
        made.append(folder.manifests()[backup_id].collection("articles").extra["snapshot"]["name"])
    assert folder.snapshots("articles") == sorted([foreign, *made[1:]])
    assert report["rotated"] == [{"collection": "articles", "snapshot": made[0]}]
    assert foreign in " ".join(report["warnings"])
    assert folder.intact() == {FIRST: ["articles"], SECOND: ["articles"], THIRD: ["articles"]}


def test_keep_none(folder):
    folder.fill("articles")
    folder.run(FIRST, keep_local=0)
    assert folder.snapshots("articles") == []
    assert folder.intact() == {FIRST: ["articles"]}


def test_check_mode_writes_nothing(setup, tmp_path):
    setup.fill("articles")
    report = setup.run(FIRST, check=True)
    assert report["changed"]
    assert not report["committed"]
    assert [step["action"] for step in report["plan"]["steps"]] == ["snapshot", "store", "commit"]
    assert setup.keys() == []
    assert setup.snapshots("articles") == []
    assert not os.path.exists(setup.state_dir)
    setup.run(FIRST)
    assert not setup.run(FIRST, check=True)["changed"]


def test_an_alias_is_refused_and_its_collection_named(folder):
    folder.fill("articles")
    actions = [{"create_alias": {"collection_name": "articles", "alias_name": "live"}}]
    folder.server.call("POST", "/collections/aliases", {"actions": actions})
    with pytest.raises(RefusedError) as refused:
        folder.run(FIRST, collections=("live",))
    assert "alias of collection articles" in str(refused.value)
    assert folder.keys(f"{CLUSTER}/manifests/") == []
    assert folder.snapshots("articles") == []


def test_an_unknown_collection_does_not_stop_the_others(folder):
    folder.fill("articles")
    report = folder.run(FIRST, collections=("articles", "nowhere", "zzz*"))
    assert not report["ok"]
    assert [failed["name"] for failed in report["failed"]] == ["nowhere"]
    assert any("zzz*" in text for text in report["warnings"])
    assert folder.intact() == {FIRST: ["articles"]}
    assert folder.manifests()[FIRST].failed[0].name == "nowhere"


def test_only_an_unknown_collection_commits_nothing(folder):
    folder.fill("articles")
    with pytest.raises(EngineError, match="nowhere") as failed:
        folder.run(FIRST, collections=("nowhere",))
    assert "Nothing was committed" in str(failed.value)
    assert folder.manifests() == {}


def test_leftovers_are_never_backed_up(folder):
    folder.fill("articles", "articles__restore_20261122T170000Z")
    report = folder.run(FIRST)
    assert [one["name"] for one in report["collections"]] == ["articles"]
    assert "articles__restore_20261122T170000Z" in " ".join(report["warnings"])


def test_an_empty_node(folder):
    report = folder.run(FIRST)
    assert report["committed"]
    assert report["collections"] == []
    assert report["suspect"] is None
    assert folder.manifests()[FIRST].collections == ()


def test_a_shrunken_collection_is_committed_and_stays_suspect(folder):
    folder.fill("articles", "logs")
    folder.run(FIRST)
    next_second()
    folder.server.call("POST", "/collections/articles/points/delete?wait=true", {"points": list(range(1, 60))})
    folder.server.call("DELETE", "/collections/logs")
    for backup_id in (SECOND, THIRD):
        next_second()
        report = folder.run(backup_id)
        assert report["ok"]
        assert "points fell from 100" in report["collections"][0]["suspect"]
        assert report["suspect"]["gone"] == {"collections": ["logs"]}
        manifest = folder.manifests()[backup_id]
        assert manifest.collection("articles").previous["backup_id"] == FIRST
        assert "logs" in manifest.extra["suspect"]["why"]
    next_second()
    report = folder.run("20261122T210000Z", accept_shrink=True)
    assert report["suspect"] is None
    assert report["collections"][0]["suspect"] is None
    next_second()
    report = folder.run("20261122T220000Z")
    assert report["suspect"] is None
    assert report["collections"][0]["suspect"] is None


def test_a_misspelt_name_makes_no_later_backup_suspect(folder):
    folder.fill("articles")
    assert not folder.run(FIRST, collections=("articles", "artciles"))["ok"]
    next_second()
    assert folder.run(SECOND)["suspect"] is None


def test_what_failed_is_still_known_later(folder):
    """A backup in which a collection failed does not make its disappearance go unnoticed."""
    folder.fill("articles", "logs")
    folder.run(FIRST)
    next_second()

    class Failing(Node):
        def create_snapshot(self, scope):
            if scope.name == "logs":
                raise QdrantError("create", "it", "no space left", kind="server_error", status=500)
            return super().create_snapshot(scope)

    assert not folder.run(SECOND, node=Failing(folder.node().options))["ok"]
    folder.server.call("DELETE", "/collections/logs")
    next_second()
    assert folder.run(THIRD)["suspect"]["gone"] == {"collections": ["logs"]}


def test_backups_of_a_part_hide_nothing(folder):
    folder.fill("articles", "logs")
    actions = [{"create_alias": {"collection_name": "logs", "alias_name": "live"}}]
    folder.server.call("POST", "/collections/aliases", {"actions": actions})
    folder.run("20261122T100000Z")
    folder.server.call("DELETE", "/collections/logs")
    for hour in range(1, 8):  # more than would be read to look back
        next_second()
        report = folder.run(f"20261122T1{hour}0000Z", collections=("articles",))
        assert report["suspect"] is None
    next_second()
    report = folder.run(FIRST)
    assert report["suspect"]["gone"] == {"collections": ["logs"], "aliases": ["live"]}


def test_an_open_intent_marks_its_collection(folder):
    folder.fill("articles", "logs")
    intent = Intent(folder.server.url, "articles", "replace", "recover", "2026-11-22T17:00:00Z")
    Host(folder.state_dir, folder.server.url).open_intent(intent)
    suspects = {one["name"]: one["suspect"] for one in folder.run(FIRST)["collections"]}
    assert "may be mixed" in suspects["articles"]
    assert suspects["logs"] is None


def test_what_an_open_restore_counts_on_is_not_rotated(folder):
    folder.fill("articles")
    folder.run(FIRST)
    (kept,) = folder.snapshots("articles")
    intent = Intent(folder.server.url, "articles", "replace", "recover", "2026-11-22T17:00:00Z", safety_snapshot=kept)
    Host(folder.state_dir, folder.server.url).open_intent(intent)
    for backup_id in (SECOND, THIRD):
        next_second()
        report = folder.run(backup_id, keep_local=1)
    assert kept in folder.snapshots("articles")
    assert len(folder.snapshots("articles")) == 2
    assert report["rotated"]


def test_too_little_space_is_refused_before_anything_is_done(folder):
    folder.fill("articles")
    with pytest.raises(RefusedError, match="must stay free"):
        folder.run(FIRST, min_free=1 << 60, snapshots_dir=folder.server.snapshots_dir)
    assert folder.snapshots("articles") == []
    assert folder.manifests() == {}


class SmallDisk:
    """A file system that holds so many bytes of snapshots."""

    def __init__(self, folder, size):
        self.folder, self.size = folder, size

    def free(self, dummy):
        found = [os.path.join(at, name) for at, dummy, names in os.walk(self.folder) for name in names]
        return self.size - sum(os.path.getsize(path) for path in found if path.endswith(".snapshot"))


def on_small_disk(monkeypatch, setup, size):
    disk = SmallDisk(setup.server.snapshots_dir, size)
    monkeypatch.setattr(facts_room, "free_bytes", disk.free)
    monkeypatch.setattr(take_room, "free_bytes", disk.free)
    return disk


def test_on_a_small_disk_old_snapshots_make_room(folder, monkeypatch):
    """keep_local asks for more than fits: without room no run would commit any more, and none would rotate."""
    folder.fill("articles", "logs")
    first = folder.run(FIRST)
    sizes = sum(one["archive_bytes"] for one in first["collections"])
    on_small_disk(monkeypatch, folder, int(3.2 * sizes))
    made = {name: folder.snapshots(name) for name in ("articles", "logs")}
    rotated = []
    for turn in range(1, 5):
        next_second()
        folder.upsert("articles", count=10, seed=turn)
        folder.upsert("logs", count=10, seed=turn)
        report = folder.run(f"20261123T0{turn}0000Z")
        assert report["ok"], report["failed"]
        rotated += report["rotated"]
    assert len(folder.snapshots("articles")) + len(folder.snapshots("logs")) <= 6
    assert {"collection": "articles", "snapshot": made["articles"][0]} in rotated
    assert all(made[name][0] not in folder.snapshots(name) for name in made)
    assert len(folder.intact()) == 5


def test_check_mode_shows_what_would_make_room(folder, monkeypatch):
    folder.fill("articles")
    for backup_id in (FIRST, SECOND):
        folder.run(backup_id)
        next_second()
    before = folder.snapshots("articles")
    size = os.path.getsize(os.path.join(folder.server.snapshots_dir, "articles", before[0]))
    on_small_disk(monkeypatch, folder, int(2.5 * size))
    steps = folder.run(THIRD, check=True)["plan"]["steps"]
    assert (steps[0]["action"], steps[0]["subject"]) == ("make room", f"articles/{before[0]}")
    assert folder.snapshots("articles") == before


def test_what_no_backup_holds_makes_no_room(folder, monkeypatch):
    folder.fill("articles")
    for dummy in range(2):
        size = folder.server.call("POST", "/collections/articles/snapshots")["result"]["size"]
        next_second()
    on_small_disk(monkeypatch, folder, int(2.5 * size))
    with pytest.raises(RefusedError, match="would free 0 "):
        folder.run(FIRST)
    assert len(folder.snapshots("articles")) == 2


def test_space_is_looked_at_again_before_each_snapshot(folder, monkeypatch):
    """The plan guessed too little, or somebody else filled the disk meanwhile."""
    folder.fill("articles", "logs")
    free = [1 << 40, 0]
    monkeypatch.setattr(take_room, "free_bytes", lambda folder: free.pop(0))
    report = folder.run(FIRST, min_free=1)
    assert not report["ok"]
    (failed,) = report["failed"]
    assert failed["name"] == "logs"
    assert "must stay free" in failed["error"]
    assert folder.snapshots("logs") == []
    assert folder.intact() == {FIRST: ["articles"]}


def test_a_name_that_qdrant_cannot_snapshot_fails_alone(folder):
    long = "n" * 220
    folder.fill("articles", long)
    report = folder.run(FIRST)
    assert [failed["name"] for failed in report["failed"]] == [long]
    assert "more than 197 bytes" in report["failed"][0]["error"]
    assert folder.intact() == {FIRST: ["articles"]}


def test_a_backup_whose_id_is_in_the_future_is_told(rig):
    rig.fill()
    for check in (True, False):
        report = rig.run("back_up", backup_id="20991122T190000Z", check=check)
        assert any("20991122T190000Z is in the future" in text for text in report["warnings"])
    rig.run("back_up")
    status = rig.run("status")
    assert [problem["code"] for problem in status["problems"]] == ["in_the_future"]
    rig.delete_object("search/manifests/node-a/20991122T190000Z.json")
    assert rig.run("status")["healthy"]
    assert not any("future" in text for text in rig.run("back_up", backup_id="20261122T190000Z")["warnings"])


def test_an_empty_slot_counts_as_missing(rig):
    rig.fill()
    assert rig.run("back_up", slot=None, check=True)["changed"] and rig.run("back_up", slot="")["committed"]


def test_options_that_make_no_sense(folder):
    with pytest.raises(UsageError, match="not a backup id"):
        folder.run("yesterday")
    with pytest.raises(UsageError, match="shrink_points"):
        folder.run(FIRST, shrink_points=20)
