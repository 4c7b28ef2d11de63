# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several collections at once: the threads, the bounds, and what the node is asked by time."""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any, Callable, cast

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup import node_events as room
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.collection import Ended
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.contact import Contact
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.errors import CollectionFailed
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.flow import Flow, Sending
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.node_events import NodeEvents, captured_aliases
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.operation import _close, _Run
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.results import Results
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.watch import Watch
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.workers import Workers, each
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.pace import Pace
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.progress import silent
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.tests.unit.backup.make import options

LOST = QdrantError("ask", "it", "connection refused", kind="unreachable")


class TestFlow:
    @pytest.mark.parametrize(
        ("under_way", "taken", "expected", "admitted"),
        [
            pytest.param([], [], 10**12, True, id="the first, whatever its size"),
            pytest.param([1, 1, 1], [], 1, True, id="small ones together"),
            pytest.param([1, 1, 1, 1], [], 1, False, id="not more than asked for"),
            pytest.param([1, 1, 1, 1], [0, 1], 1, True, id="the node is through with two"),
            pytest.param([90], [], 20, False, id="more than the bytes"),
            pytest.param([90], [0], 20, True, id="the next one is taken while the last one is sent"),
            pytest.param([90, 5], [0, 1], 20, False, id="and no more than one of them"),
            pytest.param([1], [], None, False, id="one of which nobody knows the size is alone on the node"),
        ],
    )
    def test_admits(self, under_way: list[int], taken: list[int], expected: int | None, admitted: bool) -> None:
        flow = Flow(4, most_bytes=100)
        for number, size in enumerate(under_way):
            flow.begin(str(number), size)
        for number in taken:
            flow.taken(str(number))
        assert flow.admits(expected) is admitted

    def test_one_at_a_time(self) -> None:
        flow = Flow(1)
        flow.begin("a", 1)
        assert not flow.admits(1)
        flow.taken("a")
        assert flow.admits(1)
        flow.begin("b", 1)
        flow.taken("b")
        assert not flow.admits(1), "one is sent and one waits: that is enough on the disk"
        flow.ended("a")
        assert flow.admits(1)

    def test_what_is_coming_is_what_is_not_made_yet(self) -> None:
        flow = Flow(4)
        flow.begin("a", 10)
        flow.begin("b", None)
        assert flow.coming == 10
        flow.made("a")
        assert flow.coming == 0

    def test_whoever_waits_hears_of_it(self) -> None:
        flow = Flow(1)
        flow.begin("a", 1)
        timer = threading.Timer(0.05, flow.ended, ["a"])
        timer.start()
        flow.wait(lambda: flow.admits(1))
        timer.join()


def test_sending_keeps_the_order_and_the_bound() -> None:
    sending = Sending(most_bytes=100)
    log: list[str] = []
    release = threading.Event()

    def send(name: str, size: int) -> None:
        with sending(size):
            log.append(name)
            release.wait(5)

    threads = []
    for name, size in (("large", 1000), ("small", 1), ("other", 1)):
        threads.append(threading.Thread(target=send, args=(name, size)))
        threads[-1].start()
        time.sleep(0.05)
    assert log == ["large"], "whatever its size, and alone"
    release.set()
    for thread in threads:
        thread.join(5)
    assert log == ["large", "small", "other"]


