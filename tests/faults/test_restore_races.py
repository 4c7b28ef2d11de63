# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Others act while a restore is under way, or after it was killed: what they made is never overwritten or deleted."""

from __future__ import annotations

import hashlib
import http.server
import itertools
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host

pytestmark = pytest.mark.faults


class Killed(BaseException):
    """Stands for SIGKILL where no child process is needed."""


def when(step, subject, act):
    """A progress callback that acts once."""
    left = [act]

    def progress(event):
        if (event.step, event.subject) == (step, subject) and left:
            left.pop()()

    return progress


def once(steps, act):
    """A progress callback that acts at the first of these steps, whatever they are about."""
    left = [act]

    def progress(event):
        if event.step in steps and left:
            left.pop()()

    return progress


@pytest.fixture
def two(rig):
    """A backup of the collections a and b, both gone."""
    for name in ("a", "b"):
        rig.fill(name, 40)
    rig.run("back_up")
    for name in ("a", "b"):
        rig.drop(name)
    return rig


@pytest.mark.parametrize("delivery", ["url", "upload"])
def test_a_collection_made_after_the_plan_is_left_alone(two, delivery):
    appeared = when("prove", "a", lambda: two.fill("b", 5, first=9001))
    report = two.run("restore", progress=appeared, delivery=delivery, parallel=1)
    assert not report["ok"]
    assert "was created during the restore" in report["failed"][0]["message"]
    assert [point["id"] for point in two.contents("b")] == [9001, 9002, 9003, 9004, 9005]
    assert Host(str(two.directory / "state"), two.node.url).intents() == []


def test_a_collection_made_while_the_archive_is_fetched_is_left_alone(two):
    """Nothing had been sent to the node: what is there then is nobody's leftover."""
    archive = next(key for key in two.keys("/b/") if key.endswith(".snapshot"))

    def act():
        two.fill("b", 5, first=9001)
        two.damage(archive)

    report = two.run("restore", progress=when("prove", "a", act), delivery="upload", parallel=1)
    assert not report["ok"]
    assert len(two.contents("b")) == 5


def test_an_alias_made_after_the_plan_does_not_lead_into_its_collection(two):
    two.fill("live", 5, first=9001)
    action = {"create_alias": {"collection_name": "live", "alias_name": "b"}}
    appeared = when("prove", "a", lambda: two.node.call("POST", "/collections/aliases", {"actions": [action]}))
    report = two.run("restore", progress=appeared, parallel=1)
    assert not report["ok"]
    assert "alias of live" in report["failed"][0]["message"]
    assert len(two.contents("live")) == 5


def kill_before_recover(rig, **options):
    def die():
        raise Killed

    with pytest.raises(Killed):
        rig.run("restore", collections=["a"], progress=when("recover", "a", die), **options)


def test_who_indexed_anew_after_a_killed_restore_keeps_the_collection(two):
    kill_before_recover(two)
    two.fill("a", 41, first=9001)
    with pytest.raises(RefusedError, match="exists"):
        two.run("restore", collections=["a"])
    assert two.count("a") == 41


def test_a_leftover_with_points_is_kept_as_a_snapshot_before_it_is_removed(rig):
    """It may be ours, or of somebody who indexed anew: with several shards the count alone does not tell."""
    rig.fill("a", 40, config={"shard_number": 2})
    rig.run("back_up")
    rig.drop("a")
    kill_before_recover(rig)
    rig.fill("a", 7, first=9001, config={"shard_number": 2})
    report = rig.run("restore", collections=["a"])
    assert report["ok"] and rig.count("a") == 40
    kept = report["collections"][0]["safety_snapshot"]
    back = rig.run("restore", snapshot=kept, collections=["a"], name="a-before")
    assert back["ok"] and [point["id"] for point in rig.contents("a-before")] == list(range(9001, 9008))


def test_who_began_to_index_anew_after_a_killed_restore_keeps_the_collection(two):
    """One shard comes back whole or not at all."""
    kill_before_recover(two)
    two.fill("a", 7, first=9001)
    with pytest.raises(RefusedError, match="it holds 7 points, the archive 40"):
        two.run("restore", collections=["a"])
    assert two.count("a") == 7


def test_an_old_note_does_not_condemn_a_collection_that_is_used(two):
    """Killed after all was back; then put to use under an alias, and restored once more by mistake."""

    def die():
        raise Killed

    with pytest.raises(Killed):
        two.run("restore", collections=["a"], progress=when("prove", "a", die))
    action = {"create_alias": {"collection_name": "a", "alias_name": "live"}}
    two.node.call("POST", "/collections/aliases", {"actions": [action]})
    with pytest.raises(RefusedError, match="it has the alias live"):
        two.run("restore", collections=["a"])
    assert two.count("live") == 40


