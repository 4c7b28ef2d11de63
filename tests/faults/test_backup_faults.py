# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups hit in the middle: committed backups stay whole, the next run goes on, each failure is one sentence."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import threading
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup import contact
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import (
    EngineError,
    LockedError,
    RefusedError,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.progress import Event
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import Node
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.lock import Lock
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.survey import Survey
from ansible_collections.vectorops.qdrant.tests.support.backup_runs import CLUSTER, NODE, Setup, next_second
from ansible_collections.vectorops.qdrant.tests.support.marks import needs_own_server
from ansible_collections.vectorops.qdrant.tests.support.proxy import FaultProxy
from ansible_collections.vectorops.qdrant.tests.support.qdrant import start_qdrant

pytestmark = pytest.mark.faults
FIRST, SECOND, THIRD = "20261122T180000Z", "20261122T190000Z", "20261122T200000Z"


@pytest.fixture
def setup(folder):
    """Most of what goes wrong here does so whatever the repository is."""
    return folder


def in_s3(server, s3, tmp_path, url=""):
    return Setup.in_s3(server, s3, tmp_path, endpoint_url=url or s3.url, timeout=5)


def test_killed_while_parts_are_sent_the_next_run_drops_them(qdrant, s3_server, tmp_path):
    setup = in_s3(qdrant, s3_server, tmp_path)
    setup.fill("large", count=9_000, size=512, repeat=True)
    with FaultProxy(s3_server.port) as proxy:
        proxy.slow(rate=8_000_000, match="PUT .*partNumber")
        slow = in_s3(qdrant, s3_server, tmp_path, proxy.url)
        assert slow.run_child(FIRST, kill_at="upload", moved=True) == -signal.SIGKILL
    uploads = s3_server.client().list_multipart_uploads(Bucket=s3_server.bucket).get("Uploads") or []
    assert [one for one in uploads if tmp_path.name in one["Key"]], "the archive was not sent in parts"
    assert setup.manifests() == {}
    next_second()
    report = setup.run(FIRST)
    assert report["ok"]
    assert "unfinished uploads" in " ".join(report["warnings"])
    uploads = s3_server.client().list_multipart_uploads(Bucket=s3_server.bucket).get("Uploads") or []
    assert not [one for one in uploads if tmp_path.name in one["Key"]]
    assert setup.intact() == {FIRST: ["large"]}


def test_archives_of_a_killed_run_are_told(setup):
    setup.fill("articles")
    assert setup.run_child(FIRST, kill_at="commit") == -signal.SIGKILL
    next_second()
    report = setup.run(SECOND)
    assert "1 archive that a killed run left" in " ".join(report["warnings"])
    assert setup.intact() == {SECOND: ["articles"]}


def test_a_spool_left_by_a_killed_run_is_emptied(setup, tmp_path):
    setup.fill("articles", "logs")
    spool = str(tmp_path / "spool")
    assert setup.run_child(FIRST, kill_at="upload", snapshots_dir=None, spool_dir=spool) == -signal.SIGKILL
    left = [name for dummy, dummy, names in os.walk(spool) for name in names]
    assert left
    next_second()
    setup.run(FIRST, collections=("logs",), snapshots_dir=None, spool_dir=spool)
    assert [name for dummy, dummy, names in os.walk(spool) for name in names] == []


def test_two_runs_at_once_on_one_host(setup):
    setup.fill("articles")
    errors: list[Exception] = []

    def second(event):
        if event.step == "settle" and not errors:
            try:
                setup.run(SECOND)
            except LockedError as error:
                errors.append(error)

    assert setup.run(FIRST, progress=second)["ok"]
    assert "is at work on this node" in str(errors[0])
    assert setup.intact() == {FIRST: ["articles"]}


def test_a_run_from_elsewhere_holds_the_lock(setup):
    setup.fill("articles")
    with Lock(setup.store(), CLUSTER, NODE, "a restore on another-host", 600):
        with pytest.raises(LockedError, match="a restore on another-host") as locked:
            setup.run(FIRST)
        assert setup.snapshots("articles") == [], "the snapshot begun meanwhile is taken back"
    assert locked.value.exit_code == 4
    assert setup.manifests() == {}
    next_second()
    assert setup.run(FIRST)["ok"]


def test_a_snapshot_begun_before_the_lock_was_seen_is_taken_back(setup):
    """A slow store: the first snapshot is made before the repository says no."""
    setup.fill("articles")
    made = threading.Event()

    class Late(Node):
        def create_snapshot(self, *args, **more):
            try:
                return super().create_snapshot(*args, **more)
            finally:
                made.set()

    def slow_store():
        assert made.wait(20)
        return setup.store()

    node = Late(setup.node().options)
    with (
        Lock(setup.store(), CLUSTER, NODE, "a restore on another-host", 600),
        pytest.raises(LockedError),
    ):
        setup.run(FIRST, node=node, store=slow_store)
    assert made.is_set()
    assert setup.snapshots("articles") == []
    setup.run(FIRST)
    kept = setup.snapshots("articles")
    made.clear()
    next_second()
    assert not setup.run(FIRST, node=node, store=slow_store)["changed"]
    assert setup.snapshots("articles") == kept


def test_a_lock_lost_meanwhile_commits_nothing(setup):
    setup.fill("articles")

    def steal(event):
        if event.step == "commit":
            store = setup.store()
            (key,) = setup.keys(f"{CLUSTER}/locks/")
            store.put(key, b'{"holder": "somebody else", "until": "2099-01-01T00:00:00Z"}')

    with pytest.raises(LockedError, match="somebody else"):
        setup.run(FIRST, progress=steal)
    assert setup.manifests() == {}


@pytest.mark.parametrize("status", [503, 403])
def test_the_store_goes_away_in_the_middle(qdrant, s3_server, tmp_path, status):
    plain = in_s3(qdrant, s3_server, tmp_path)
    plain.fill("articles", "logs")
    plain.run(FIRST)
    plain.upsert("articles", count=10, first=1000)
    plain.upsert("logs", count=10, first=1000)
    next_second()
    with FaultProxy(s3_server.port) as proxy:
        setup = in_s3(qdrant, s3_server, tmp_path, proxy.url)
        steps: set[str] = set()

        def away(event):
            steps.add(event.step)
            if event.step == "upload" and event.subject == "logs" and not proxy.faults:
                # The other archive is sent at the same time, and the store is asked about it once more.
                deadline = time.monotonic() + 20
                while not plain.keys(f"{CLUSTER}/archives/{NODE}/{SECOND}/articles/") and time.monotonic() < deadline:
                    time.sleep(0.05)
                time.sleep(0.5)
                proxy.answer(status)

        with pytest.raises(StoreError) as failed:
            setup.run(SECOND, progress=away, parallel=1)
    assert "commit" not in steps, "nothing more is tried"
    said = str(failed.value)
    assert "Nothing was committed; earlier backups are unchanged." in said
    assert failed.value.details["not_stored"] == ["logs"]
    assert s3_server.secret_key not in said
    assert "Signature" not in said
    assert plain.intact() == {FIRST: ["articles", "logs"]}
    assert len(plain.snapshots("logs")) == 2, "a snapshot that is nowhere else stays"
    next_second()
    # The lock could not be given back; this host knows that the run is dead.
    assert plain.run(SECOND)["ok"]
    assert plain.intact() == {FIRST: ["articles", "logs"], SECOND: ["articles", "logs"]}


def test_no_such_bucket_takes_the_snapshot_back(qdrant, s3_server, tmp_path):
    setup = in_s3(qdrant, s3_server, tmp_path)
    setup.repository["bucket"] = "no-such-bucket-anywhere"
    setup.fill("articles")
    with pytest.raises(StoreError) as failed:
        setup.run(FIRST)
    assert "no-such-bucket-anywhere" in str(failed.value)
    assert setup.snapshots("articles") == []


class AtCreate(Node):
    """Does something just before the snapshot of one collection is asked for."""

    def create_snapshot(self, scope, *args, **more):
        if scope.name == self.watched:
            self.work()
        return super().create_snapshot(scope, *args, **more)


def at_create(setup, name, work, **more):
    node = AtCreate(dataclasses.replace(setup.node().options, **more))
    node.watched, node.work = name, work
    return node


def test_a_create_whose_answer_never_comes_is_not_waited_for_for_ever(setup):
    """A proxy passes everything on but this one answer, and keeps the connection."""
    setup.fill("articles", "logs")
    with FaultProxy(int(setup.server.url.rpartition(":")[2])) as proxy:
        proxy.silence(times=1, match="POST /collections/articles/snapshots")
        start = time.monotonic()
        report = setup.run(FIRST, node=setup.node(proxy.url))
        assert time.monotonic() - start < 60
    assert report["ok"]
    assert len(setup.snapshots("articles")) == 1, "the create was sent once"
    assert setup.intact() == {FIRST: ["articles", "logs"]}


@pytest.fixture
def ruled(tmp_path):
    """A node that takes fault rules, whatever the others are."""
    with start_qdrant(str(tmp_path / "node"), force_double=True) as server:
        yield Setup.in_folder(server, tmp_path)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param({"path_regex": "/points/count$", "status": 429}, id="count refused"),
        pytest.param({"path_regex": "/points/count$", "delay_s": 2}, id="count slower than the time-out"),
        pytest.param({"path_regex": "/points", "status": 500}, id="points fail"),
        pytest.param({"path_regex": "/points/query$", "delay_s": 2}, id="sample slower than the time-out"),
        pytest.param({"path_regex": "^/collections/articles$", "status": 500}, id="describe fails"),
    ],
)
def test_what_only_serves_the_proof_costs_no_backup(ruled, rule):
    """A peer is dead, a shard is slow, a limit is reached: the snapshot works all the same."""
    ruled.fill("articles")
    index = {"field_name": "topic", "field_schema": "keyword"}
    ruled.server.call("PUT", "/collections/articles/index?wait=true", index)
    ruled.server.faults([rule])
    node = Node(dataclasses.replace(ruled.node().options, timeout=0.5))
    report = ruled.run(FIRST, node=node)
    ruled.server.faults([])
    assert report["ok"], report["failed"]
    entry = ruled.manifests()[FIRST].collection("articles")
    assert not entry.probe
    assert any(text.startswith("no probe was recorded: Could not ") for text in entry.warnings)
    counted = rule["path_regex"] in ("/points/query$", "^/collections/articles$")
    assert (entry.points.before, entry.points.after) == ((100, 100) if counted else (None, None))
    assert entry.config["params"]["vectors"]["size"] == 16
    assert entry.payload_schema["topic"]["data_type"] == "keyword"
    assert ruled.intact() == {FIRST: ["articles"]}
    next_second()
    assert ruled.run(SECOND)["collections"][0]["suspect"] is None


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_says_that_there_is_no_use_is_believed(ruled, status):
    ruled.fill("articles", "logs")
    ruled.server.faults([{"path_regex": "^/collections/articles/points/count$", "status": status}])
    report = ruled.run(FIRST)
    assert [failed["name"] for failed in report["failed"]] == ["articles"]
    assert ruled.snapshots("articles") == []


