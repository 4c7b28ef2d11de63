# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dangerous sides of a real server, which the double has too. None of these is a wish; all were measured."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from ansible_collections.vectorops.qdrant.tests.contract.asking import (
    ask,
    counted,
    error,
    ids,
    make,
    placed,
    put,
    recover,
    result,
    snapshot,
    upload,
)
from ansible_collections.vectorops.qdrant.tests.support.points import points
from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant
from ansible_collections.vectorops.qdrant.tests.support.restore_runs import Held, wait_for_recovers

pytestmark = pytest.mark.contract
DIRTY = "Dirty shard - shard is not fully initialized"


def _at(node: RunningQdrant, collection: str, name: str) -> str:
    return Path(node.snapshots_dir, collection, name).as_uri()


def _alias(node: RunningQdrant, *actions: dict[str, dict[str, str]]) -> requests.Response:
    return ask(node, "POST", "/collections/aliases", {"actions": list(actions)})


def test_an_alias_moves_without_a_word(qdrant: RunningQdrant) -> None:
    make(qdrant, "one", 1)
    make(qdrant, "two", 2)
    for name in ("one", "two"):
        assert result(_alias(qdrant, {"create_alias": {"collection_name": name, "alias_name": "live"}})) is True
    assert counted(qdrant, "live") == 2
    assert result(ask(qdrant, "DELETE", "/collections/two")) is True
    assert result(ask(qdrant, "GET", "/aliases"))["aliases"] == []


def test_a_switch_in_one_call_fails_no_read(qdrant: RunningQdrant) -> None:
    make(qdrant, "blue", 10)
    make(qdrant, "green", 20)
    result(_alias(qdrant, {"create_alias": {"collection_name": "blue", "alias_name": "live"}}))
    seen: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(ask(qdrant, "POST", "/collections/live/points/count", {"exact": True}).status_code)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(10):
        name = ("green", "blue")[number % 2]
        delete, create = {"alias_name": "live"}, {"collection_name": name, "alias_name": "live"}
        assert result(_alias(qdrant, {"delete_alias": delete}, {"create_alias": create})) is True
    done.set()
    reader.join()
    assert set(seen) == {200}


def test_a_dirty_shard_fails_until_a_second_recover(ours: RunningQdrant) -> None:
    make(ours, "c", 50, shards=2)
    archive = _at(ours, "c", snapshot(ours, "c")["name"])
    ours.stop()
    Path(ours.storage_dir, "collections", "c", "shard_0.initializing").touch()
    for dummy in range(2):  # starting again does not heal it
        ours.start_again()
        for answer in (
            ask(ours, "POST", "/collections/c/points/count", {"exact": True}),
            ask(ours, "GET", "/collections/c"),
            ask(ours, "POST", "/collections/c/points/scroll", {}),
            ask(ours, "POST", "/collections/c/snapshots"),
        ):
            assert answer.status_code == 500
            assert DIRTY in error(answer)
        shards = result(ask(ours, "GET", "/collections/c/cluster"))["local_shards"]
        assert {shard["state"] for shard in shards} == {"Active"}
        assert ask(ours, "GET", "/readyz").status_code == 200
        ours.stop()
    ours.start_again()
    writes = [
        ask(ours, "PUT", "/collections/c/points?wait=true", {"points": points(1, 4, first=number)}).status_code
        for number in range(1, 9)
    ]
    assert set(writes) == {200, 500}, "writes to the other shard work"
    assert result(recover(ours, "c", archive, priority="snapshot")) is True
    assert counted(ours, "c") == 50


def test_recover_into_nothing_accepts_a_colon(sees_folders: RunningQdrant) -> None:
    node = sees_folders
    make(node, "c", 5)
    archive = _at(node, "c", snapshot(node, "c")["name"])
    assert ask(node, "PUT", "/collections/a:b", {"vectors": {"size": 4, "distance": "Dot"}}).status_code == 422
    assert result(recover(node, "a:b", archive)) is True
    assert counted(node, "a:b") == 5


def test_a_long_name_can_be_created_but_not_archived(qdrant: RunningQdrant) -> None:
    name = "n" * 211
    result(ask(qdrant, "PUT", f"/collections/{name}", {"vectors": {"size": 4, "distance": "Dot"}}))
    for path in (f"/collections/{name}/snapshots", "/snapshots"):
        answer = ask(qdrant, "POST", path)
        assert answer.status_code == 500
        assert "File name too long (os error 36)" in error(answer)


def test_an_upload_stays_even_when_it_failed(sees_folders: RunningQdrant, tmp_path: Path) -> None:
    node = sees_folders
    broken = tmp_path / "broken.snapshot"
    broken.write_bytes(b"not an archive" * 100)
    assert upload(node, "up", broken).status_code == 500
    assert result(ask(node, "GET", "/collections/up/exists")) == {"exists": False}
    assert os.path.exists(os.path.join(node.snapshots_dir, "up", "broken.snapshot"))