class TestWorkers:
    def test_each_keeps_the_order_and_raises_the_first(self) -> None:
        assert each(3, lambda n: n * 2, [3, 1, 2], "t") == [6, 2, 4]
        done: list[int] = []

        def work(number: int) -> None:
            time.sleep(0.01 * number)
            done.append(number)
            if number:
                raise ValueError(str(number))

        with pytest.raises(ValueError, match="1"):
            each(3, work, [0, 1, 2], "t")
        assert sorted(done) == [0, 1, 2], "what has begun is through"

    def test_after_the_end_nothing_begins(self) -> None:
        workers = Workers(1, "t")
        begun, hold = threading.Event(), threading.Event()

        def work() -> bool:
            begun.set()
            return hold.wait(5)

        first, second = workers.submit(work), workers.submit(int)
        assert begun.wait(5), "otherwise it may never begin"
        threading.Timer(0.1, hold.set).start()
        workers.close()
        assert first.result() is True
        assert second.cancelled() and workers.submit(int).cancelled()
        assert concurrent.futures.wait([second], 1).done == {second}

    def test_an_end_in_a_hurry_waits_for_no_thread(self) -> None:
        workers = Workers(1, "t")
        hold = threading.Event()
        workers.submit(hold.wait, 20)
        began = time.monotonic()
        workers.close(time.monotonic() + 0.1)
        assert time.monotonic() - began < 5
        hold.set()


class Asked:
    """A node that is asked about restores and aliases."""

    url = "http://node"

    def __init__(self) -> None:
        self.log: list[str] = []
        self.aliases_now: dict[str, str] = {}
        self.recovering: set[str] = set()
        self.error: QdrantError | None = None
        self.takes: Callable[[], None] = lambda: None

    @contextlib.contextmanager
    def metrics_once(self) -> Iterator[None]:
        self.log.append("metrics")
        self.takes()
        yield

    def recoveries_running(self, name: str) -> int:
        if self.error:
            raise self.error
        return int(name in self.recovering)

    def aliases(self) -> dict[str, str]:
        self.log.append("aliases")
        return dict(self.aliases_now)

    def ready(self) -> bool:
        self.log.append("ready")
        return True


