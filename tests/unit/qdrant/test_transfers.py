# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recover, upload, download."""

from __future__ import annotations

import email.parser
import email.policy
import os
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.progress import Event
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import Node, QdrantError, Scope
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.multipart import FileBody
from ansible_collections.vectorops.qdrant.tests.unit.qdrant.stub import Call, Stub

C = Scope.collection("c")
RECOVER = "/collections/c/snapshots/recover"
UPLOAD = "/collections/c/snapshots/upload"
FILE = "/collections/c/snapshots/x.snapshot"
SHA = "ab" * 32


def test_recover_sends_priority_and_checksum_and_wants_true(stub: Stub, node: Node) -> None:
    stub.on[f"PUT {RECOVER}"] = lambda call: call.result(True)
    node.recover(C, "file:///s/c/x.snapshot", checksum=SHA)
    sent = stub.seen[0]
    assert sent.json == {"location": "file:///s/c/x.snapshot", "priority": "snapshot", "checksum": SHA}
    assert sent.query == "wait=true"
    node.recover(C, "http://other/x", checksum=None, priority="no_sync", api_key="made-up-other-key-987")
    assert stub.seen[1].json == {
        "location": "http://other/x",
        "priority": "no_sync",
        "api_key": "made-up-other-key-987",
    }


@pytest.mark.parametrize(
    ("fault", "answered"),
    [
        (lambda call: call.error(500, "Service internal error: failed to unpack"), True),
        (lambda call: call.result(False), True),
        (lambda call: call.answer(202, b'{"status":"accepted","time":0.1}', "application/json"), True),
        (lambda call: call.answer(504, b"<html>Gateway Time-out</html>", "text/html"), False),
        (Call.drop, False),
    ],
)
def test_recover_fails_on_everything_else_and_is_sent_once(stub: Stub, node: Node, fault: Any, answered: bool) -> None:
    stub.on[f"PUT {RECOVER}"] = fault
    with pytest.raises(QdrantError) as caught:
        node.recover(C, "http://s3/b/k?X-Amz-Signature=feedface01", checksum=SHA)
    assert caught.value.answered is answered
    assert len(stub.calls) == 1  # neither sent again nor judged by looking
    assert "feedface" not in str(caught.value.as_dict())


def test_a_full_snapshot_is_not_recovered(stub: Stub, node: Node) -> None:
    with pytest.raises(UsageError):
        node.recover(Scope.full(), "file:///x", checksum=None)
    assert not stub.calls


def form_of(call: Call) -> Any:
    head = f"Content-Type: {call.headers['content-type']}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + call.body)
    (part,) = message.iter_parts()
    return part


def test_upload_sends_the_file_as_a_form(stub: Stub, node: Node, tmp_path: Path) -> None:
    data = os.urandom(2_500_000)
    (tmp_path / "mine.snapshot").write_bytes(data)
    stub.on[f"POST {UPLOAD}"] = lambda call: call.result(True)
    events: list[Event] = []
    node.upload(C, str(tmp_path / "mine.snapshot"), checksum=SHA, progress=events.append)
    call = stub.seen[0]
    part = form_of(call)
    assert part.get_payload(decode=True) == data
    assert part["content-disposition"].params == {"name": "snapshot", "filename": "mine.snapshot"}
    assert sorted(call.query.split("&")) == [f"checksum={SHA}", "priority=snapshot", "wait=true"]
    assert "transfer-encoding" not in call.headers
    assert [event.done for event in events] == [1 << 20, 2 << 20, 2_500_000]
    assert {event.total for event in events} == {2_500_000}


