# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL of a prune before each of its steps, and errors of the store in the middle: every backup that is listed is
whole, and the next prune finishes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.steps import recipe
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.values import LocalCopy, PartRemoval, Removal
from ansible_collections.vectorops.qdrant.tests.support import tempers
from ansible_collections.vectorops.qdrant.tests.support.tempers import TemperProxy

pytestmark = pytest.mark.faults
IDS = [f"2026010{day}T000000Z" for day in range(1, 5)]
ALL_OF_IT = Removal("x", (PartRemoval("node-a", "m", ("a",), ("p",), 1),), "", (LocalCopy("articles", "s", 1),))
ACTIONS = [step.describe().action for step in recipe(ALL_OF_IT)]
_CHILD = """
import json, os, signal, sys
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import prune
options, step = json.loads(sys.argv[1]), sys.argv[2]
def progress(event):
    if event.step == step:
        os.kill(os.getpid(), signal.SIGKILL)
prune.run(options, False, progress)
"""


def killed_at(rig, action, **changes):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", _CHILD, json.dumps(rig.params("prune", **changes)), action]
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False
    )


@pytest.fixture
def backed_up(rig):
    for number, backup_id in enumerate(IDS):
        rig.fill("articles", 20, first=1 + 100 * number)
        rig.run("back_up", backup_id=backup_id)
        rig.run("verify", backup_id=backup_id)
    return rig


def assert_whole(rig):
    found = rig.run("list_backups", completeness=True)["backups"]
    assert all(one["complete"] for one in found)
    report = rig.run("verify", all_backups=True, record=False)
    assert report["ok"] and len(report["backups"]) == len(found)
    return [one["backup_id"] for one in found]


@pytest.mark.parametrize("action", ACTIONS)
def test_killed_before_any_step_the_next_prune_finishes(backed_up, action):
    process = killed_at(backed_up, action, keep_last=2)
    assert process.returncode == -signal.SIGKILL, process.stderr
    left = assert_whole(backed_up)
    gone = ACTIONS.index(action) > ACTIONS.index("delete manifest")
    assert left == (IDS[:0:-1] if gone else IDS[::-1]), "the oldest goes first"
    # The lock of the dead run is known by this host, and does not wait for its end.
    report = backed_up.run("prune", keep_last=2, orphan_grace="0")
    assert report["ok"] and assert_whole(backed_up) == IDS[:1:-1]
    assert not backed_up.keys(IDS[0]) + backed_up.keys(IDS[1])
    assert len(backed_up.node.call("GET", "/collections/articles/snapshots")["result"]) == 2


def test_a_store_that_refuses_a_deletion(backed_up, s3_server):
    proxy = TemperProxy(s3_server, tempers.Refusal("DeleteObjects", 403, "AccessDenied"))
    try:
        report = backed_up.run("prune", keep_last=2, endpoint_url=proxy.url)
    finally:
        proxy.close()
    assert not report["ok"] and not report["changed"] and "AccessDenied" in report["failed"][0]["message"]
    assert [one["done"] for one in report["removed"]] == [False, False]
    assert assert_whole(backed_up) == IDS[::-1]
    assert backed_up.run("prune", keep_last=2)["ok"] and assert_whole(backed_up) == IDS[:1:-1]
