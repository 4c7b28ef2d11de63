# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long calls end with their answer, their deadline, or the node's life."""

from __future__ import annotations

import threading
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant import patience, transport
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import Node, QdrantError, Scope
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.patience import Abandoned, wait_watched
from ansible_collections.vectorops.qdrant.tests.unit.qdrant.stub import Call, Stub


def test_it_returns_and_raises_what_the_call_does() -> None:
    assert wait_watched(lambda: 5, lambda: True, deadline=None, silence=1) == 5
    with pytest.raises(ZeroDivisionError):
        wait_watched(lambda: 1 // 0, lambda: True, deadline=None, silence=1)


def test_silence_is_only_what_no_life_interrupts() -> None:
    hung = threading.Event()
    signs = [True] * 10
    start = time.monotonic()
    with pytest.raises(Abandoned, match="did not answer any request"):
        wait_watched(lambda: hung.wait(9), lambda: bool(signs and signs.pop()), deadline=None, silence=0.3, every=0.05)
    assert time.monotonic() - start > 0.7  # ten signs, then the silence
    hung.set()


def test_the_deadline_holds_however_alive_the_node_is() -> None:
    hung = threading.Event()
    start = time.monotonic()
    with pytest.raises(Abandoned, match=r"0\.3 seconds"):
        wait_watched(lambda: hung.wait(40), lambda: True, deadline=0.3, silence=40, every=5)
    assert time.monotonic() - start < 20
    hung.set()


def test_it_is_given_up_for_the_reason_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_TICK", 0.05)
    hung = threading.Event()
    reasons = ["", "", "nothing has arrived"]
    with pytest.raises(Abandoned, match="nothing has arrived"):
        wait_watched(
            lambda: hung.wait(9), lambda: True, deadline=None, silence=9, over=lambda: reasons.pop(0) if reasons else ""
        )
    assert reasons == []
    hung.set()


def test_a_node_that_hangs_is_given_up(stub: Stub, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """It accepts connections and answers none: what a stopped process does."""

    def quick(call, alive, **limits):
        return wait_watched(call, alive, deadline=None, silence=0.5, every=0.1)

    monkeypatch.setattr(transport, "wait_watched", quick)
    monkeypatch.setattr(transport, "_LIFE_TIMEOUT", 0.1)
    over = threading.Event()

    def hang(call):
        return over.wait(5)

    stub.on["PUT /collections/c/snapshots/recover"] = stub.on["GET /livez"] = hang
    with pytest.raises(QdrantError, match="did not answer any request") as caught:
        node.recover(Scope.collection("c"), "file:///x", checksum=None)
    assert (caught.value.kind, caught.value.answered) == ("no_answer", False)
    over.set()


def test_any_answer_is_a_sign_of_life(stub: Stub, node: Node) -> None:
    stub.on["GET /livez"] = lambda call: call.error(500, "busy")
    assert node._http.alive()
    stub.on["GET /livez"] = Call.drop
    assert not node._http.alive()
