# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL of a drill that brings a cluster's backup to one scratch node: the next drill deletes what is left."""

from __future__ import annotations

import signal

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.tests.faults.test_drill_kills import OWN, killed_at
from ansible_collections.vectorops.qdrant.tests.support.cluster_rig import ID, NAME

pytestmark = [pytest.mark.faults, pytest.mark.cluster]


class OfOneHost:
    """What ``killed_at`` wants of a rig."""

    def __init__(self, rig):
        self.rig = rig

    def params(self, verb, **changes):
        return self.rig.params(0, verb, **changes)


@pytest.mark.parametrize("action", [*OWN, "create", "recover", "prove", "record proof", "record drill"])
def test_killed_before_any_step_nothing_is_left_by_the_next_drill(cluster_rig, qdrant, action):
    rig = cluster_rig
    rig.fill(replication_factor=2)
    rig.back_up(cluster_capture="shard")
    options = {"target": "scratch", "scratch_url": qdrant.url, "scratch_api_key": qdrant.api_key}
    process = killed_at(OfOneHost(rig), action, **options)
    assert process.returncode == -signal.SIGKILL, process.stderr
    assert not list((rig.repository / "search" / "drills").rglob("*.json"))
    report = rig.run(0, "drill", **options)
    assert report["ok"], report["failed"]
    assert qdrant.call("GET", "/collections")["result"]["collections"] == []
    assert not list((rig.folder / "state-0" / "drills").rglob("*.json"))
    assert Host(str(rig.folder / "state-0"), qdrant.url).intents() == [] and rig.cluster.names(0) == [NAME]
    assert report["drill"]["backups"][0]["backup_id"] == ID
