# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readiness, gauges, waiting for recovers."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant import server
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import Node, NodeOptions, QdrantError
from ansible_collections.vectorops.qdrant.tests.unit.qdrant.stub import Call, Stub, then


def about(version: str):
    body = f'{{"title":"qdrant - vector search engine","version":"{version}"}}'.encode()
    return lambda call: call.answer(200, body, "application/json")


def gauges(**running: int):
    lines = ["# TYPE snapshot_recovery_running gauge"]
    lines += [f'snapshot_recovery_running{{id="{name}"}} {value}' for name, value in running.items()]
    return lambda call: call.answer(200, "\n".join(lines).encode(), "text/plain")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_POLL", 0.02)


def test_since_when_the_server_runs(stub: Stub, node: Node) -> None:
    def telemetry(result: str, status: int = 200) -> Any:
        return lambda call: call.answer(status, f'{{"result":{result},"status":"ok"}}'.encode(), "application/json")

    stub.on["GET /telemetry"] = then(
        telemetry('{"app":{"name":"qdrant","startup":"2026-11-22T19:00:00.25Z"}}'),
        telemetry('{"app":{"name":"qdrant"}}'),
        telemetry('{"app":{"name":"qdrant","startup":"today"}}'),
        telemetry("null", 403),
    )
    assert str(node.running_since()) == "2026-11-22 19:00:00+00:00"
    assert [node.running_since() for dummy in range(3)] == [None, None, None]


def test_ready(stub: Stub, node: Node) -> None:
    stub.on["GET /readyz"] = then(
        lambda call: call.answer(200, b"all shards are ready", "text/plain"),
        lambda call: call.answer(503, b"some shards are not ready", "text/plain"),
        Call.drop,
    )
    assert [node.ready(), node.ready(), node.ready()] == [True, False, False]
    assert not Node(NodeOptions(url="http://127.0.0.1:1")).ready()
    stub.on["GET /readyz"] = lambda call: call.answer(404, b"<html>", "text/html")
    with pytest.raises(QdrantError):
        node.ready()


def test_gauges_of_one_and_of_all(stub: Stub, node: Node) -> None:
    stub.on["GET /metrics"] = gauges(a=1, b=2)
    assert (node.recoveries_running("a"), node.recoveries_running("none"), node.recoveries_running()) == (1, 0, 3)


@pytest.mark.parametrize(("version", "running"), [("1.18.3", 0), ("1.16.0", 0), ("1.15.5", None)])
def test_an_absent_gauge_means_none_running_only_where_there_is_one(
    stub: Stub, node: Node, version: str, running: Any
) -> None:
    stub.on["GET /"] = about(version)
    stub.on["GET /metrics"] = lambda call: call.answer(200, b"collections_total 0\n", "text/plain")
    assert node.recoveries_running() == running
    assert node.snapshots_running() == running


@pytest.mark.parametrize("status", [401, 403, 404])
def test_gauges_that_may_not_be_read_are_not_known(stub: Stub, node: Node, status: int) -> None:
    stub.on["GET /metrics"] = lambda call: call.answer(status, b"no", "text/plain")
    assert node.recoveries_running("a") is None
    with pytest.raises(QdrantError, match="does not report recovers"):
        node.wait_recovered("a", 5)


def test_it_waits_until_the_recover_is_over_and_stays_over(stub: Stub, node: Node) -> None:
    stub.on["GET /metrics"] = then(
        gauges(a=1), gauges(a=0), gauges(a=1), Call.drop, Call.drop, Call.drop, gauges(a=0, b=1)
    )
    start = time.monotonic()
    node.wait_recovered("a", 20, settle=0.3)
    assert 0.3 < time.monotonic() - start < 18
    assert len(stub.calls) >= 8


def test_it_gives_up_at_the_deadline(stub: Stub, node: Node) -> None:
    stub.on["GET /metrics"] = gauges(a=1)
    with pytest.raises(QdrantError, match="still running") as caught:
        node.wait_recovered("a", 0.3)
    assert caught.value.kind == "no_answer"


@pytest.mark.parametrize(
    ("answer", "silent"),
    [
        ({"cluster": {"peers": {"11": {"responsive": True}, "22": {"responsive": False}}}}, {22}),
        ({"cluster": {"peers": {"11": {"responsive": True}}}}, set()),
        ({"collections": {}}, None),
        ({"cluster": None}, None),
        ({"cluster": {"peers": {"x": {"responsive": False}}}}, None),
        ([], None),
        (404, None),
        (403, None),
        (500, None),
        ("drop", None),
    ],
)
def test_peers_that_do_not_answer(stub: Stub, node: Node, answer: Any, silent: set[int] | None) -> None:
    def reply(call: Call) -> None:
        assert "details_level=2" in call.query and "timeout=5" in call.query
        if answer == "drop":
            call.drop()
        elif isinstance(answer, int):
            call.error(answer, "no")
        else:
            call.result(answer)

    stub.on["GET /cluster/telemetry"] = reply
    assert node.silent_peers() == silent
