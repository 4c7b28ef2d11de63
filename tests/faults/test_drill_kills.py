# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL of a drill before each of its steps: no throw-away collection stays after the next drill or backup, and no
drill is recorded that did not end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._drill.by_node import recipe
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import manifest

pytestmark = pytest.mark.faults
FIRST, SECOND = "20260101T000000Z", "20260102T000000Z"
OWN = [step.describe().action for step in recipe(manifest().collections[0], FIRST)]
# Its own steps, two of the restore inside it (its own kill tests have them all), and what follows.
ACTIONS = [*OWN[:2], "recover", "end intent", *OWN[2:], "record proof"]
_CHILD = """
import json, os, signal, sys
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import drill
options, step = json.loads(sys.argv[1]), sys.argv[2]
def progress(event):
    if event.step == step and event.done is None:
        os.kill(os.getpid(), signal.SIGKILL)
drill.run(options, False, progress)
"""


def killed_at(rig, action, **changes):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", _CHILD, json.dumps(rig.params("drill", **changes)), action]
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False
    )


@pytest.fixture
def same(rig, tmp_path):
    rig.fill("articles", 30)
    rig.run("back_up", backup_id=FIRST)
    return {"target": "same", "storage_dir": str(tmp_path), "max_load": 1000.0}


@pytest.mark.parametrize("action", [*ACTIONS, "record drill"])
def test_killed_before_any_step_nothing_is_left_by_the_next_run(rig, same, action):
    process = killed_at(rig, action, **same)
    assert process.returncode == -signal.SIGKILL, process.stderr
    assert rig.keys("/drills/") == []
    left = [name for name in rig.collections() if name != "articles"]
    if ACTIONS.index(action) % 2 if action in ACTIONS else False:  # by a backup
        report = rig.run("back_up", backup_id=SECOND)
        assert report["ok"] and [one["name"] for one in report["collections"]] == ["articles"]
        assert any("was deleted" in text for text in report["warnings"]) >= bool(left)
    else:
        assert rig.run("drill", **same)["ok"]
    assert rig.collections() == ["articles"] and rig.count() == 30
    assert not list((rig.directory / "state" / "drills").rglob("*.json"))
    assert rig.run("status")["intents"] == []


def test_a_leftover_that_a_client_uses_is_kept_and_told(rig, same):
    killed_at(rig, "count and search", **same)
    name = f"articles__drill_{FIRST}"
    assert name in rig.collections()
    create = {"actions": [{"create_alias": {"collection_name": name, "alias_name": "used"}}]}
    rig.node.call("POST", "/collections/aliases", create)
    report = rig.run("back_up", backup_id=SECOND)
    assert report["ok"] and any("has the alias used" in text for text in report["warnings"])
    assert rig.count(name) == 30