class TestNodeEvents:
    def test_asked_by_time_and_once_more_at_the_end(self) -> None:
        node: Any = Asked()
        found = NodeEvents(node)
        for number in range(50):
            found.made(str(number))
        assert node.log == ["metrics", "aliases"]
        node.aliases_now = {"0": "other", "49": "other", "live": "1"}
        node.recovering = {"48"}
        found.ask()
        assert node.log == ["metrics", "aliases"] * 2
        assert sorted(found.failures) == ["48", "49"], "an answer that was asked for after 0 was made holds"
        assert found.aliases == node.aliases_now
        found.ask()
        assert len(node.log) == 4, "nothing was made since"

    def test_due_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(room, "Pace", lambda dummy: Pace(0.0, 0.0))
        node: Any = Asked()
        found = NodeEvents(node)
        found.made("a")
        node.recovering = {"b"}
        with pytest.raises(CollectionFailed, match="mixed data"):
            found.made("b")

    def test_a_node_that_answers_slowly_is_asked_less_often(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = [0.0]
        monkeypatch.setattr(room.time, "monotonic", lambda: clock[0])
        node: Any = Asked()
        node.takes = lambda: clock.__setitem__(0, clock[0] + 0.5)
        found = NodeEvents(node)
        found.made("a")
        assert clock[0] == 0.5
        for moment, asked in ((9.9, 1), (10.1, 2)):
            clock[0] = moment
            found.made(str(moment))
            assert node.log.count("aliases") == asked, "half a second of work in ten, not in each"

    def test_a_node_that_is_lost_by_then_costs_a_warning(self) -> None:
        node: Any = Asked()
        node.error = LOST
        found = NodeEvents(node)
        found.made("a")
        assert found.failures == {} and found.warnings == {}
        found.ask()
        assert "connection refused" in found.warnings["a"]


@pytest.mark.parametrize(
    ("first", "last", "noted", "told"),
    [
        pytest.param({"live": "a"}, {"live": "a"}, {"live": "a"}, [], id="the same"),
        pytest.param({"live": "a"}, {"live": "b"}, {"live": "b"}, ["live"], id="switched to one that is here"),
        pytest.param({"live": "a"}, {"live": "new"}, {"live": "a"}, ["live"], id="switched to one that came later"),
        pytest.param({}, {"live": "new"}, {}, ["live"], id="made for one that came later"),
        pytest.param({}, {"live": "a"}, {"live": "a"}, ["live"], id="made meanwhile"),
        pytest.param({"live": "a"}, {}, {}, ["live"], id="dropped meanwhile"),
    ],
)
def test_aliases_are_of_what_was_captured(
    first: dict[str, str], last: dict[str, str], noted: dict[str, str], told: list[str]
) -> None:
    found, changed = captured_aliases(first, last, ["a", "b"])
    assert found == noted
    assert [text.split()[1] for text in changed] == told


def test_what_is_lost_together_is_one_loss() -> None:
    node: Any = Asked()
    contact = Contact(node, Watch(silent))
    turns = [contact.back() for dummy in range(4)]
    for turn in turns:
        contact.failed(LOST, turn)
    assert not contact.gone
    for dummy in range(2):
        contact.failed(LOST, contact.back())
    assert contact.gone and contact.back() == 0


def test_one_that_ends_while_others_are_noted_is_noted_too() -> None:
    futures: dict[str, concurrent.futures.Future[Ended]] = {name: concurrent.futures.Future() for name in ("a", "b")}

    class Slow(Results):
        def _record(self) -> None:
            super()._record()
            if not futures["b"].done():
                futures["b"].set_result(Ended((cast("Any", "b"),)))

    results = Slow(Flow(4))
    for name, future in futures.items():
        results.follow(name, future)
    futures["a"].set_result(Ended((cast("Any", "a"),)))
    results.wait_for_all()
    assert results.done == ["a", "b"]


def test_a_backup_that_is_completed_waits_for_a_node_that_restarts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Although the first part of the run, which is taken back, was stopped."""
    node = Asked()
    run = _Run(options(), cast("Any", node), Watch(silent))
    run.watch.stop()
    run.watch = run.watch.again()
    run._set_up()
    answers = [False, True]
    monkeypatch.setattr(node, "ready", lambda: answers.pop(0))
    run.contact.failed(LOST, run.contact.back())
    assert run.contact.back() == 2 and not answers


def test_an_interrupted_run_does_not_wait_for_a_store_that_does_not_answer() -> None:
    closing = threading.Thread(target=_close, args=[concurrent.futures.Future()], daemon=True)
    closing.start()
    closing.join(5)
    assert not closing.is_alive()


class Ending(collections.deque[str]):
    """Names of ended collections. The first thread that adds one pauses right after it, until ``go_on``; the second one
    a moment before it."""

    def __init__(self) -> None:
        super().__init__()
        self.added, self.go_on = threading.Event(), threading.Event()

    def append(self, name: str) -> None:
        if self.added.is_set():
            time.sleep(0.2)
        super().append(name)
        if not self.added.is_set():
            self.added.set()
            self.go_on.wait(5)


def test_a_collection_that_begins_once_more_before_its_first_end_is_told_is_waited_for() -> None:
    """A thread that ended may be paused at any place, and the main thread goes on with what it can see."""
    flow = Flow(4)
    results = Results(flow)
    results._ended = ending = Ending()
    first: concurrent.futures.Future[Ended] = concurrent.futures.Future()
    second: concurrent.futures.Future[Ended] = concurrent.futures.Future()

    def whole() -> None:
        results.wait_for_all()
        flow.begin("a", 1)
        results.follow("a", second)
        ending.go_on.set()
        ended.join(5)
        threading.Timer(0.1, second.set_result, [Ended(())]).start()
        results.wait_for_all()

    flow.begin("a", 1)
    results.follow("a", first)
    ended = threading.Thread(target=first.set_result, args=[Ended(())])
    ended.start()
    assert ending.added.wait(5)
    main = threading.Thread(target=whole, daemon=True)
    main.start()
    main.join(5)
    assert not main.is_alive(), "it waits for a collection that has ended"
    assert flow.admits(None), "nothing is counted twice"