def test_a_full_snapshot_of_the_same_second_takes_the_collections_own(sees_folders: RunningQdrant) -> None:
    """The second in which the full one comes to the collection counts, which its own name need not say."""
    node = sees_folders
    make(node, "c", 5)
    for dummy in range(20):
        while time.time() % 1 > 0.2:
            time.sleep(0.01)
        own = snapshot(node, "c")["name"]
        result(ask(node, "POST", "/snapshots"))
        here = os.listdir(os.path.join(node.snapshots_dir, "c"))
        if own not in here:  # moved into the full archive
            assert f"{own}.checksum" in here, "its checksum is an orphan"
            return
    pytest.fail("never within one second")


def test_reads_fail_during_a_swap_and_writes_wait(sees_folders: RunningQdrant, archives: Path) -> None:
    """On the double the swap is made long; on a real server it lasts as long as it lasts."""
    node = sees_folders
    archive = placed(node, archives / "three-shards.snapshot")
    result(recover(node, "c", archive))
    if node.is_double:
        node.faults([{"at": f"recover:swap-shard-{number}:inside", "delay_s": 0.3} for number in range(3)])
    said: list[tuple[int, str]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            answer = ask(node, "POST", "/collections/c/points/count", {"exact": True})
            said.append((answer.status_code, answer.text))

    reader = threading.Thread(target=read)
    reader.start()
    assert result(recover(node, "c", archive)) is True
    done.set()
    reader.join()
    failed = [text for status, text in said if status != 200]
    assert all("Local shard" in text and "not found" in text for text in failed), failed[:3]
    if node.is_double:
        assert failed
        body = {"points": [{"id": 1, "vector": [0.5] * 16}]}
        restore = threading.Thread(target=lambda: recover(node, "c", archive))
        restore.start()
        time.sleep(0.1)
        put(node, "c", body["points"])  # waits, and does not fail
        restore.join()


def test_a_url_is_asked_once_and_shown_whole(qdrant: RunningQdrant, refusing_store: list[str]) -> None:
    url = refusing_store.pop()
    answer = recover(qdrant, "c", f"{url}/x.snapshot?X-Amz-Signature=made-up-signature")
    assert answer.status_code == 400
    assert "X-Amz-Signature=made-up-signature" in error(answer)
    assert "503 Service Unavailable" in error(answer)
    assert refusing_store == ["/x.snapshot?X-Amz-Signature=made-up-signature"], "one GET, no retry"
    assert result(ask(qdrant, "GET", "/collections/c/exists")) == {"exists": False}


# --- what only the double can be led into for certain


def test_killed_between_two_swaps_is_green_with_the_right_count_and_mixed(double: RunningQdrant) -> None:
    make(double, "c", 60, shards=2)
    archive = _at(double, "c", snapshot(double, "c")["name"])
    before = dict.fromkeys(range(1, 61), "t-new")
    body = {"payload": {"topic": "t-new"}, "points": list(before)}
    result(ask(double, "POST", "/collections/c/points/payload?wait=true", body))
    double.faults([{"kill_at": "recover:between-shards"}])
    with pytest.raises(requests.ConnectionError):
        recover(double, "c", archive)
    assert double.wait_dead() == -9
    double.start_again()
    assert result(ask(double, "GET", "/collections/c"))["status"] == "green"
    assert counted(double, "c") == 60
    new = counted(double, "c", {"must": [{"key": "topic", "match": {"value": "t-new"}}]})
    assert 0 < new < 60, "old and restored points side by side"
    assert result(recover(double, "c", archive)) is True
    assert counted(double, "c", {"must": [{"key": "topic", "match": {"value": "t-new"}}]}) == 0


def test_killed_inside_a_swap_is_dirty(double: RunningQdrant) -> None:
    make(double, "c", 60, shards=2)
    archive = _at(double, "c", snapshot(double, "c")["name"])
    double.faults([{"kill_at": "recover:swap-shard-1:inside"}])
    with pytest.raises(requests.ConnectionError):
        recover(double, "c", archive)
    assert double.wait_dead() == -9
    double.start_again()
    assert DIRTY in error(ask(double, "POST", "/collections/c/points/count", {"exact": True}))
    assert result(recover(double, "c", archive)) is True
    assert counted(double, "c") == 60


def test_killed_while_unpacking_leaves_the_old_state(double: RunningQdrant) -> None:
    make(double, "c", 30)
    archive = _at(double, "c", snapshot(double, "c")["name"])
    put(double, "c", points(5, 4, first=500))
    double.faults([{"kill_at": "recover:unpacked"}])
    with pytest.raises(requests.ConnectionError):
        recover(double, "c", archive)
    double.wait_dead()
    double.start_again()
    assert counted(double, "c") == 35
    assert os.listdir(os.path.join(double.storage_dir, "tmp")) == []


def test_a_full_disk_leaves_an_empty_green_collection(double: RunningQdrant) -> None:
    make(double, "c", 30)
    archive = _at(double, "c", snapshot(double, "c")["name"])
    double.faults([{"at": "recover:created", "enospc": True}])
    answer = recover(double, "new", archive)
    assert answer.status_code == 500
    assert "WAL buffer size exceeds available disk space" in error(answer)
    assert result(ask(double, "GET", "/collections/new"))["status"] == "green"
    assert counted(double, "new") == 0
    assert snapshot(double, "new")["size"] > 0


def test_a_full_disk_keeps_the_old_data_in_place(double: RunningQdrant) -> None:
    make(double, "c", 30)
    archive = _at(double, "c", snapshot(double, "c")["name"])
    double.faults([{"enospc": True}])
    answer = recover(double, "c", archive)
    assert answer.status_code == 500
    assert "failed to unpack" in error(answer)
    assert ask(double, "POST", "/collections/c/snapshots").status_code == 500
    answer = ask(double, "PUT", "/collections/c/points?wait=true", {"points": points(1, 4)})
    assert "WAL buffer size exceeds" in error(answer)
    double.faults([])
    assert counted(double, "c") == 30
    assert len(result(ask(double, "GET", "/collections/c/snapshots"))) == 1


def test_two_recovers_at_once_are_both_good_and_mixed(double: RunningQdrant) -> None:
    make(double, "c", 60, shards=4)
    first = _at(double, "c", snapshot(double, "c")["name"])
    body = {"payload": {"topic": "t-new"}, "filter": {}}
    result(ask(double, "POST", "/collections/c/points/payload?wait=true", body))
    time.sleep(1.1)
    second = _at(double, "c", snapshot(double, "c")["name"])
    shares = set()
    for dummy in range(8):
        double.faults([{"at": f"recover:swap-shard-{number}:after", "delay_s": 0.05} for number in range(4)])
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda archive: recover(double, "c", archive), (first, second)))
        assert [answer.status_code for answer in answers] == [200, 200]
        assert counted(double, "c") == 60
        shares.add(counted(double, "c", {"must": [{"key": "topic", "match": {"value": "t-new"}}]}))
        if shares - {0, 60}:
            return
    pytest.fail(f"never mixed: {shares}")