@pytest.fixture
def unwritable(qdrant):
    """A node that cannot write the snapshots of a collection: a file lies where their folder would be."""
    made: list[str] = []

    def make(name):
        path = os.path.join(qdrant.snapshots_dir, name)
        shutil.rmtree(path, ignore_errors=True)
        with open(path, "w") as handle:
            handle.write("in the way")
        made.append(path)

    yield make
    for path in made:
        os.unlink(path)


def test_a_node_that_answers_500_fails_one_collection(setup, unwritable):
    setup.fill("articles", "broken", "logs")
    report = setup.run(FIRST, node=at_create(setup, "broken", lambda: unwritable("broken")))
    assert not report["ok"]
    assert [failed["name"] for failed in report["failed"]] == ["broken"]
    assert report["failed"][0]["error"].startswith("Could not ")
    assert "Traceback" not in report["failed"][0]["error"]
    assert setup.intact() == {FIRST: ["articles", "logs"]}


def test_every_collection_failing_commits_nothing(setup, unwritable):
    setup.fill("broken")
    with pytest.raises(EngineError, match="no collection could be backed up") as failed:
        setup.run(FIRST, node=at_create(setup, "broken", lambda: unwritable("broken")))
    assert [one["name"] for one in failed.value.details["failed"]] == ["broken"]
    assert setup.manifests() == {}


