# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A store that takes nothing, or never answers, is no burden to the node: a snapshot never waits for it."""

from __future__ import annotations

import re
import time
import urllib.request

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.tests.support.proxy import DOWN, UP, FaultProxy
from ansible_collections.vectorops.qdrant.tests.support.restore_runs import Held

pytestmark = pytest.mark.faults
FIRST, SECOND = "20260101T000000Z", "20260102T000000Z"
ARCHIVE = "^PUT .*/archives/"
NAMES = ("a", "b", "c")


def snapshots(rig, name):
    return len(rig.node.call("GET", f"/collections/{name}/snapshots")["result"])


def creations_running(rig):
    headers = {"api-key": rig.node.api_key} if rig.node.api_key else {}
    with urllib.request.urlopen(urllib.request.Request(f"{rig.node.url}/metrics", headers=headers), timeout=30) as said:
        return sum(map(int, re.findall(r"^snapshot_creation_running\{[^}]*\} (\d+)", said.read().decode(), flags=re.M)))


@pytest.fixture
def filled(rig):
    for name in NAMES:
        rig.fill(name, 500)
    rig.run("back_up", backup_id=FIRST)
    for name in NAMES:
        rig.fill(name, 10, first=9001)
    return rig


@pytest.mark.parametrize("direction", [UP, DOWN], ids=["takes nothing", "never answers"])
def test_snapshots_are_done_while_the_store_holds_the_backup(filled, direction):
    with FaultProxy(filled.s3.port) as proxy:
        fault = proxy.hold(after=4096 if direction == UP else 0, match=ARCHIVE, direction=direction)
        running = Held(lambda: filled.run("back_up", backup_id=SECOND, endpoint_url=proxy.url, s3_timeout=300))
        end = time.monotonic() + 60
        while not fault.hits:
            assert running.is_alive() and time.monotonic() < end, running.error
            time.sleep(0.02)
        # What it holds is of the first; others may be under way for as long as the node itself takes.
        while creations_running(filled) or snapshots(filled, "a") < 2:
            assert time.monotonic() < end, "a snapshot waits for the store"
            time.sleep(0.02)
        assert fault.hits and running.is_alive()
        began = time.monotonic()
        filled.fill("a", 1, first=9900)
        assert filled.count("a") == 511 and time.monotonic() - began < 20
        fault.let_go.set()
        report = running.ended()
    assert report["ok"] and sorted(one["name"] for one in report["collections"]) == list(NAMES)
    assert filled.run("verify")["ok"]


def test_a_store_that_never_answers_ends_the_backup_and_nothing_else(filled):
    with FaultProxy(filled.s3.port) as proxy:
        proxy.silence(match=ARCHIVE)
        began = time.monotonic()
        with pytest.raises(StoreError, match="Nothing was committed; earlier backups are unchanged"):
            filled.run("back_up", backup_id=SECOND, endpoint_url=proxy.url, s3_timeout=2)
        assert time.monotonic() - began < 120
    assert creations_running(filled) == 0
    assert [one["backup_id"] for one in filled.run("list_backups")["backups"]] == [FIRST]
    again = filled.run("back_up", backup_id=SECOND)
    assert again["ok"] and filled.run("verify")["ok"]


def test_a_slow_store_only_takes_longer(filled):
    with FaultProxy(filled.s3.port) as proxy:
        proxy.slow(rate=200_000, match=ARCHIVE)
        report = filled.run("back_up", backup_id=SECOND, endpoint_url=proxy.url, s3_timeout=5)
    assert report["ok"] and filled.run("verify")["ok"]
