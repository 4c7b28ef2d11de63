# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's restore carried out on nodes in memory: what is asked of which node, faults, kills, and going on."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import RECOVER, Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.progress import silent
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet import operation
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.copies import Copies, which_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.cut import cut_shards
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.steps import prove
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.values import ShardArchive
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.effects import NONE
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Collection, ShardView
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import RestoreOptions
from ansible_collections.vectorops.qdrant.plugins.module_utils._status.settle import settle
from ansible_collections.vectorops.qdrant.tests.unit.fleet import make_fleet as make
from ansible_collections.vectorops.qdrant.tests.unit.fleet.fake_cluster import FakeCluster

DATA = os.path.join(os.path.dirname(__file__), "..", "..", "data", "snapshots", "three-shards.snapshot")
POINTS = {0: 110, 1: 95, 2: 95}


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """(the archive of the whole collection, shard to path of its own archive)."""
    folder = tmp_path_factory.mktemp("archives")
    whole = shutil.copy(DATA, folder / "whole.snapshot")
    return str(whole), {shard: path for shard, (path, dummy) in cut_shards(str(whole), [0, 1, 2], "whole").items()}


class Setting:
    """A repository with one backup, and a cluster."""

    def __init__(self, tmp_path, archives, monkeypatch):
        self.path, self.whole, self.files = tmp_path, *archives
        self.store = FolderStore(str(tmp_path / "repository"))
        contents = {sha(path): (shard, POINTS[shard]) for shard, path in self.files.items()}
        self.cluster = FakeCluster(make.NODES, contents)
        self._patch = monkeypatch
        self.use(self.cluster)

    def use(self, cluster):
        self.cluster = cluster
        self._patch.setattr(operation, "Node", cluster.open)

    quiet = True

    def back_up(self, *shards, known=None, about=None, kind="shard"):
        """Shard N by the Nth node; or node-a's archive of the whole collection."""
        catalogue = Catalogue(self.store, "prod")
        if kind == "collection":
            catalogue.commit(make.manifest("node-a", self._stored("node-a", (0, 1, 2), self.whole, kind, known, about)))
            return
        for shard in shards or (0, 1, 2):
            node = make.NODES[shard % 3]
            own = (shard + 1,) if known else (shard,)
            catalogue.commit(make.manifest(node, self._stored(node, own, self.files[shard], kind, known, about)))

    def _stored(self, node, captured, path, kind, known, about):
        entry = make.entry(node, captured, kind=kind, known=known, about=about)
        self.store.put_file(entry.archive.key, path)
        archive = dataclasses.replace(entry.archive, bytes=os.path.getsize(path), sha256=sha(path))
        points = dataclasses.replace(entry.points, quiet=self.quiet)
        return dataclasses.replace(entry, archive=archive, probe={}, payload_schema={}, points=points)

    def restore(self, check=False, **changes):
        options = RestoreOptions(
            cluster="prod",
            state_dir=str(self.path / "state"),
            **{"backup_id": make.ID, "ready_timeout": 5.0, "watch_seconds": 0.0, **changes},
        )
        return operation.restore_cluster(options, self.cluster.options(), self.store, check=check).as_dict()

    def notes(self, name="node-c"):
        return Host(str(self.path / "state"), f"http://{name}:6333").intents()

    @property
    def spooled(self):
        folder = self.path / "state" / "spool"
        return sorted(os.listdir(folder)) if folder.exists() else []


def sha(path):
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


@pytest.fixture
def setting(tmp_path, archives, monkeypatch):
    return Setting(tmp_path, archives, monkeypatch)


def equal(cluster, name="articles"):
    """Every replica holds its shard's archive."""
    return all(held and cluster.contents[held][0] == shard for (shard, dummy), held in cluster.replicas(name).items())


def test_every_replica_gets_its_archive(setting):
    setting.back_up()
    setting.cluster.fault = lambda node, shard: time.sleep(0.05)
    report = setting.restore(restore_aliases=True)
    assert report["ok"], report["failed"]
    assert equal(setting.cluster) and len(setting.cluster.replicas("articles")) == 6
    assert setting.cluster.most_at_work == 1, "one recover a node at a time"
    assert setting.cluster.nodes_at_work == 3, "nodes side by side"
    (item,) = report["collections"]
    assert (item["points"], item["grade"], item["whole"], item["delivery"]) == (300, 2, True, "upload")
    assert len(item["shards"]) == 6 and item["in_doubt"] == [] and item["lacking_shards"] == []
    assert setting.cluster.alias == {"live": "articles"} and setting.notes() == [] and setting.spooled == []
    catalogue = Catalogue(setting.store, "prod")
    for number, node in enumerate(make.NODES):
        (proof,) = catalogue.proofs(node, make.ID)
        assert [(one["name"], one["grade"]) for one in proof["collections"]] == [(f"articles/{number}", 2)]