def test_an_empty_file_and_another_name(stub: Stub, node: Node, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    stub.on[f"POST {UPLOAD}"] = lambda call: call.result(True)
    node.upload(C, str(tmp_path / "x"), checksum=None, filename="a.snapshot")
    assert form_of(stub.seen[0])["content-disposition"].params["filename"] == "a.snapshot"
    assert form_of(stub.seen[0]).get_payload(decode=True) == b""


def test_only_a_shards_upload_may_answer_null(stub: Stub, node: Node, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    stub.on["POST /collections/c/shards/2/snapshots/upload"] = lambda call: call.result(None)
    stub.on[f"POST {UPLOAD}"] = lambda call: call.result(None)
    node.upload(Scope.shard("c", 2), str(tmp_path / "x"), checksum=None)
    with pytest.raises(QdrantError) as caught:
        node.upload(C, str(tmp_path / "x"), checksum=None)
    assert caught.value.kind == "protocol"


def test_a_file_that_cannot_be_read_is_not_the_nodes_fault(stub: Stub, node: Node, tmp_path: Path) -> None:
    with pytest.raises(EngineError) as caught:
        node.upload(C, str(tmp_path / "none"), checksum=None)
    assert not isinstance(caught.value, QdrantError)
    with pytest.raises(EngineError):
        node.upload(C, str(tmp_path), checksum=None)
    assert not stub.calls


def test_a_file_that_shrinks_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x" * 100)
    with open(tmp_path / "x", "rb") as stream:
        body = FileBody(stream, "x")
        os.truncate(tmp_path / "x", 10)
        with pytest.raises(EngineError, match="truncated"):
            list(body)


def test_the_body_is_as_long_as_it_says_and_memory_stays_flat(tmp_path: Path) -> None:
    with open(tmp_path / "x", "wb") as stream:
        stream.truncate(64 << 20)
    tracemalloc.start()
    with open(tmp_path / "x", "rb") as stream:
        body = FileBody(stream, 'a"b\r\nc\\.snapshot')
        assert sum(len(chunk) for chunk in body) == len(body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_download_reads_everything_and_knows_the_size(stub: Stub, node: Node) -> None:
    data = os.urandom(2_500_000)
    stub.on[f"GET {FILE}"] = lambda call: call.answer(200, data, "application/octet-stream")
    with node.download_snapshot(C, "x.snapshot") as download:
        assert download.size == len(data)
        assert download.read(10) + download.read() == data
        assert download.read(10) == b""
    with node.download_snapshot(C, "x.snapshot") as download:
        assert [len(chunk) for chunk in download] == [1 << 20, 1 << 20, 2_500_000 - (2 << 20)]


def test_a_short_download_is_not_taken_for_whole(stub: Stub, node: Node) -> None:
    stub.on[f"GET {FILE}"] = lambda call: (
        call.answer(200, b"x" * 1000, "application/octet-stream", length="5000"),
        call.drop(),
    )
    with pytest.raises(QdrantError) as caught, node.download_snapshot(C, "x.snapshot") as download:
        download.read()
    assert caught.value.kind == "no_answer"


def test_a_download_that_stops_meets_the_time_out(stub: Stub, node: Node) -> None:
    def stall(call: Call) -> None:
        call.answer(200, b"x" * 1000, "application/octet-stream", length="5000")
        call._handler.wfile.flush()
        time.sleep(4)

    stub.on[f"GET {FILE}"] = stall
    with pytest.raises(QdrantError, match="within 2 seconds") as caught, node.download_snapshot(C, "x.snapshot") as it:
        it.read()
    assert caught.value.kind == "no_answer"


def test_a_compressed_download_is_refused(stub: Stub, node: Node) -> None:
    stub.on[f"GET {FILE}"] = lambda call: call.answer(200, b"x", "application/octet-stream", content_encoding="br")
    with pytest.raises(QdrantError, match="compressed") as caught:
        node.download_snapshot(C, "x.snapshot")
    assert caught.value.kind == "protocol"


def test_errors_of_downloads_are_plain_text(stub: Stub, node: Node) -> None:
    stub.on[f"GET {FILE}"] = lambda call: call.answer(404, b"Not found: Snapshot x.snapshot not found", "text/plain")
    with pytest.raises(QdrantError, match=r"Snapshot x\.snapshot not found") as caught:
        node.download_snapshot(C, "x.snapshot")
    assert caught.value.kind == "not_found"


def test_a_stream_without_a_length_has_no_size(stub: Stub, node: Node) -> None:
    def stream(call: Call) -> None:
        handler = call._handler
        handler.send_response_only(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")

    stub.on[f"GET {FILE}"] = stream
    with node.download_snapshot(C, "x.snapshot") as download:
        assert download.size is None
        assert download.read(2) + download.read() == b"abcde"
