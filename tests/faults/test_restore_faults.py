# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores hit in the middle: nothing is judged by looking, nothing of ours is left, the next run brings it back."""

from __future__ import annotations

import contextlib
import json
import threading
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import (
    EngineError,
    LockedError,
    RefusedError,
)
from ansible_collections.vectorops.qdrant.tests.support.marks import needs_hooks, needs_own_server
from ansible_collections.vectorops.qdrant.tests.support.proxy import FaultProxy
from ansible_collections.vectorops.qdrant.tests.support.qdrant import start_qdrant
from ansible_collections.vectorops.qdrant.tests.support.restore_runs import OUR_LOOK, intents, killed_at
from ansible_collections.vectorops.qdrant.tests.support.rig import Rig

pytestmark = pytest.mark.faults


@pytest.fixture
def own(s3_server, tmp_path, request):
    """A node of this test alone, which it may kill."""
    with start_qdrant(str(tmp_path / "node")) as node:
        yield Rig(node, s3_server, tmp_path, request.node.name.replace("[", "-").replace("]", ""))


def through(rig, proxy, **changes):
    """Options that reach the store through a proxy; for Qdrant as well, because URLs are presigned for it."""
    return {"endpoint_url": proxy.url, "s3_timeout": 5, "silence_timeout": 3, **changes}


def test_while_an_intent_is_open_backups_are_suspect(rig):
    rig.fill()
    rig.run("back_up", backup_id="20260101T000000Z")
    killed_at(rig, "prove", mode="replace")
    report = rig.run("back_up", backup_id="20260102T000000Z")
    assert "may be mixed" in json.dumps(report["collections"][0]["suspect"])
    warned = rig.run("restore", mode="replace", backup_id="20260101T000000Z")
    assert warned["ok"] and intents(rig) == []
    assert rig.run("back_up", backup_id="20260103T000000Z")["collections"][0]["suspect"] is None


def test_a_collection_that_was_made_anew_is_settled_by_hand(rig):
    """A restore into a free name was killed, and nobody wants it any more: the application began again."""
    rig.fill()
    rig.run("back_up", backup_id="20260101T000000Z")
    rig.drop()
    killed_at(rig, "recover")
    with contextlib.suppress(OSError):
        rig.drop()
    rig.fill(first=5001, count=30)
    doubted = rig.run("back_up", backup_id="20260102T000000Z", accept_shrink=True)
    # The command is right as long as the note is there; the manifest stays, and has none.
    assert "qdrant-backup settle articles" in " ".join(doubted["warnings"])
    suspect = doubted["collections"][0]["suspect"]
    assert "did not end" in suspect and "qdrant-backup" not in suspect
    planned = rig.run("settle", collections=["articles"], check=True)
    assert planned["changed"] and len(intents(rig)) == 1
    report = rig.run("settle", collections=["articles", "notes"])
    assert report["changed"] and [(one["collection"], one["points"]) for one in report["settled"]] == [("articles", 30)]
    assert report["not_open"] == ["notes"] and report["open"] == [] and intents(rig) == []
    assert not rig.run("settle", collections=["articles"])["changed"]
    assert rig.run("status")["intents"] == []
    good = rig.run("back_up", backup_id="20260103T000000Z", accept_shrink=True)["collections"][0]
    assert good["suspect"] is None
    assert rig.run("restore", name="copy")["ok"] and rig.count("copy") == 30