def test_check_changes_nothing(setting):
    setting.back_up()
    report = setting.restore(check=True)
    assert report["changed"] and setting.cluster.log == [] and not (setting.path / "state").exists()


def test_shards_are_cut_out_of_the_archive_of_a_node(setting):
    setting.back_up(kind="collection")
    report = setting.restore()
    assert report["ok"] and equal(setting.cluster) and setting.spooled == []
    (proof,) = Catalogue(setting.store, "prod").proofs("node-a", make.ID)
    assert [one["name"] for one in proof["collections"]] == ["articles"]


def test_one_node_without_cluster_mode(setting):
    setting.back_up()
    setting.use(FakeCluster(("node-a",), setting.cluster.contents, enabled=False))
    report = setting.restore()
    assert report["ok"] and equal(setting.cluster) and len(setting.cluster.replicas("articles")) == 3


def test_custom_keys_are_created_in_the_order_of_their_shards_with_their_peers(setting):
    keys = {1: "b", 2: "a", 3: "c"}
    known = make.known_of({1: (11, 22), 2: (22, 33), 3: (33,)}, keys)
    setting.back_up(known=known, about=make.config(1, 2, sharding_method="custom"))
    contents = {held: (shard + 1, points) for held, (shard, points) in setting.cluster.contents.items()}
    setting.cluster.contents = contents
    report = setting.restore()
    assert report["ok"], report["failed"]
    made = [(key, peers) for word, key, peers in (one for one in setting.cluster.log if one[0] == "key")]
    assert made == [("b", [11, 22]), ("a", [22, 33]), ("c", [33])]
    assert equal(setting.cluster)


def test_a_lost_answer_is_waited_out_and_the_recover_repeated(setting):
    setting.back_up()
    once = []

    def fault(node, shard):
        if (node, shard) == ("node-b", 1) and not once:
            once.append(1)
            raise QdrantError("upload", "", "the connection was lost", kind="no_answer")

    setting.cluster.fault = fault
    report = setting.restore()
    assert report["ok"] and equal(setting.cluster) and ("wait", "node-b") in setting.cluster.log
    (shard,) = [one for one in report["collections"][0]["shards"] if (one["shard"], one["node"]) == (1, "node-b")]
    assert [one["said"] for one in shard["tried"]] == ["the connection was lost"]


def test_a_call_that_was_given_up_is_not_repeated(setting):
    setting.back_up()

    def fault(node, shard):
        if (node, shard) == ("node-b", 1):
            raise QdrantError("upload", "", "nothing has arrived for 120 s", kind="no_answer", abandoned=True)

    setting.cluster.fault = fault
    (failed,) = setting.restore()["failed"]
    assert failed["in_doubt"] == ["1@node-b"] and len(failed["shards"]) == 6
    assert ("wait", "node-b") not in setting.cluster.log


def test_all_failures_are_in_one_report_and_the_same_command_goes_on(setting):
    setting.back_up()

    def fault(node, shard):
        if node == "node-b":
            raise QdrantError("upload", "", "No space left on device", kind="server_error", status=500)

    setting.cluster.fault = fault
    report = setting.restore()
    assert not report["ok"] and report["collections"] == []
    (failed,) = report["failed"]
    assert failed["in_doubt"] == ["0@node-b", "1@node-b"] and "2 of 6 recovers failed" in failed["message"]
    assert "In doubt: 0@node-b, 1@node-b" in failed["next"] and "--node-url node-b=http://node-b:6333" in failed["next"]
    for node in make.NODES:
        (note,) = setting.notes(node)
        assert note.shards == "0@node-b, 1@node-b" and "Shards in doubt: 0@node-b, 1@node-b" in note.warning()
    setting.cluster.fault = lambda node, shard: None
    setting.cluster.log.clear()
    report = setting.restore()
    assert report["ok"] and equal(setting.cluster) and setting.notes() == []
    assert ("create", "articles") not in setting.cluster.log and ("delete", "articles") not in setting.cluster.log


