# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A URL is read by us before a node gets it."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant import first_bytes as room
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.first_bytes import first_bytes
from ansible_collections.vectorops.qdrant.tests.unit.qdrant.stub import Call, Stub, then


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_PAUSES", (0.0, 0.0))


def whole(call: Call) -> None:
    call.answer(200, b"x" * 5000, "application/octet-stream")


def busy(call: Call) -> None:
    call.answer(503, b"", "text/plain")


def test_it_measures(stub: Stub) -> None:
    stub.on["GET /a"] = whole
    assert (first_bytes(stub.url + "/a?X-Amz-Signature=secret", 5) or 0) > 1000


def test_a_store_that_is_busy_is_asked_again(stub: Stub) -> None:
    stub.on["GET /a"] = then(busy, Call.drop, whole)
    assert (first_bytes(stub.url + "/a", 5) or 0) > 1000


@pytest.mark.parametrize(("status", "calls"), [(403, 1), (404, 1), (503, 3)])
def test_a_refusal_is_told_without_the_secret(stub: Stub, status: int, calls: int) -> None:
    stub.on["GET /a"] = lambda call: call.answer(status, b"", "text/plain")
    with pytest.raises(EngineError, match=f"HTTP {status}") as caught:
        first_bytes(stub.url + "/a?X-Amz-Signature=secret", 5)
    assert "secret" not in str(caught.value) and len(stub.calls) == calls


def test_a_store_that_accepts_and_never_answers(stub: Stub) -> None:
    over = threading.Event()
    stub.on["GET /a"] = lambda call: over.wait(5)
    with pytest.raises(EngineError, match=r"sent nothing for 0\.3 seconds"):
        first_bytes(stub.url + "/a", 0.3)
    over.set()


def test_where_this_host_cannot_reach_it_nothing_is_known(stub: Stub) -> None:
    assert first_bytes("http://127.0.0.1:1/a", 1) is None
    assert first_bytes(stub.url.replace("http:", "https:") + "/a", 1) is None