def test_a_collection_that_vanishes_between_plan_and_create(setup):
    setup.fill("articles", "vanishing")

    def drop():
        return setup.server.call("DELETE", "/collections/vanishing")

    report = setup.run(FIRST, node=at_create(setup, "vanishing", drop))
    assert [failed["name"] for failed in report["failed"]] == ["vanishing"]
    assert setup.intact() == {FIRST: ["articles"]}


@needs_own_server
def test_a_node_killed_in_the_middle(tmp_path, monkeypatch):
    monkeypatch.setattr(contact, "READY_SECONDS", 2.0)
    with start_qdrant(str(tmp_path / "node")) as server:
        setup = Setup.in_folder(server, tmp_path)
        names = ["a", "b", "c", "d", "e", "f"]
        setup.fill(*names)
        setup.run(FIRST)
        next_second()
        report = setup.run(SECOND, node=at_create(setup, "b", server.kill), parallel=1)
        assert [failed["name"] for failed in report["failed"]] == names[1:]
        assert "stopped answering before" in report["failed"][-1]["error"]
        assert setup.intact() == {FIRST: names, SECOND: ["a"]}
        with pytest.raises(EngineError):
            setup.run(THIRD)
        server.start_again()
        next_second()
        assert setup.run(THIRD)["ok"]
        assert setup.intact()[THIRD] == names