@pytest.mark.parametrize(
    "fault", ["503 once", "503 twice", "cut once", "cut answer", "forbidden at first", "gone for good"]
)
def test_what_the_store_does_to_the_node(rig, fault):
    """The node makes one GET and never repeats it: we do, or fall to the next delivery, and say why."""
    rig.fill(count=2000)
    rig.run("back_up")
    rig.drop()
    get = r"^GET .*/archives/.*X-Amz-Signature"
    with FaultProxy(rig.s3.port) as proxy:
        if fault.startswith("503"):
            made = proxy.answer(503, times=1 if fault == "503 once" else 2, match=get)
        elif fault == "cut once":
            made = proxy.cut(50_000, times=1, match=get, direction="down")
        elif fault == "cut answer":
            made = proxy.lose_answer(times=1, match=get)
        elif fault == "forbidden at first":
            made = proxy.answer(403, times=1, match=get)
        else:
            made = proxy.answer(500, match=get)
        made.spare = OUR_LOOK
        report = rig.run("restore", **through(rig, proxy))
    (item,) = report["collections"]
    expected = {"503 twice": 2, "gone for good": 3}.get(fault, 1)
    assert report["ok"] and item["proven"] and len(item["tried"]) == expected
    assert item["delivery"] == ("upload" if fault in ("gone for good", "forbidden at first") else "url")
    assert rig.collections() == ["articles"] and rig.count() == 2000
    assert "X-Amz" not in json.dumps(report)


def test_a_flipped_byte_on_the_way_is_seen_by_the_node(rig):
    rig.fill(count=2000)
    rig.run("back_up")
    rig.drop()
    with FaultProxy(rig.s3.port) as proxy:
        proxy.flip(60_000, match=r"^GET .*/archives/", direction="down")
        report = rig.run("restore", **through(rig, proxy))
    assert not report["ok"] and rig.collections() == [] and intents(rig) == []


def test_what_was_damaged_on_the_way_is_not_the_archives_fault(rig):
    rig.fill(count=2000)
    rig.run("back_up")
    rig.drop()
    with FaultProxy(rig.s3.port) as proxy:
        proxy.flip(60_000, times=1, match=r"^GET .*/archives/.*X-Amz-Signature", direction="down")
        report = rig.run("restore", **through(rig, proxy))
    if not report["ok"]:  # a flipped byte may also end in an error that is tried again
        assert "damaged on the way" in report["failed"][0]["next"]
    assert rig.run("list_backups")["backups"][0]["collections"][0]["proof_failed"] is None
    assert rig.run("restore", mode="replace")["ok"]


def test_a_store_that_accepts_and_never_answers(rig):
    """Found out before the node is asked: Qdrant itself would wait for longer than anybody."""
    rig.fill()
    rig.run("back_up")
    rig.drop()
    with FaultProxy(rig.s3.port) as proxy:
        proxy.silence(match=r"^GET .*/archives/.*X-Amz-Signature")
        began = time.monotonic()
        report = rig.run("restore", delivery="url", **through(rig, proxy))
        assert not report["ok"] and time.monotonic() - began < 10
    (failed,) = report["failed"]
    assert "sent nothing for 3 seconds" in failed["message"] and "X-Amz" not in json.dumps(report)
    assert rig.run("restore")["ok"] and rig.count() == 200 and intents(rig) == []


def test_a_store_that_answers_us_and_never_the_node(rig):
    """Our deadline ends it, with one sentence; the node may still wait, and says so."""
    rig.fill()
    rig.run("back_up")
    rig.drop()
    with FaultProxy(rig.s3.port) as proxy:
        proxy.silence(match=r"^GET .*/archives/.*X-Amz-Signature").spare = OUR_LOOK
        began = time.monotonic()
        report = rig.run("restore", delivery="url", **through(rig, proxy))
        assert not report["ok"] and time.monotonic() - began < 60
        proxy.clear()
    assert "X-Amz" not in json.dumps(report) and "restart it" in report["failed"][0]["next"]
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:  # the node's own recover ends when the proxy is gone
        try:
            again = rig.run("restore")
            break
        except RefusedError as error:
            assert "recover" in str(error)
            time.sleep(0.5)
    assert again["ok"] and rig.count() == 200 and intents(rig) == []


