# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others may do while a node recovers: nothing of ours adds to it. The store holds the archive back meanwhile."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import (
    EngineError,
    LockedError,
    RefusedError,
)
from ansible_collections.vectorops.qdrant.tests.support.restore_runs import (
    Held,
    held_archives,
    intents,
    presigned,
    recover,
    wait_for_recovers,
)

pytestmark = pytest.mark.faults


@pytest.fixture
def lost(rig):
    """A backup of a collection that was written to since."""
    rig.fill(count=500)
    rig.run("back_up")
    rig.fill(first=9001, count=10)
    return rig


def test_a_timer_that_fires_during_a_restore_takes_no_snapshot(lost):
    """Neither here, where the host's lock says so, nor from elsewhere, where only the node does."""
    with held_archives(lost.s3.port) as (proxy, let_go):
        # The whole archive is read once before: let that pass, and hold what the node reads.
        options = {"mode": "replace", "delivery": "url", "endpoint_url": proxy.url}
        proxy.faults[0].match = r"^GET .*/archives/.*X-Amz-Signature"
        restoring = Held(lambda: lost.run("restore", **options))
        wait_for_recovers(lost.node, 1)
        kept = lost.node.call("GET", "/collections/articles/snapshots")["result"]
        with pytest.raises((LockedError, RefusedError)):
            lost.run("back_up")
        with pytest.raises(EngineError, match=r"recover|restore"):
            lost.run("back_up", state_dir=str(lost.directory / "elsewhere"), prefix="elsewhere")
        assert lost.node.call("GET", "/collections/articles/snapshots")["result"] == kept
        let_go.set()
        assert restoring.ended()["ok"]
    wait_for_recovers(lost.node, 0)
    assert lost.count() == 500 and intents(lost) == []


def test_no_second_recover_beside_that_of_somebody_else(lost):
    """Two at once are both answered 200 and mix: ours waits for nobody, and refuses."""
    with held_archives(lost.s3.port) as (proxy, let_go):
        recovering = Held(lambda: recover(lost, presigned(lost, proxy.url)))
        wait_for_recovers(lost.node, 1)
        with pytest.raises(RefusedError) as refused:
            lost.run("restore", mode="replace")
        assert "recover_running" in [one["code"] for one in refused.value.details["refusals"]]
        assert intents(lost) == [] and lost.count() == 510
        let_go.set()
        assert recovering.ended()["result"] is True
    wait_for_recovers(lost.node, 0)
    lost.fill(first=9001, count=10)
    assert lost.run("restore", mode="replace")["ok"] and lost.count() == 500


def test_a_recover_of_somebody_else_during_ours_is_made_good_by_another(lost):
    """Nothing can keep it away, and nothing shows it: what was proven before it ended is restored again whole."""
    before = lost.run("restore", mode="replace") and lost.contents()
    lost.fill(first=9001, count=10)
    with held_archives(lost.s3.port) as (proxy, let_go):
        options = {"mode": "replace", "delivery": "url", "endpoint_url": proxy.url}
        proxy.faults[0].match = r"^GET .*/archives/.*X-Amz-Signature"
        restoring = Held(lambda: lost.run("restore", **options))
        wait_for_recovers(lost.node, 1)
        other = Held(lambda: recover(lost, presigned(lost, proxy.url)))
        wait_for_recovers(lost.node, 2)
        let_go.set()
        report = restoring.ended()
        other.join(60)
    wait_for_recovers(lost.node, 0)
    if not (report["ok"] and lost.contents() == before):
        assert lost.run("restore", mode="replace")["ok"]
    assert lost.contents() == before and intents(lost) == []