@needs_own_server
def test_a_node_that_restarts_loses_no_collection(tmp_path):
    names = ["a", "b", "c", "d", "e", "f"]
    with start_qdrant(str(tmp_path / "node")) as server:
        setup = Setup.in_folder(server, tmp_path)
        setup.fill(*names)

        def later():
            time.sleep(3)
            server.start_again()

        starter = threading.Thread(target=later)

        def restart(event):
            if (event.step, event.subject) == ("probe", "c") and starter.ident is None:
                server.kill()
                starter.start()

        report = setup.run(FIRST, progress=restart, parallel=1)
        starter.join()
        assert report["ok"], report["failed"]
        assert setup.intact() == {FIRST: names}


@needs_own_server
def test_a_node_that_hangs_costs_one_wait_and_not_one_for_each_collection(tmp_path, monkeypatch):
    """A stopped process takes connections and answers nothing."""
    monkeypatch.setattr(contact, "READY_SECONDS", 3.0)
    names = [f"c{number:02}" for number in range(20)]
    with start_qdrant(str(tmp_path / "node")) as server:
        setup = Setup.in_folder(server, tmp_path)
        setup.fill(*names, count=10)

        def stop():
            os.kill(server.pid, signal.SIGSTOP)
            time.sleep(0.5)  # its threads stop one after another

        node = at_create(setup, names[2], stop, timeout=1.0)
        start = time.monotonic()
        try:
            report = setup.run(FIRST, node=node, parallel=1)
        finally:
            os.kill(server.pid, signal.SIGCONT)
        assert time.monotonic() - start < 20
        assert [failed["name"] for failed in report["failed"]] == names[2:]
        assert "did not answer within 1 seconds" in report["failed"][0]["error"]
        assert "stopped answering before" in report["failed"][1]["error"]
        assert setup.intact() == {FIRST: names[:2]}


class Meddling(Node):
    """Does something to the file of a snapshot after the node made it."""

    def create_snapshot(self, *args, **more):
        made = super().create_snapshot(*args, **more)
        self.meddle(os.path.join(self.folder, self.collection_name, made.name))
        return made


def meddler(setup, name, work):
    node = Meddling(setup.node().options)
    node.folder, node.collection_name = setup.server.snapshots_dir, name
    node.meddle = lambda path: work(path) if os.path.exists(path) else None
    return node