@pytest.mark.parametrize("delivery", ["url", "upload"])
def test_a_slow_store_that_moves_is_not_given_up(rig, delivery):
    """It takes several times as long as silence may last."""
    rig.fill(count=3000)
    size = rig.run("back_up")["collections"][0]["archive_bytes"]
    rig.drop()
    with FaultProxy(rig.s3.port) as proxy:
        proxy.slow(rate=size / 10, match=r"^GET .*/archives/", direction="down")
        began = time.monotonic()
        options = through(rig, proxy, silence_timeout=3, snapshots_dir=rig.node.snapshots_dir)
        report = rig.run("restore", delivery=delivery, **options)
        assert time.monotonic() - began > 7
    assert report["ok"], report["failed"]
    assert report["collections"][0]["tried"] == [] and rig.count() == 3000


def test_a_node_that_takes_no_more_of_an_upload_is_given_up(rig):
    rig.fill(count=3000)
    rig.run("back_up")
    rig.drop()
    with FaultProxy(int(rig.node.url.rpartition(":")[2])) as proxy:
        proxy.silence(after=100_000, match="^POST .*/snapshots/upload", direction="up")
        began = time.monotonic()
        report = rig.run("restore", delivery="upload", url=proxy.url, silence_timeout=1)
        assert time.monotonic() - began < 30
    said = json.dumps(report["failed"])  # what fits into the buffers on the way counts as sent
    assert not report["ok"] and ("nothing has arrived for 1 s" in said or "has not ended after" in said)
    assert rig.run("restore")["ok"] and rig.count() == 3000


def test_a_replacement_that_never_asked_the_node_leaves_no_doubt(rig):
    rig.fill()
    rig.run("back_up")
    rig.fill(first=1001, count=10)
    blocked = rig.directory / "file"
    blocked.write_text("x")
    report = rig.run("restore", mode="replace", delivery="upload", spool_dir=str(blocked / "spool"))
    assert not report["ok"] and "is as it was" in report["failed"][0]["next"]
    assert rig.count() == 210 and intents(rig) == []


@pytest.mark.parametrize("fault", ["refused", "flipped"])
def test_a_replacement_that_the_node_refused_beforehand_leaves_no_doubt(rig, fault):
    """The store's 403, or bytes that are not the backup's: the node says so before it changes anything."""
    rig.fill()
    rig.run("back_up")
    rig.fill(first=1001, count=10)
    before = rig.contents()
    get = r"^GET .*/archives/.*X-Amz-Signature"
    with FaultProxy(rig.s3.port) as proxy:
        if fault == "refused":
            proxy.answer(403, match=get).spare = OUR_LOOK
        else:
            proxy.flip(60_000, match=get, direction="down").spare = OUR_LOOK
        report = rig.run("restore", mode="replace", delivery="url", **through(rig, proxy))
    assert not report["ok"] and "is as it was" in report["failed"][0]["next"]
    assert rig.contents() == before and intents(rig) == []
    assert rig.run("back_up", backup_id="20991231T000000Z")["collections"][0]["suspect"] is None


GET = r"^GET .*/archives/.*X-Amz-Signature"


def doubtful(rig, proxy, **options):
    """A replacement whose first answer leaves a doubt, and whose second says that nothing was done."""
    proxy.cut(50_000, times=1, match=GET, direction="down").spare = OUR_LOOK
    proxy.answer(403, match=GET).spare = OUR_LOOK
    return rig.run("restore", mode="replace", delivery="url", **through(rig, proxy, **options))


def test_one_answer_in_doubt_keeps_the_doubt_until_the_state_before_is_back(rig):
    """Cut off at first, refused afterwards: the first may have changed something."""
    rig.fill(count=2000)
    rig.run("back_up")
    rig.fill(first=5001, count=10)
    before = rig.contents()
    with FaultProxy(rig.s3.port) as proxy:
        report = doubtful(rig, proxy)
    (failed,) = report["failed"]
    assert not report["ok"] and report["changed"] and failed["standing"] == "cleared"
    assert f"safety snapshot {failed['safety_snapshot']} was recovered" in failed["next"]
    assert rig.contents() == before and intents(rig) == []
    assert rig.run("back_up", backup_id="20991231T000000Z")["collections"][0]["suspect"] is None