class Killed(BaseException):
    """In place of a signal."""


@pytest.mark.parametrize("at", [0, 1, 3, 5])
def test_after_a_kill_at_any_shard_the_same_command_goes_on(setting, at):
    setting.back_up()
    began = []

    def fault(node, shard):
        began.append((node, shard))
        if len(began) > at:
            raise Killed

    setting.cluster.fault = fault
    with pytest.raises(Killed):
        setting.restore()
    (note,) = setting.notes()
    assert note.shards and note.mode == "new"
    setting.cluster.fault = lambda node, shard: None
    report = setting.restore()
    assert report["ok"] and equal(setting.cluster) and setting.notes() == [] and setting.spooled == []


def test_a_node_that_is_lost_while_it_is_proven_says_nothing_of_the_data(setting, monkeypatch):
    """Its replicas are neither equal nor different: the same command goes on with the collection."""
    setting.back_up()
    monkeypatch.setattr(prove, "_AGREEMENT", 0.0)
    counted = prove.counted

    def lost(name, shard):
        raise QdrantError("count", "http://node-b", "the connection was lost", kind="no_answer")

    def counted_by_two(*args):
        monkeypatch.setattr(setting.cluster.nodes["node-b"], "shard_count", lost)
        return counted(*args)

    monkeypatch.setattr(prove, "counted", counted_by_two)
    (failed,) = setting.restore()["failed"]
    assert (failed["step"], failed["standing"]) == ("prove", "whole")
    assert "the connection was lost" in failed["message"] and "do not use it" not in failed["message"]
    assert "To go on: qdrant-backup restore" in failed["message"] and setting.notes() != []


def test_replicas_that_differ_are_not_called_restored(setting, monkeypatch):
    setting.back_up()
    monkeypatch.setattr("ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.steps.prove._AGREEMENT", 0.0)
    node = setting.cluster.nodes["node-b"]
    monkeypatch.setattr(node, "shard_count", lambda name, shard: 7)
    report = setting.restore()
    (failed,) = report["failed"]
    assert "the replicas of shard 0 hold different numbers of points: 110 on node-a, 7 on node-b" in failed["message"]


def test_a_replacement_keeps_a_snapshot_of_each_shard(setting):
    setting.back_up()
    assert setting.restore()["ok"]
    setting.cluster.log.clear()
    with pytest.raises(RefusedError, match="exists"):
        setting.restore()
    report = setting.restore(mode="replace")
    assert report["ok"] and equal(setting.cluster)
    taken = [(shard, node) for word, shard, node in setting.cluster.log if word == "snapshot"]
    assert sorted(shard for shard, dummy in taken) == [0, 1, 2]
    assert [one["shard"] for one in report["collections"][0]["safety_snapshots"]] == [0, 1, 2]


def test_an_interrupted_replacement_keeps_its_first_snapshots(setting):
    setting.back_up()
    assert setting.restore()["ok"]

    def fault(node, shard):
        raise QdrantError("upload", "", "No space left on device", kind="server_error", status=500)

    setting.cluster.fault = fault
    (failed,) = setting.restore(mode="replace")["failed"]
    assert "; snapshots of the state before stay on the nodes" in failed["next"] and "--mode replace" in failed["next"]
    setting.cluster.fault = lambda node, shard: None
    setting.cluster.log.clear()
    assert setting.restore(mode="replace")["ok"]
    assert not [one for one in setting.cluster.log if one[0] == "snapshot"]


def test_a_damaged_archive_stops_a_replacement_before_anything_is_touched(setting):
    setting.back_up()
    assert setting.restore()["ok"]
    (path,) = (setting.path / "repository" / "prod" / "archives" / "node-b").rglob("*.snapshot")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    os.chmod(path, 0o600)
    path.write_bytes(bytes(data))
    setting.cluster.log.clear()
    (failed,) = setting.restore(mode="replace")["failed"]
    assert failed["standing"] == "untouched" and setting.cluster.log == [] and setting.notes() == []


