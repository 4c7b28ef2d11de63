# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A create is sent once, whatever becomes of its answer."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant import snapshot_watch, snapshots, transport
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import (
    Node,
    NodeOptions,
    QdrantError,
    Scope,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.patience import wait_watched
from ansible_collections.vectorops.qdrant.tests.unit.qdrant.stub import Call, Stub, then

PATH = "/collections/c/snapshots"
C = Scope.collection("c")


def entry(name: str, checksum: str | None = "ab" * 32) -> dict[str, Any]:
    it = {"name": name, "size": 10, "creation_time": "2026-11-22T10:00:00"}
    return it if checksum is None else {**it, "checksum": checksum}


def listing(*names: str):
    return lambda call: call.result([entry(name) for name in names])


def gauge(value: int):
    text = f'# TYPE snapshot_creation_running gauge\nsnapshot_creation_running{{id="c"}} {value}\n'
    return lambda call: call.answer(200, text.encode(), "text/plain")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "_POLL", 0.02)
    monkeypatch.setattr(snapshots, "_PATIENCE", {"collection": 0.3, "full": 0.3, "shard": 0.3})


def test_create_answers_at_once(stub: Stub, node: Node) -> None:
    stub.on[f"GET {PATH}"] = listing()
    stub.on[f"POST {PATH}"] = lambda call: call.result(entry("new"))
    assert node.create_snapshot(C).checksum == "ab" * 32
    assert [call.query for call in stub.seen if call.method == "POST"] == ["wait=true"]


@pytest.mark.parametrize(
    "fault",
    [
        Call.drop,
        lambda call: call.answer(504, b"<html>Gateway Time-out</html>", "text/html"),
        lambda call: (call.answer(200, b'{"resu', "application/json", length="100"), call.drop()),
    ],
)
def test_a_lost_answer_is_looked_for_and_never_asked_for_again(stub: Stub, node: Node, fault: Any) -> None:
    stub.on["GET /metrics"] = then(gauge(1), gauge(1), gauge(0))
    stub.on[f"GET {PATH}"] = then(listing("old"), listing("old"), listing("old"), listing("old", "new"))
    stub.on[f"POST {PATH}"] = fault
    assert node.create_snapshot(C).name == "new"
    assert stub.count("POST", PATH) == 1


def test_it_waits_as_long_as_the_node_works_on_it(stub: Stub, node: Node) -> None:
    start = time.monotonic()

    def metrics(call):
        gauge(int(time.monotonic() < start + 0.9))(call)

    def snapshots(call):
        listing(*["new"][: time.monotonic() > start + 1])(call)

    stub.on["GET /metrics"] = metrics
    stub.on[f"GET {PATH}"] = snapshots
    stub.on[f"POST {PATH}"] = Call.drop
    assert node.create_snapshot(C).name == "new"  # three times the patience
    assert stub.count("POST", PATH) == 1


def test_one_that_took_the_name_of_an_earlier_is_known_by_its_checksum(stub: Stub, node: Node) -> None:
    stub.on["GET /metrics"] = gauge(0)
    stub.on[f"GET {PATH}"] = then(
        listing("same"),
        listing("same"),
        lambda call: call.result([entry("same", None)]),  # its side file is not there yet
        lambda call: call.result([entry("same", "cd" * 32)]),
    )
    stub.on[f"POST {PATH}"] = Call.drop
    assert node.create_snapshot(C).checksum == "cd" * 32