def test_where_the_state_before_cannot_be_had_either_the_doubt_stays(rig):
    """Also when the next replacement is refused before the node is asked."""
    rig.fill(count=2000)
    backup_id = rig.run("back_up")["backup_id"]
    blocked = rig.directory / "file"
    blocked.write_text("x")
    with FaultProxy(rig.s3.port) as proxy, FaultProxy(int(rig.node.url.rpartition(":")[2])) as between:
        between.answer(500, match=r"^GET /collections/articles/snapshots/articles-")  # the node reads from itself
        (failed,) = doubtful(rig, proxy, url=between.url)["failed"]
        assert failed["standing"] == "in doubt" and "may be mixed" in failed["next"]
        assert [one["delivery"] for one in failed["tried"]][-1] == "safety snapshot"
        (note,) = intents(rig, between.url)
        assert note.safety_snapshot == failed["safety_snapshot"]
        again = f"restore --backup-id {backup_id} --mode replace articles"
        back = f"restore --snapshot {failed['safety_snapshot']} --mode replace articles"
        assert again in failed["next"] and back in failed["next"]
        (again,) = rig.run(
            "restore", mode="replace", delivery="upload", spool_dir=str(blocked / "spool"), url=between.url
        )["failed"]
        assert again["standing"] == "in doubt" and again["safety_snapshot"] == note.safety_snapshot
        assert len(intents(rig, between.url)) == 1


def test_a_replacement_that_ends_whole_and_wrong_rolls_nothing_back(rig):
    """Both stay, and the two commands are told: to keep it, and to go back."""
    rig.fill()
    rig.run("back_up")
    rig.fill(first=1001, count=10)
    before = rig.contents()
    writes = []

    def write(event):
        if event.step == "prove" and not writes:
            writes.append(rig.fill(first=9001, count=5))

    report = rig.run("restore", mode="replace", progress=write)
    (failed,) = report["failed"]
    assert not report["ok"] and report["collections"] == [] and failed["standing"] == "unproven"
    kept = failed["safety_snapshot"]
    assert rig.count() == 205 and failed["proof"]["failures"] and failed["done"][-1] == "wait until ready"
    assert "qdrant-backup settle articles" in failed["next"]
    assert f"qdrant-backup restore --snapshot {kept} --mode replace articles" in failed["next"]
    (note,) = intents(rig)
    assert "not what was backed up" in note.warning() and "may be mixed" not in note.warning()
    assert rig.run("status")["problems"][0]["next"] == note.choices()
    assert rig.run("settle", collections=["articles"])["changed"] and intents(rig) == []
    assert rig.run("restore", mode="replace", snapshot=kept, collections=["articles"])["ok"]
    assert rig.contents() == before


def test_an_alias_that_cannot_be_set_is_a_failure_of_its_own(rig):
    rig.fill()
    rig.run("back_up")
    rig.drop()
    before = rig.run("list_backups")["backups"][0]["grade"]
    with FaultProxy(int(rig.node.url.rpartition(":")[2])) as proxy:
        proxy.answer(500, match="^POST /collections/aliases")
        report = rig.run("restore", alias="live", url=proxy.url)
        (item,), (failed,) = report["collections"], report["failed"]
        assert not report["ok"] and item["proven"] and item["proof_key"] and item["aliases"] == []
        assert failed["alias"] == "live" and failed["standing"] == "proven" and "restored and proven" in failed["next"]
        assert "curl -X POST" in failed["command"] and failed["command"] in failed["next"]
        assert before == 0 and rig.run("list_backups")["backups"][0]["grade"] == 3
        assert intents(rig, proxy.url) == [] and rig.run("status", url=proxy.url)["intents"] == []
        proxy.clear()
        again = rig.run("restore", alias="live", url=proxy.url)
    assert again["ok"] and again["collections"][0]["aliases"] == ["live"] and rig.count("live") == 200