@pytest.mark.parametrize("left", [set(), {("node-c", 2)}], ids=["alone", "beside one that is left to Qdrant"])
def test_a_repair_touches_only_the_broken_shard(setting, monkeypatch, left):
    monkeypatch.setattr("ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.steps.prove._AGREEMENT", 0.0)
    setting.back_up()
    assert setting.restore()["ok"]
    real = {name: node.shard_count for name, node in setting.cluster.nodes.items()}
    dirty = {("node-a", 0), ("node-b", 0), *left}

    def count(node):
        def of(name, shard):
            if (node, shard) in dirty:
                raise QdrantError(
                    "count", "", "Dirty shard - shard is not fully initialized", kind="server_error", status=500
                )
            return real[node](name, shard)

        return of

    for name, node in setting.cluster.nodes.items():
        node.shard_count = count(name)
    setting.cluster.fault = lambda node, shard: dirty.discard((node, shard))
    setting.cluster.log.clear()
    report = setting.restore(mode="repair")
    assert report["ok"], report["failed"]
    assert sorted(one for one in setting.cluster.log if one[0] == "recover") == [
        ("recover", 0, "node-a"),
        ("recover", 0, "node-b"),
    ]
    (item,) = report["collections"]
    assert item["grade"] == 1 and not item["proven"] and item["points"] == POINTS[0]


def test_a_backup_that_lacks_a_shard_is_said_to_be_incomplete(setting):
    setting.back_up(0, 1)
    with pytest.raises(RefusedError, match="shard 2 of articles is in no archive"):
        setting.restore()
    report = setting.restore(allow_incomplete=True, restore_aliases=True)
    assert report["ok"], report["failed"]
    (item,) = report["collections"]
    assert not item["whole"] and item["lacking_shards"] == [2] and setting.cluster.alias == {}
    assert any("Shard 2 of articles is empty" in text for text in report["warnings"])


def test_a_node_that_does_not_answer_is_refused(setting):
    setting.back_up()

    def silent():
        raise QdrantError("ask for the version of", "", "connection refused", kind="unreachable")

    setting.cluster.nodes["node-b"].version = silent
    with pytest.raises(RefusedError, match=r"node-b .* does not answer: connection refused"):
        setting.restore()


@pytest.mark.parametrize("changes", [{"snapshot": "a"}, {"src": "b"}, {"delivery": "file"}])
def test_options_of_one_node_are_refused(setting, changes):
    with pytest.raises(UsageError, match="goes with one node"):
        setting.restore(**changes)


def test_a_repair_keeps_the_doubt_of_what_is_left_to_qdrant(setting):
    setting.back_up()
    assert setting.restore()["ok"]
    note = Intent("http://node-a:6333", "articles", "new", RECOVER, "2026-11-23T00:00:00Z", backup_id=make.ID)
    Host(str(setting.path / "state"), note.url).open_intent(
        dataclasses.replace(note, shards="0@node-a, 0@node-b, 2@node-c")
    )
    report = setting.restore(mode="repair")
    assert report["ok"], report["failed"]
    assert [(one["shard"], one["node"]) for one in report["collections"][0]["shards"]] == [(0, "node-a"), (0, "node-b")]
    assert [one.shards for one in setting.notes()] == ["2@node-c"]
    assert any("2@node-c (shard@node) of articles may still be mixed" in text for text in report["warnings"])


def test_an_alias_that_waits_for_the_copies_is_told_with_its_command(setting):
    setting.back_up()
    assert setting.restore()["ok"]
    note = Intent("http://node-a:6333", "articles", "new", RECOVER, "2026-11-23T00:00:00Z", backup_id=make.ID)
    Host(str(setting.path / "state"), note.url).open_intent(
        dataclasses.replace(note, shards="0@node-a, 0@node-b, 2@node-c", aliases="live")
    )
    report = setting.restore(mode="repair")
    (told,) = [text for text in report["warnings"] if "may still be mixed" in text]
    assert "; then create alias live: curl -X POST http://node-a:6333/collections/aliases" in told


def test_writers_are_seen_on_any_replica(setting, monkeypatch):
    setting.back_up()
    assert setting.restore()["ok"]
    node = setting.cluster.nodes["node-c"]
    real, calls = node.shard_count, []

    def written(name, shard):
        calls.append(shard)
        return real(name, shard) + (len(calls) if shard == 2 else 0)

    node.shard_count = written
    with pytest.raises(RefusedError, match="is being written to right now"):
        setting.restore(mode="replace", watch_seconds=0.3)
    monkeypatch.setattr("ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.steps.prove._AGREEMENT", 0.0)
    report = setting.restore(mode="replace", watch_seconds=0.3, accept_write_loss=True)
    (told,) = [text for text in report["warnings"] if "is being written to" in text]
    assert report["ok"] and "only the bytes of its archives are proven (the replicas of shard 2 hold" in told
    node.shard_count = real
    assert setting.restore(mode="replace", watch_seconds=0.3)["ok"]


