# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL of a backup at every step that the engine tells: committed backups stay whole, the next run commits."""

from __future__ import annotations

import pathlib
import re
import signal

import pytest
from ansible_collections.vectorops.qdrant.tests.support.backup_runs import next_second

pytestmark = pytest.mark.faults
FIRST, SECOND = "20261122T180000Z", "20261122T190000Z"
STEPS = ["lock", "facts", "probe", "snapshot", "settle", "fetch", "inspect", "upload", "copy", "commit", "committed"]
STEPS += ["rotate"]
ROOM = pathlib.Path(__file__).parents[2] / "plugins" / "module_utils" / "_backup"


def test_every_step_is_killed_at() -> None:
    """A step that is added is added here: the list is that of the engine, but for the wait for a node that is lost."""
    told = [name for path in ROOM.glob("*.py") for name in re.findall(r'\btell\(\s*"([^"]+)"', path.read_text())]
    assert sorted(set(told) - {"wait"}) == sorted(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_the_next_run_commits(setup, step):
    # A download is a step only where the node's own file is not seen.
    more = {"keep_local": 1, **({"snapshots_dir": None} if step == "fetch" else {})}
    setup.fill("changed", "same")
    setup.server.call("POST", "/collections/same/snapshots")  # flushes what the writes left
    next_second()
    setup.run(FIRST, **more)
    next_second()
    setup.upsert("changed", count=10, first=1000)
    assert setup.run_child(SECOND, kill_at=step, **more) == -signal.SIGKILL
    committed = step in ("committed", "rotate")
    assert (SECOND in setup.manifests()) is committed
    assert setup.intact()[FIRST] == ["changed", "same"]
    next_second()
    report = setup.run(SECOND, **more)
    assert report["ok"]
    assert report["changed"] is not committed
    assert setup.intact() == {FIRST: ["changed", "same"], SECOND: ["changed", "same"]}