def test_it_gives_up_when_nothing_appears(stub: Stub, node: Node) -> None:
    stub.on["GET /metrics"] = gauge(0)
    stub.on[f"GET {PATH}"] = listing("old")
    stub.on[f"POST {PATH}"] = Call.drop
    with pytest.raises(QdrantError, match="no new snapshot") as caught:
        node.create_snapshot(C)
    assert (caught.value.kind, caught.value.answered, stub.count("POST", PATH)) == ("no_answer", False, 1)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks often, and takes an answer for lost soon."""

    def often(call, alive, **limits):
        return wait_watched(call, alive, **{**limits, "every": 0.05})

    monkeypatch.setattr(transport, "wait_watched", often)
    monkeypatch.setattr(snapshot_watch, "_LATE", 0.2)
    monkeypatch.setattr(snapshot_watch, "_PATIENCE", 0.5)


def never_answered(stub: Stub) -> threading.Event:
    """The create is taken, and its answer does not come on a connection that stays open."""
    over = threading.Event()
    stub.on["GET /livez"] = lambda call: call.answer(200)
    stub.on[f"POST {PATH}"] = lambda call: over.wait(20)
    return over


def unknown(call: Call) -> None:
    call.error(403, "Forbidden: Global access is required")


@pytest.mark.parametrize("metrics", [[gauge(1), gauge(1), gauge(0)], [unknown]], ids=["gauge", "no gauge to be had"])
def test_an_answer_that_never_comes_is_replaced_by_the_snapshot(
    stub: Stub, node: Node, impatient: None, metrics: list[Any]
) -> None:
    over = never_answered(stub)
    stub.on["GET /metrics"] = then(*metrics)
    stub.on[f"GET {PATH}"] = then(listing("old"), listing("old"), listing("old", "new"))
    assert node.create_snapshot(C).name == "new"
    assert stub.count("POST", PATH) == 1
    over.set()


def test_a_snapshot_of_somebody_else_is_not_taken_while_ours_is_at_work(
    stub: Stub, node: Node, impatient: None
) -> None:
    start = time.monotonic()
    over = never_answered(stub)

    def metrics(call: Call) -> None:
        gauge(int(time.monotonic() < start + 0.8))(call)

    stub.on["GET /metrics"] = metrics
    stub.on[f"GET {PATH}"] = then(listing(), listing("theirs"))
    assert node.create_snapshot(C).name == "theirs"
    assert time.monotonic() - start > 0.8
    over.set()


def test_nothing_at_work_and_nothing_made_is_given_up(stub: Stub, node: Node, impatient: None) -> None:
    over = never_answered(stub)
    stub.on["GET /metrics"] = gauge(0)
    stub.on[f"GET {PATH}"] = listing("old")
    with pytest.raises(QdrantError, match="no snapshot is running") as caught:
        node.create_snapshot(C)
    assert (caught.value.kind, stub.count("POST", PATH)) == ("no_answer", 1)
    over.set()


@pytest.mark.parametrize("kind", ["shard", "full"])
def test_where_no_gauge_tells_only_a_new_snapshot_ends_the_wait(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_watch, "_PATIENCE", 0.0)
    watch = snapshot_watch.SnapshotWatch(lambda: None, lambda: 0, kind)
    assert watch() == watch() == ""
    monkeypatch.setattr(snapshot_watch, "_BLIND", 0.0)
    assert watch()
    assert watch.hopeless


def test_a_node_that_restarts_meanwhile_is_waited_for(stub: Stub, node: Node) -> None:
    stub.on["GET /metrics"] = gauge(0)
    stub.on[f"GET {PATH}"] = then(listing("old"), Call.drop, Call.drop, Call.drop, listing("old", "new"))
    stub.on[f"POST {PATH}"] = Call.drop
    assert node.create_snapshot(C).name == "new"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_a_refusal_is_a_refusal(stub: Stub, node: Node, status: int) -> None:
    stub.on[f"GET {PATH}"] = listing()
    stub.on[f"POST {PATH}"] = lambda call: call.error(status, "no")
    with pytest.raises(QdrantError) as caught:
        node.create_snapshot(C)
    assert (caught.value.status, caught.value.answered, len(stub.calls)) == (status, True, 2)


def test_a_missing_checksum_is_looked_for_once(stub: Stub, node: Node) -> None:
    stub.on[f"GET {PATH}"] = then(listing(), listing("new"))
    stub.on[f"POST {PATH}"] = lambda call: call.result(entry("new", None))
    assert node.create_snapshot(C).checksum == "ab" * 32
    stub.on[f"GET {PATH}"] = lambda call: call.result([entry("newer", "")])
    stub.on[f"POST {PATH}"] = lambda call: call.result(entry("newer", "cut"))
    assert node.create_snapshot(C).checksum is None


def test_shards_and_the_whole_node_have_their_own_paths(stub: Stub, node: Node) -> None:
    for path, scope in (("/collections/c/shards/3/snapshots", Scope.shard("c", 3)), ("/snapshots", Scope.full())):
        stub.on[f"GET {path}"] = listing()
        stub.on[f"POST {path}"] = lambda call: call.result(entry("s"))
        assert node.create_snapshot(scope).name == "s"


def test_a_long_create_outlives_the_ordinary_time_out(stub: Stub) -> None:
    node = Node(NodeOptions(url=stub.url, timeout=0.2))
    stub.on[f"GET {PATH}"] = listing()
    stub.on[f"POST {PATH}"] = lambda call: (time.sleep(0.8), call.result(entry("new")))
    assert node.create_snapshot(C).name == "new"


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("Not found: Snapshot x.snapshot not found", True),
        ('Not found: Snapshot "/s/c/shards/0/x.snapshot" not found', True),
        ("Not found: Collection `c` doesn't exist!", False),
        ("Not found: Collection `Snapshot` doesn't exist!", False),
        ("Not found: shard 9 not found", False),
    ],
)
def test_delete_tells_an_absent_snapshot_from_an_absent_collection(
    stub: Stub, node: Node, text: str, absent: bool
) -> None:
    stub.on[f"DELETE {PATH}/x.snapshot"] = lambda call: call.error(404, text)
    if absent:
        assert node.delete_snapshot(C, "x.snapshot") is False
        return
    with pytest.raises(QdrantError) as caught:
        node.delete_snapshot(C, "x.snapshot")
    assert caught.value.kind == "not_found"


def test_delete_succeeds_only_on_true(stub: Stub, node: Node) -> None:
    stub.on[f"DELETE {PATH}/x.snapshot"] = then(lambda call: call.result(True), lambda call: call.result(False))
    assert node.delete_snapshot(C, "x.snapshot") is True
    with pytest.raises(QdrantError):
        node.delete_snapshot(C, "x.snapshot")