@pytest.mark.parametrize("lost", [False, True])
def test_writers_during_the_backup_do_not_explain_a_shard_without_points(setting, lost):
    """Nodes take their snapshots at different moments, so the counts of such a backup need not agree."""
    setting.quiet = False
    setting.back_up()
    for node in setting.cluster.nodes.values():
        counts = {0: 110, 1: 50, 2: 0 if lost else 95}
        node.shard_count = lambda name, shard, counts=counts: counts[shard]
        node.count = lambda name, filter=None, counts=counts: sum(counts.values())
    report = setting.restore()
    assert report["ok"] != lost
    assert ["shard 2 has no point" in one["message"] for one in report["failed"]] == [True] * lost


def test_a_copy_is_not_removed_while_another_node_reads_it(setting):
    setting.back_up()
    path = setting.files[0]
    key = make.entry("node-a", (0,)).archive.key
    archive = ShardArchive(0, None, "node-a", key, os.path.getsize(path), sha(path))
    copies = Copies(setting.store, str(setting.path / "spool"), {which_of(archive): 2}, silent)
    with copies.of(archive) as (first, dummy):
        for _again in range(2):  # a second node, and its second try
            with copies.of(archive) as (second, dummy2):
                assert second == first
        assert sha(first) == archive.sha256
    assert not os.path.exists(first)


def test_the_newest_backup_is_incomplete_and_the_one_before_is_named(setting):
    setting.back_up()
    catalogue = Catalogue(setting.store, "prod")
    later = "20261122T200000Z"
    for entry in catalogue.nodes_of(make.ID)[:2]:
        catalogue.commit(dataclasses.replace(catalogue.manifest(entry), backup_id=later, digest=None))
    with pytest.raises(RefusedError) as caught:
        setting.restore(backup_id="latest")
    (refusal,) = caught.value.details["refusals"]
    assert refusal["code"] == "incomplete_backup" and f"--backup-id {make.ID}" in refusal["next"]
    assert setting.restore()["ok"]


def test_copies_of_a_killed_run_are_removed(setting):
    setting.back_up()
    spool = setting.path / "state" / "spool"
    spool.mkdir(parents=True)
    (spool / "999999999-node-a-articles.snapshot.part").write_text("half")
    assert setting.restore()["ok"] and setting.spooled == []


def test_a_collection_that_another_client_created_meanwhile_is_not_deleted(setting, monkeypatch):
    setting.back_up()
    node = setting.cluster.nodes["node-a"]

    def taken(name, body):
        setting.cluster.make(name, range(3), 1)
        raise QdrantError("create", name, "Collection `articles` already exists!", kind="conflict", status=409)

    monkeypatch.setattr(node, "create_collection", taken)
    (failed,) = setting.restore()["failed"]
    assert failed["standing"] == "untouched" and ("delete", "articles") not in setting.cluster.log
    assert setting.notes() == []


def test_what_was_created_is_removed_if_nothing_was_recovered_into_it(setting, monkeypatch):
    setting.back_up()
    monkeypatch.setattr(setting.cluster.nodes["node-b"], "shards", lambda name: ShardView(22, 0, (), (), 0, 0))
    (failed,) = setting.restore(ready_timeout=0.1)["failed"]
    assert failed["step"] == "create" and failed["standing"] == "cleared" and setting.cluster.collections == {}


def unreachable(*nodes):
    """A fault: these nodes cannot be asked."""

    def fault(node, shard):
        if node in nodes:
            raise QdrantError("upload", "", "connection refused", kind="unreachable", effect=NONE)

    return fault