def test_an_alias_is_not_finished_on_a_collection_that_was_changed_since(rig):
    rig.fill()
    rig.run("back_up")
    rig.drop()
    with FaultProxy(int(rig.node.url.rpartition(":")[2])) as proxy:
        proxy.answer(500, match="^POST /collections/aliases")
        rig.run("restore", alias="live", url=proxy.url)
        proxy.clear()
        rig.fill(first=9001, count=5)
        (failed,) = rig.run("restore", alias="live", url=proxy.url)["failed"]
    assert failed["standing"] == "unproven" and "was changed since" in failed["next"]
    assert rig.node.call("GET", "/aliases")["result"]["aliases"] == [] and rig.count() == 205


def test_a_connection_lost_during_the_safety_snapshot_is_told_as_such(rig):
    rig.fill()
    rig.run("back_up")
    with FaultProxy(int(rig.node.url.rpartition(":")[2])) as proxy:
        proxy.answer(500, match="^POST /collections/articles/snapshots")
        (failed,) = rig.run("restore", mode="replace", url=proxy.url)["failed"]
    assert "safety snapshot" in failed["message"] and "was not touched" in failed["next"]
    assert "room" not in failed["next"] and failed["standing"] == "untouched"
    assert intents(rig, proxy.url) == [] and rig.count() == 200


def test_a_connection_lost_while_an_archive_behind_a_url_is_read_changes_nothing(rig):
    rig.fill()
    made = rig.node.call("POST", "/collections/articles/snapshots?wait=true")["result"]["name"]
    with FaultProxy(int(rig.node.url.rpartition(":")[2])) as proxy:
        url = f"{proxy.url}/collections/articles/snapshots/{made}"
        proxy.cut(20_000, match="^GET .*/snapshots/", direction="down")
        with pytest.raises(EngineError) as caught:
            rig.run("restore", snapshot_url=url, name="again")
        error = caught.value
        assert url in error.on and "sha256" in error.next and "Traceback" not in str(error)
        assert rig.collections() == ["articles"] and intents(rig) == []
        proxy.clear()
        assert rig.run("restore", snapshot_url=url, name="again")["ok"] and rig.count("again") == 200


def test_several_fail_as_one_those_under_way_end_and_no_other_is_begun(rig):
    names = [f"c{number}" for number in range(6)]
    for name in names:
        rig.fill(name, 20)
    rig.run("back_up")
    for name in names:
        rig.drop(name)
    rig.damage(next(key for key in rig.keys("/c1/") if key.endswith(".snapshot")))
    report = rig.run("restore", parallel=2)
    back, failed = [item["name"] for item in report["collections"]], [item["name"] for item in report["failed"]]
    assert not report["ok"] and failed == ["c1"] and report["not_done"] and "c0" in back
    assert sorted([*back, *failed, *report["not_done"]]) == names and rig.collections() == sorted(back)
    again = rig.run("list_backups")["backups"][0]["collections"]
    assert [item["name"] for item in again if item["grade"] == 3] == back, "what was proven is recorded"


def test_one_proof_document_for_a_run(rig):
    names = [f"c{number}" for number in range(7)]
    for name in names:
        rig.fill(name, 20)
    rig.run("back_up")
    for name in names:
        rig.drop(name)
    report = rig.run("restore")
    assert report["ok"] and [item["name"] for item in report["collections"]] == names
    assert len({item["proof_key"] for item in report["collections"]}) == len(rig.keys("/proofs/")) == 1
    assert all(item["grade"] == 3 for item in rig.run("list_backups")["backups"][0]["collections"])


