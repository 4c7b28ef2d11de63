# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores hit in the middle: nothing is judged by looking, nothing of ours is left, the next run brings it back."""

from __future__ import annotations

import json
import threading
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import (
    LockedError,
    RefusedError,
)
from ansible_collections.vectorops.qdrant.tests.support.marks import needs_hooks, needs_own_server
from ansible_collections.vectorops.qdrant.tests.support.proxy import FaultProxy
from ansible_collections.vectorops.qdrant.tests.support.qdrant import start_qdrant
from ansible_collections.vectorops.qdrant.tests.support.restore_runs import intents, killed_at
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
            proxy.answer(503, times=1 if fault == "503 once" else 2, match=get)
        elif fault == "cut once":
            proxy.cut(50_000, times=1, match=get, direction="down")
        elif fault == "cut answer":
            proxy.lose_answer(times=1, match=get)
        elif fault == "forbidden at first":
            proxy.answer(403, times=1, match=get)
        else:
            proxy.answer(500, match=get)
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


def test_a_store_that_accepts_and_never_answers(rig):
    """Qdrant itself would wait for longer than anybody; our deadline ends it, with one sentence."""
    rig.fill()
    rig.run("back_up")
    rig.drop()
    with FaultProxy(rig.s3.port) as proxy:
        proxy.silence(match=r"^GET .*/archives/.*X-Amz-Signature")
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


def test_a_replacement_that_never_asked_the_node_leaves_no_doubt(rig):
    rig.fill()
    rig.run("back_up")
    rig.fill(first=1001, count=10)
    blocked = rig.directory / "file"
    blocked.write_text("x")
    report = rig.run("restore", mode="replace", delivery="upload", spool_dir=str(blocked / "spool"))
    assert not report["ok"] and "is as it was" in report["failed"][0]["next"]
    assert rig.count() == 210 and intents(rig) == []


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