def test_a_shard_that_could_not_be_asked_is_in_doubt_while_its_collection_is_new(setting):
    """It is empty, and a repair must not take it for healthy."""
    setting.back_up()
    setting.cluster.fault = unreachable("node-a", "node-b")
    (failed,) = setting.restore()["failed"]
    pairs = ["0@node-a", "0@node-b", "1@node-b", "2@node-a"]
    assert failed["in_doubt"] == pairs
    assert [note.shards for note in setting.notes()] == [", ".join(pairs)]
    setting.cluster.fault = lambda node, shard: None
    report = setting.restore(mode="repair")
    assert report["ok"], report["failed"]
    assert {shard for (shard, dummy), held in setting.cluster.replicas("articles").items() if held} == {0, 1, 2}
    assert [note.shards for note in setting.notes()] == ["1@node-b, 2@node-a"], "left to Qdrant, so in doubt still"


def test_a_repair_does_not_trust_what_a_kill_left_right_after_its_creation(setting, monkeypatch):
    setting.back_up()
    node = setting.cluster.nodes["node-a"]
    real = node.create_collection

    def killed(name, body):
        real(name, body)
        raise Killed

    monkeypatch.setattr(node, "create_collection", killed)
    with pytest.raises(Killed):
        setting.restore()
    assert [note.shards for note in setting.notes()] == [""]
    report = setting.restore(mode="repair")
    assert report["ok"] and equal(setting.cluster) and setting.notes() == []


def test_a_dirty_shard_of_a_new_collection_does_not_keep_the_same_command_from_going_on(setting, monkeypatch):
    """With one replica of it, no node describes the collection."""
    setting.back_up()
    setting.cluster.fault = unreachable("node-b")
    assert not setting.restore()["ok"]
    setting.cluster.fault = lambda node, shard: None
    recovered = setting.cluster.log

    def described(name):
        if ("recover", 1, "node-b") not in recovered:
            said = "Failed to Get Info, Dirty shard - shard is not fully initialized"
            raise QdrantError("describe", name, said, kind="server_error", status=500)
        return Collection(name, "green", "ok", setting.cluster.nodes["node-a"].config, {}, 0, 0, 0, [])

    for node in setting.cluster.nodes.values():
        monkeypatch.setattr(node, "collection", described)
    report = setting.restore()
    assert report["ok"], report["failed"]
    assert equal(setting.cluster) and setting.notes() == []


@pytest.mark.parametrize("mode", ["new", "repair"])
def test_a_run_that_could_not_begin_leaves_the_doubt_of_the_one_before(setting, mode):
    setting.back_up()
    setting.cluster.fault = unreachable("node-a", "node-b")
    assert not setting.restore()["ok"]
    (before,) = setting.notes()
    setting.cluster.fault = lambda node, shard: None
    aliases = setting.cluster.nodes["node-a"].aliases
    calls = []

    def became_an_alias():  # since the plan, which asks first
        calls.append(1)
        return {"articles": "others"} if len(calls) > 1 else aliases()

    setting.cluster.nodes["node-a"].aliases = became_an_alias
    (failed,) = setting.restore(mode=mode)["failed"]
    assert "became an alias" in failed["message"] and failed["standing"] == "in doubt"
    assert [note.shards for note in setting.notes()] == [before.shards]


def test_a_note_that_is_settled_is_settled_for_every_node(setting):
    """With one left, the next run would go on and overwrite what an operator has confirmed."""
    setting.back_up()
    setting.cluster.fault = unreachable("node-b")
    assert not setting.restore()["ok"]
    setting.cluster.fault = lambda node, shard: None
    node = setting.cluster.nodes["node-a"]
    assert settle(Host(str(setting.path / "state"), node.url), node, ["articles"])["ok"]
    assert [setting.notes(name) for name in make.NODES] == [[], [], []]
    setting.cluster.log.clear()
    report = setting.restore(mode="missing")
    assert report["ok"] and report["left_alone"] and not [one for one in setting.cluster.log if one[0] == "recover"]


def test_a_note_is_of_the_same_nodes_under_other_names(setting, monkeypatch):
    setting.back_up()
    setting.cluster.fault = unreachable("node-a", "node-b")
    assert not setting.restore()["ok"]
    setting.cluster.fault = lambda node, shard: None
    others = {f"host-{name[-1]}": about for name, about in setting.cluster.options().items()}
    monkeypatch.setattr(setting.cluster, "options", lambda: others)
    report = setting.restore(mode="repair")
    assert report["ok"], report["failed"]
    pairs = [(one["shard"], one["node"]) for one in report["collections"][0]["shards"]]
    assert pairs == [(0, "host-a"), (0, "host-b")]
    assert [note.shards for note in setting.notes()] == ["1@host-b, 2@host-a"]