def _recovering(double: RunningQdrant, archive: str, step: str, seconds: float) -> Held:
    """A recover that stays at a step for a while, and is there."""
    double.faults([{"at": step, "delay_s": seconds, "times": 1}])
    held = Held(lambda: recover(double, "c", archive))
    end = time.monotonic() + 60
    while step not in double.steps():
        assert time.monotonic() < end
        time.sleep(0.01)
    return held


def test_a_snapshot_inside_a_swap_fails(double: RunningQdrant) -> None:
    make(double, "c", 60, shards=2)
    archive = _at(double, "c", snapshot(double, "c")["name"])
    held = _recovering(double, archive, "recover:swap-shard-1:inside", 3)
    wait_for_recovers(double, 1)
    answer = ask(double, "POST", "/collections/c/snapshots")
    assert answer.status_code == 500
    assert "Local shard 1 not found" in error(answer)
    assert result(held.ended()) is True
    wait_for_recovers(double, 0)
    assert ids(double, "c") == list(range(1, 61))


def test_a_snapshot_between_two_swaps_is_a_mixture(double: RunningQdrant) -> None:
    make(double, "c", 60, shards=2)
    archive = _at(double, "c", snapshot(double, "c")["name"])
    result(
        ask(double, "POST", "/collections/c/points/payload?wait=true", {"payload": {"topic": "t-new"}, "filter": {}})
    )
    time.sleep(1.1)
    held = _recovering(double, archive, "recover:between-shards", 3)
    mixed = _at(double, "c", snapshot(double, "c")["name"])
    assert result(held.ended()) is True
    result(recover(double, "mixed", mixed))
    assert counted(double, "mixed") == 60
    assert 0 < counted(double, "mixed", {"must": [{"key": "topic", "match": {"value": "t-new"}}]}) < 60


def test_a_killed_snapshot_leaves_its_partial_files(double: RunningQdrant) -> None:
    make(double, "c", 5)
    double.faults([{"kill_at": "snapshot:moved"}])
    with pytest.raises(requests.ConnectionError):
        ask(double, "POST", "/collections/c/snapshots")
    double.wait_dead()
    double.start_again()
    left = sorted(name.rsplit("-", 1)[1][2:] for name in os.listdir(os.path.join(double.snapshots_dir, "c")))
    assert left == [".snapshot.tmp", ".tmp"]
    assert result(ask(double, "GET", "/collections/c/snapshots")) == []
