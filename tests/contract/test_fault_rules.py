# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The double's fault rules do what its README says. A real server has none of this."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest
import requests
from ansible_collections.vectorops.qdrant.tests.contract.asking import ask, counted, error, make, put, result, snapshot
from ansible_collections.vectorops.qdrant.tests.support.points import points
from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant

pytestmark = pytest.mark.contract


def test_an_error_so_many_times(double: RunningQdrant) -> None:
    double.faults([{"method": "GET", "path_regex": "^/collections$", "status": 503, "times": 2, "skip": 1}])
    assert [ask(double, "GET", "/collections").status_code for dummy in range(4)] == [200, 503, 503, 200]
    double.faults([{"path_regex": "^/cluster$", "status": 500, "body": "no JSON", "content_type": "text/plain"}])
    answer = ask(double, "GET", "/cluster")
    assert (answer.status_code, answer.text) == (500, "no JSON")
    double.faults([])
    assert ask(double, "GET", "/cluster").status_code == 200


def test_a_delay(double: RunningQdrant) -> None:
    double.faults([{"path_regex": "/aliases$", "delay_s": 0.4}])
    before = time.monotonic()
    assert ask(double, "GET", "/aliases").status_code == 200
    assert time.monotonic() - before >= 0.4


def test_a_dropped_connection(double: RunningQdrant) -> None:
    double.faults([{"path_regex": "/aliases$", "drop": True, "times": 1}])
    with pytest.raises(requests.ConnectionError):
        ask(double, "GET", "/aliases")
    assert ask(double, "GET", "/aliases").status_code == 200


def test_dropped_after_the_work_was_done(double: RunningQdrant) -> None:
    """The answer is lost, the snapshot is there: what a careless second POST would double."""
    make(double, "c", 5)
    double.faults([{"method": "POST", "path_regex": "/snapshots$", "drop_after": True, "times": 1}])
    with pytest.raises(requests.ConnectionError):
        ask(double, "POST", "/collections/c/snapshots")
    assert len(result(ask(double, "GET", "/collections/c/snapshots"))) == 1


def test_a_cut_download(double: RunningQdrant) -> None:
    make(double, "c", 5)
    name = snapshot(double, "c")["name"]
    double.faults([{"path_regex": r"\.snapshot$", "cut_after": 5000, "times": 1}])
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        ask(double, "GET", f"/collections/c/snapshots/{name}")
    assert ask(double, "GET", f"/collections/c/snapshots/{name}").status_code == 200


def test_steps_are_named(double: RunningQdrant) -> None:
    make(double, "c", 5, shards=2)
    double.faults([])
    snapshot(double, "c")
    assert double.steps() == [
        "snapshot:begin",
        "snapshot:shard-0:archived",
        "snapshot:shard-1:archived",
        "snapshot:archived",
        "snapshot:checksummed",
        "snapshot:moved",
        "snapshot:stored",
        "snapshot:done",
    ]


def test_an_error_at_a_step(double: RunningQdrant) -> None:
    make(double, "c", 5)
    double.faults([{"at": "snapshot:archived", "status": 500, "body": "Service internal error: made up", "times": 1}])
    assert error(ask(double, "POST", "/collections/c/snapshots")) == "Service internal error: made up"
    assert result(ask(double, "GET", "/collections/c/snapshots")) == []
    assert snapshot(double, "c")["size"] > 0


@pytest.mark.parametrize("step", ["snapshot:begin", "snapshot:archived", "snapshot:stored"])
def test_killed_at_a_step_and_started_again(double: RunningQdrant, step: str) -> None:
    make(double, "c", 5)
    double.faults([{"kill_at": step}])
    with pytest.raises(requests.ConnectionError):
        ask(double, "POST", "/collections/c/snapshots")
    assert double.wait_dead() == -9
    double.start_again()
    assert counted(double, "c") == 5
    put(double, "c", points(1, 4, first=77))
    listed = result(ask(double, "GET", "/collections/c/snapshots"))
    assert [one.get("checksum") for one in listed] == ([None] if step == "snapshot:stored" else [])


def test_what_was_acknowledged_survives_a_kill(double: RunningQdrant) -> None:
    make(double, "c", 20, shards=2)
    alias = {"actions": [{"create_alias": {"collection_name": "c", "alias_name": "live"}}]}
    result(ask(double, "POST", "/collections/aliases", alias))
    put(double, "c", points(10, 4, first=21))
    double.kill()
    double.start_again()
    assert counted(double, "live") == 30


def test_a_rule_with_an_unknown_key_is_refused(double: RunningQdrant) -> None:
    answer = requests.post(f"{double.url}/__double__/faults", json={"rules": [{"stauts": 500}]}, timeout=10)
    assert answer.status_code == 400
    assert "stauts" in error(answer)


def test_it_starts_in_under_a_second(double: RunningQdrant) -> None:
    """Of a processor's time: how long that takes on a busy machine is not its fault."""
    make(double, "c", 20, shards=2)
    double.stop()
    double.start_again()
    fields = Path(f"/proc/{double.pid}/stat").read_text().rpartition(")")[2].split()
    used = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    assert 0 < used < 1


def test_an_idle_connection_is_closed(double: RunningQdrant) -> None:
    """After five seconds, as the real server does: the next request on it finds it gone."""
    host, port = double.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(b"GET /aliases HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")
        before = time.monotonic()
        assert connection.recv(1) == b""
        assert 3 < time.monotonic() - before < 15
