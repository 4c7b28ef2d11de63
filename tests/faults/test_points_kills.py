# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL of points that are put back, before each of the steps and between batches: the same command puts back the
rest, no batch twice, and nothing else is touched."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.plan import COMPARE_AGAIN, PROVE, PUT_BACK

pytest.importorskip("qdrant_edge", reason="qdrant-edge-py is not installed (it needs Python 3.10 or later)")
pytestmark = pytest.mark.faults
LOST = 60
BATCH = 20
_CHILD = """
import json, os, signal, sys
from ansible_collections.vectorops.qdrant.plugins.module_utils._points import comparison
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import restore
options, step, left, comparison.BATCH = json.loads(sys.argv[1]), sys.argv[2], [int(sys.argv[3])], int(sys.argv[4])
def progress(event):
    left[0] -= event.step == step
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
restore.run(options, False, progress)
"""


def killed_at(rig, step, times, **changes):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    options = json.dumps(rig.params("restore", **changes))
    return subprocess.run(
        [sys.executable, "-c", _CHILD, options, step, str(times), str(BATCH)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )


KILLS = {
    "missing": [
        ("open", 1, 0),
        (PUT_BACK, 1, 0),
        (PUT_BACK, 3, 2 * BATCH),
        (PROVE, 2, 2 * BATCH),
        (COMPARE_AGAIN, 1, LOST),
    ],
    "changed": [(PUT_BACK, 2, BATCH), (PROVE, 1, BATCH)],
}


@pytest.mark.parametrize("mode", sorted(KILLS))
def test_killed_the_same_command_puts_back_the_rest(rig, tmp_path, mode):
    """(step, how often it was reached, points that are back then), one after another on the same collection."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    rig.fill("articles", 200)
    rig.run("back_up", backup_id="20260101T000000Z")
    before = rig.contents()
    ids = list(range(1, LOST + 1))
    options = {"collections": ["articles"], "points": mode, "accept_write_loss": True, "scratch_dir": str(scratch)}
    for step, times, back in KILLS[mode]:
        if mode == "missing":
            rig.node.call("POST", "/collections/articles/points/delete?wait=true", {"points": ids})
        else:
            body = {"points": ids, "payload": {"topic": "wrong"}}
            rig.node.call("POST", "/collections/articles/points/payload?wait=true", body)
        process = killed_at(rig, step, times, **options)
        assert process.returncode == -signal.SIGKILL, process.stderr.decode()[-2000:]
        assert len([point for point in rig.contents() if point in before]) == 200 - LOST + back, step
        # The lock of the dead run is known by this host, and does not wait for its end.
        report = rig.run("restore", **options)
        assert report["ok"] and report["put_back"] == LOST - back and not report["points_left_alone"], step
        assert rig.contents() == before
        assert os.listdir(scratch) == [], "the scratch folder of the killed run is removed"