def cut(path):
    os.truncate(path, os.path.getsize(path) // 2)


def flip(path):
    with open(path, "r+b") as handle:
        handle.seek(os.path.getsize(path) // 2)
        byte = handle.read(1)
        handle.seek(-1, os.SEEK_CUR)
        handle.write(bytes([byte[0] ^ 0xFF]))


@pytest.mark.parametrize(
    ("work", "word"), [(cut, "truncated or changed"), (flip, "the node recorded"), (os.unlink, "")]
)
def test_a_file_that_changes_between_create_and_upload(setup, work, word):
    setup.fill("articles", "logs")
    report = setup.run(FIRST, node=meddler(setup, "articles", work))
    assert [failed["name"] for failed in report["failed"]] == ["articles"]
    assert word in report["failed"][0]["error"]
    assert setup.intact() == {FIRST: ["logs"]}


def test_a_foreign_archive_in_its_place(setup):
    setup.fill("articles", "logs")
    other = setup.server.call("POST", "/collections/logs/snapshots")["result"]["name"]
    next_second()

    def replace(path):
        return shutil.copy(os.path.join(setup.server.snapshots_dir, "logs", other), path)

    report = setup.run(FIRST, node=meddler(setup, "articles", replace))
    assert [failed["name"] for failed in report["failed"]] == ["articles"]


def test_a_recover_that_runs_is_a_refusal(setup):
    setup.fill("articles")

    class Recovering(Node):
        def recoveries_running(self, collection=None):
            return 1

    with pytest.raises(RefusedError, match="restore is running") as refused:
        setup.run(FIRST, node=Recovering(setup.node().options))
    assert refused.value.details["refusals"][0]["code"] == "recover_running"
    assert setup.snapshots("articles") == []


def test_a_recover_that_begins_meanwhile_fails_its_collection(setup):
    setup.fill("articles", "logs")

    class Recovering(Node):
        def recoveries_running(self, collection=None):
            return 1 if collection == "articles" else 0

    report = setup.run(FIRST, node=Recovering(setup.node().options))
    assert [failed["name"] for failed in report["failed"]] == ["articles"]
    assert "mixed data" in report["failed"][0]["error"]
    assert setup.intact() == {FIRST: ["logs"]}


def test_a_load_balancer_is_seen(setup):
    """The node says it has shard 0; the archive comes from one that does not."""
    setup.fill("articles", "logs")

    class Balanced(Node):
        def shards(self, collection):
            import dataclasses

            view = super().shards(collection)
            if collection != "articles":
                return view
            more = dataclasses.replace(view.local[0], shard_id=7)
            return dataclasses.replace(view, local=(*view.local, more))

    report = setup.run(FIRST, node=Balanced(setup.node().options))
    assert [failed["name"] for failed in report["failed"]] == ["articles"]
    assert "load balancer" in report["failed"][0]["error"]


def test_two_nodes_behind_one_address_are_seen(setup, tmp_path):
    """Neither is in cluster mode, both have the collection; only the peer in the snapshot's name tells them apart."""
    setup.fill("articles", "logs")
    with start_qdrant(str(tmp_path / "other")) as server:
        other = Setup(server, setup.repository, setup.state_dir)
        other.fill("articles", count=0)
        elsewhere = other.node()

        class Balanced(Node):
            def create_snapshot(self, scope):
                if scope.name != "articles":
                    return super().create_snapshot(scope)
                made = elsewhere.create_snapshot(scope)
                folder = os.path.join(setup.server.snapshots_dir, "articles")
                os.makedirs(folder, exist_ok=True)
                shutil.copy(os.path.join(server.snapshots_dir, "articles", made.name), folder)
                return made

        report = setup.run(FIRST, node=Balanced(setup.node().options))
    assert [failed["name"] for failed in report["failed"]] == ["articles"]
    assert "load balancer" in report["failed"][0]["error"]
    assert setup.intact() == {FIRST: ["logs"]}


def test_a_key_that_other_bytes_have_taken(setup):
    """A killed run of the same id left something else under the archive's name."""
    setup.fill("articles")
    taken: list[str] = []

    class Early(Node):
        def create_snapshot(self, *args, **more):
            made = super().create_snapshot(*args, **more)
            key = f"{CLUSTER}/archives/{NODE}/{FIRST}/articles/{made.name}"
            setup.store().put(key, b"something else", if_absent=True)
            taken.append(key)
            return made

    report = setup.run(FIRST, node=Early(setup.node().options))
    assert report["ok"]
    assert report["collections"][0]["archive"] == taken[0].replace(".snapshot", ".2.snapshot")
    assert setup.store().get(taken[0]).data == b"something else"
    assert setup.intact() == {FIRST: ["articles"]}


@pytest.mark.parametrize("trouble", ["slow", "refused", "unknown error", "cut"])
def test_a_copy_that_fails_for_the_moment_is_an_upload(qdrant, s3_server, tmp_path, trouble):
    """A copy is one silent call: a slow store does not answer within s3_timeout, an overloaded one with 5xx."""
    qdrant.wipe()
    with FaultProxy(s3_server.port) as proxy:
        setup = in_s3(qdrant, s3_server, tmp_path, proxy.url)
        setup.fill("same")
        setup.server.call("POST", "/collections/same/snapshots")  # flushes what the writes left
        next_second()
        first = setup.run(FIRST)["collections"][0]["archive"].rsplit("/", 1)[-1]
        next_second()
        copies = f"PUT .*{SECOND}/same/{first}"
        if trouble == "slow":
            proxy.slow(latency=8.0, match=copies).times = 1
        elif trouble == "cut":
            proxy.cut(0, match=copies, times=5)
        else:
            proxy.answer(503 if trouble == "refused" else 500, match=copies, times=5)
        report = setup.run(SECOND)
        assert report["ok"]
        (one,) = report["collections"]
        assert one["copied_from"] is None
        assert one["sent_bytes"] == one["archive_bytes"] > 0
        assert "was uploaded again, not copied" in " ".join(one["warnings"])
        proxy.clear()
        assert setup.intact() == {FIRST: ["same"], SECOND: ["same"]}


def test_a_copy_that_turned_out_wrong_is_not_used(setup):
    """Something changes after the segments were compared and before the snapshot is made."""
    setup.fill("articles")
    setup.server.call("POST", "/collections/articles/snapshots")
    next_second()
    setup.run(FIRST)
    next_second()

    class Busy(Node):
        def create_snapshot(self, *args, **more):
            setup.upsert("articles", count=10, seed=8)
            return super().create_snapshot(*args, **more)

    report = setup.run(SECOND, node=Busy(setup.node().options))
    (one,) = report["collections"]
    assert one["copied_from"] is None
    assert one["sent_bytes"] == one["archive_bytes"]
    assert "belongs to no backup" in " ".join(one["warnings"])
    (unused,) = report["unused"]
    assert unused in setup.keys(f"{CLUSTER}/archives/")
    assert unused in " ".join(report["warnings"])
    assert setup.manifests()[SECOND].extra["unused"] == [unused]
    assert setup.intact() == {FIRST: ["articles"], SECOND: ["articles"]}


@pytest.mark.parametrize("sent", [True, False], ids=["sent before it failed", "not sent yet"])
def test_what_was_stored_of_a_collection_that_failed_is_told(setup, sent):
    setup.fill("bad", "good")
    prefix = f"{CLUSTER}/archives/{NODE}/{FIRST}/bad/"

    class Restoring(Node):
        """A restore of the collection begins while its snapshot is taken."""

        def recoveries_running(self, collection=None):
            if collection != "bad":
                return super().recoveries_running(collection)
            deadline = time.monotonic() + 20
            while sent and not setup.keys(prefix) and time.monotonic() < deadline:
                time.sleep(0.05)
            return 1

    store = setup.store()
    if not sent:
        put = store.put_file

        def put_file(key, path, *, if_absent=True, progress=None):
            """Not begun before the run knows of the restore: then progress raises."""
            deadline = time.monotonic() + 20
            while "/bad/" in key and time.monotonic() < deadline:
                progress(Event("upload", key))
                time.sleep(0.05)
            return put(key, path, if_absent=if_absent, progress=progress)

        store.put_file = put_file
    # One at a time: it is asked once a second whether restores run, so beside another collection it may be known late.
    report = setup.run(FIRST, node=Restoring(setup.node().options), store=store, parallel=1)
    assert [one["name"] for one in report["failed"]] == ["bad"]
    assert report["unused"] == setup.keys(prefix)
    assert len(report["unused"]) == sent
    assert ("not part of this backup" in " ".join(report["warnings"])) is sent
    assert setup.manifests()[FIRST].extra.get("unused", []) == report["unused"]
    assert setup.intact() == {FIRST: ["good"]}
    completeness = Survey(Catalogue(setup.store(), CLUSTER)).completeness(FIRST)
    assert list(completeness.unused) == report["unused"]


def test_what_a_killed_run_of_the_same_id_left_is_told(setup):
    setup.fill("articles", "logs")
    assert setup.run_child(FIRST, kill_at="commit") == -signal.SIGKILL
    left = setup.keys(f"{CLUSTER}/archives/")
    next_second()
    report = setup.run(FIRST)
    assert report["unused"] == left