class Cutting(http.server.BaseHTTPRequestHandler):
    """Gives an archive whole to the first who asks. To the next it gives half, and lets somebody act before the cut.
    Who asks for the first bytes only, as we do before the node is asked, gets what it wants and is not counted."""

    archive = b""
    asked: list[str] = []
    whole = False
    act = staticmethod(lambda: None)

    def do_GET(self):
        if "Range" in self.headers:
            self.send_response(206)
            self.send_header("Content-Range", f"bytes 0-0/{len(self.archive)}")
            self.send_header("Content-Length", "1")
            self.end_headers()
            self.wfile.write(self.archive[:1])
            return
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.archive)))
        self.end_headers()
        if len(self.asked) == 1 or self.whole:
            self.wfile.write(self.archive)
            return
        self.wfile.write(self.archive[: len(self.archive) // 2])
        self.wfile.flush()
        self.act()
        self.close_connection = True

    def log_message(self, *dummy):
        pass


@pytest.fixture
def cutting(two):
    """The URL of the archive of a, on such a server."""
    (key,) = [key for key in two.keys("/a/") if key.endswith(".snapshot")]
    data = two.s3.client().get_object(Bucket=two.s3.bucket, Key=f"{two.prefix}/{key}")["Body"].read()
    handler = type("Handler", (Cutting,), {"archive": data, "asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield handler, f"http://127.0.0.1:{server.server_port}/a-1-2026-01-01-00-00-00.snapshot"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_collection_made_while_the_node_reads_the_archive_is_not_our_leftover(two, cutting):
    """The node makes the collection after it has read the archive; what is there when that fails is somebody else's."""
    handler, url = cutting
    handler.act = staticmethod(lambda: two.fill("a", 7, first=9001))
    report = two.run("restore", snapshot_url=url, collections=["a"], bucket=None)
    assert not report["ok"] and len(handler.asked) == 2
    assert [point["id"] for point in two.contents("a")] == list(range(9001, 9008))
    (failed,) = report["failed"]
    assert "may be another client's" in failed["message"] and "left alone" in failed["next"]
    (intent,) = Host(str(two.directory / "state"), two.node.url).intents()
    assert intent.collection == "a" and intent.mode == "new"
    handler.whole = True
    with pytest.raises(RefusedError, match="may be another client's"):
        two.run("restore", snapshot_url=url, collections=["a"], bucket=None)
    assert two.count("a") == 7


def test_a_cut_with_nobody_else_about_leaves_nothing(two, cutting):
    handler, url = cutting
    report = two.run("restore", snapshot_url=url, collections=["a"], bucket=None)
    assert not report["ok"] and len(handler.asked) == 4, "the node was asked three times"
    assert two.collections() == [] and Host(str(two.directory / "state"), two.node.url).intents() == []


def test_a_replacement_begun_twice_keeps_the_state_before_the_first(two):
    two.fill("a", 7, first=9001)
    kill_before_recover(two, mode="replace")
    first = Host(str(two.directory / "state"), two.node.url).intents()[0].safety_snapshot
    kill_before_recover(two, mode="replace")
    assert Host(str(two.directory / "state"), two.node.url).intents()[0].safety_snapshot == first
    report = two.run("restore", collections=["a"], mode="replace")
    assert report["collections"][0]["safety_snapshot"] == first


def test_a_safety_snapshot_that_was_deleted_is_not_named_as_the_way_back(two):
    two.fill("a", 7, first=9001)
    kill_before_recover(two, mode="replace")
    first = Host(str(two.directory / "state"), two.node.url).intents()[0].safety_snapshot
    two.node.call("DELETE", f"/collections/a/snapshots/{first}")
    report = two.run("restore", collections=["a"], mode="replace")
    (item,) = report["collections"]
    kept = [snapshot["name"] for snapshot in two.node.call("GET", "/collections/a/snapshots")["result"]]
    assert item["safety_snapshot"] != first and item["safety_snapshot"] in kept
    assert any(f"{first}, which that restore took, is not on the node any more" in text for text in report["warnings"])


def test_a_restore_without_a_node_takes_its_own_and_never_a_strangers(rig):
    rig.fill("docs", 10)
    rig.run("back_up", node="host-a", backup_id="20260101T000000Z")
    rig.fill("docs", 10, first=11)
    rig.run("back_up", node="host-b", backup_id="20260101T000100Z")
    rig.drop("docs")
    with pytest.raises(UsageError, match="host-a, host-b"):
        rig.run("restore", node=None)
    own = socket.gethostname().split(".")[0]
    rig.fill("docs", 3)
    rig.run("back_up", node=own, backup_id="20260101T000050Z")
    rig.drop("docs")
    assert rig.run("restore", node=None)["ok"]
    assert rig.count("docs") == 3


@pytest.mark.parametrize("mode", ["new", "replace"])
def test_a_restore_that_lost_the_repositorys_lock_touches_nothing(two, mode):
    """Minutes lie between the lock and the recover; meanwhile it may have run out, and another run begun."""
    if mode == "replace":
        two.fill("a", 7, first=9001)
    taken = json.dumps({"holder": "another run", "token": "x", "until": "2099-01-01T00:00:00Z"}).encode()

    def take():
        (key,) = two.keys("locks/")
        two.s3.client().put_object(Bucket=two.s3.bucket, Key=f"{two.prefix}/{key}", Body=taken)

    words = {"collections": ["a"], "mode": mode, "delivery": "upload"}
    report = two.run("restore", progress=once(("safety snapshot", "download"), take), **words)
    (failed,) = report["failed"]
    assert "lock was lost: another run works on it" in failed["message"] and "not touched" in failed["next"]
    assert two.collections() == (["a"] if mode == "replace" else [])
    if mode == "replace":
        assert [point["id"] for point in two.contents("a")] == list(range(9001, 9008))
    assert Host(str(two.directory / "state"), two.node.url).intents() == []


def test_copies_of_killed_restores_go_away(two):
    """Killed while the archive lay in the node's folder, and while it was on its way through the spool."""
    snapshots = pathlib.Path(two.node.snapshots_dir) / "a"
    spool = two.directory / "spool"
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    snapshots.mkdir(exist_ok=True)
    spool.mkdir(exist_ok=True)
    left = [snapshots / f"restore-{ended.pid}-a-1-2026-01-01-00-00-00.snapshot", spool / f"{ended.pid}-a.snapshot.part"]
    kept = [snapshots / "restore-of-mine.snapshot", snapshots / f"restore-{os.getpid()}-b.snapshot"]
    for path in (*left, *kept):
        path.write_bytes(b"half")
    assert two.run("restore", collections=["a"], snapshots_dir=two.node.snapshots_dir)["ok"]
    assert [path.exists() for path in (*left, *kept)] == [False, False, True, True]


def test_where_a_collection_is_that_the_newest_backup_lacks(two):
    two.fill("b", 3)
    two.run("back_up", collections=["b"], backup_id="20991231T000000Z")
    with pytest.raises(UsageError, match=r"The newest backup that holds it is 20\d{6}T\d{6}Z") as caught:
        two.run("restore", collections=["a"])
    assert "20991231T000000Z: say so" not in str(caught.value)


def test_a_folder_that_cannot_be_written_is_told_with_what_to_do(two):
    blocked = two.directory / "file"
    blocked.write_text("x")
    report = two.run("restore", collections=["a"], delivery="file", snapshots_dir=str(blocked))
    assert not report["ok"] and "choose delivery upload" in report["failed"][0]["message"]


def test_a_file_that_nobody_noted_a_hash_of_is_proven_to_no_grade(two):
    archive = next(key for key in two.keys("/a/") if key.endswith(".snapshot"))
    client, path = two.s3.client(), two.directory / "a.snapshot"
    data = client.get_object(Bucket=two.s3.bucket, Key=f"{two.prefix}/{archive}")["Body"].read()
    path.write_bytes(data)
    report = two.run("restore", src=str(path), collections=["a"], bucket=None)
    assert report["ok"] and report["collections"][0]["grade"] == 0
    assert report["collections"][0]["compared"] == {"hash": False, "count": False, "points": 0, "queries": 0}
    two.drop("a")
    noted = hashlib.sha256(data).hexdigest()
    report = two.run("restore", src=str(path), collections=["a"], bucket=None, checksum=noted)
    assert report["ok"] and report["collections"][0]["grade"] == 1


def test_writers_that_were_accepted_do_not_make_a_good_restore_bad(two):
    """Nor does what they wrote become the count of the archive."""
    two.fill("a", 40)
    stop, number = threading.Event(), itertools.count(9001)

    def write():
        while not stop.is_set():
            two.fill("a", 1, first=next(number))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        report = two.run("restore", collections=["a"], mode="replace", accept_write_loss=True)
    finally:
        stop.set()
        writer.join()
    assert report["ok"] and report["collections"][0]["grade"] == 1 and not report["collections"][0]["proven"]
    assert report["collections"][0]["compared"] == {"hash": True, "count": False, "points": 0, "queries": 0}
    assert any("is being written to: of what came back" in text for text in report["warnings"])
    assert Host(str(two.directory / "state"), two.node.url).intents() == []
    again = two.run("restore", collections=["a"], mode="replace")
    assert again["ok"] and again["collections"][0]["grade"] == 3