def test_two_restores_at_once(rig):
    rig.fill()
    rig.run("back_up")
    rig.drop()
    entered, go_on, errors = threading.Event(), threading.Event(), []

    def hold(event):
        if event.step == "recover":
            entered.set()
            assert go_on.wait(30)

    first = threading.Thread(target=lambda: errors.append(rig.run("restore", progress=hold)))
    first.start()
    try:
        assert entered.wait(30)
        with pytest.raises(LockedError, match="restore"):
            rig.run("restore", name="other", collections=["articles"])
        with pytest.raises(LockedError):
            rig.run("back_up")
        with pytest.raises(LockedError):  # from another host, where the host's lock says nothing
            rig.run("restore", state_dir=str(rig.directory / "elsewhere"), name="other", collections=["articles"])
    finally:
        go_on.set()
        first.join()
    assert errors[0]["ok"] and rig.collections() == ["articles"]


@needs_own_server
def test_the_node_dies_while_it_recovers_a_free_name(own):
    own.fill(count=2000)
    own.run("back_up")
    own.drop()

    def kill_and_start(event):
        if event.step == "recover" and not killed:
            killed.append(threading.Timer(0.05, again))
            killed[0].start()

    def again():
        own.node.kill()
        own.node.start_again()

    killed = []
    report = own.run("restore", progress=kill_and_start, silence_timeout=30)
    killed[0].join()
    if not report["ok"]:
        report = own.run("restore")
    assert report["ok"] and own.count() == 2000 and intents(own) == []


@needs_hooks
@pytest.mark.parametrize("step", ["recover:between-shards", "recover:swap-shard-1:inside"])
def test_the_node_dies_between_and_inside_shard_swaps(own, step):
    """The worst case: green, the right count, and a mixture. Nobody looks; it is recovered again whole."""
    own.fill(count=500, config={"shard_number": 3})
    before = own.contents()
    own.run("back_up")
    changed = [{"id": n, "vector": [1.0] * 8, "payload": {"topic": "changed"}} for n in range(1, 501)]
    own.node.call("PUT", "/collections/articles/points?wait=true", {"points": changed})
    own.node.faults([{"kill_at": step, "times": 1}])
    revived = threading.Thread(target=lambda: (own.node.wait_dead(), own.node.start_again()))
    revived.start()
    report = own.run("restore", mode="replace", silence_timeout=30)
    revived.join()
    if not report["ok"]:
        assert [intent.collection for intent in intents(own)] == ["articles"]
        assert "may be mixed" in report["failed"][0]["next"]
        report = own.run("restore", mode="replace")
    assert report["ok"] and own.contents() == before and intents(own) == []


@needs_hooks
def test_the_node_dies_and_stays_dead(own):
    own.fill(count=300, config={"shard_number": 3})
    before = own.contents()
    own.run("back_up")
    own.fill(count=300, first=1001)
    own.node.faults([{"kill_at": "recover:between-shards", "times": 1}])
    report = own.run("restore", mode="replace", silence_timeout=2)
    assert not report["ok"] and [intent.mode for intent in intents(own)] == ["replace"]
    own.node.wait_dead()
    own.node.start_again()
    assert "may be mixed" in json.dumps(own.run("back_up")["collections"][0]["suspect"])
    backup = own.run("list_backups")["backups"][-1]["backup_id"]
    again = own.run("restore", mode="replace", backup_id=backup)
    assert again["ok"] and own.contents() == before and intents(own) == []


@needs_hooks
def test_a_full_disk_leaves_no_empty_green_collection(own):
    own.fill()
    own.run("back_up")
    own.drop()
    own.node.faults([{"at": "recover:created", "enospc": True}])
    report = own.run("restore")
    assert not report["ok"] and own.collections() == [] and intents(own) == []
    assert "No space left" in report["failed"][0]["message"]
    own.node.faults([])
    assert own.run("restore")["ok"] and own.count() == 200
