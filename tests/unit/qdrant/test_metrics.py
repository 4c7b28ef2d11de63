# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gauges out of the Prometheus text format."""

from __future__ import annotations

from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant import metrics

TEXT = """\
# HELP snapshot_creation_running amount of snapshot creations currently running
# TYPE snapshot_creation_running gauge
snapshot_creation_running{id="articles"} 1
snapshot_creation_running{id="a \\"b\\" \\\\ }c"} 2
# TYPE snapshot_recovery_running gauge
snapshot_recovery_running{id="articles"} 0
snapshot_created_total{id="articles"} 12
app_info{name="qdrant",version="1.18.3"} 1
"""


def test_gauges_are_read_by_collection() -> None:
    assert metrics.gauge_by_id(TEXT, metrics.CREATION) == {"articles": 1, 'a "b" \\ }c': 2}
    assert metrics.gauge_by_id(TEXT, metrics.RECOVERY) == {"articles": 0}


def test_a_prefix_does_not_hide_them() -> None:
    text = TEXT.replace("snapshot_", "my_qdrant_snapshot_")
    assert metrics.gauge_by_id(text, metrics.CREATION) == {"articles": 1, 'a "b" \\ }c': 2}


def test_an_announced_family_without_samples_is_not_an_absent_one() -> None:
    assert metrics.gauge_by_id("# TYPE snapshot_recovery_running gauge\n", metrics.RECOVERY) == {}
    assert metrics.gauge_by_id("# TYPE my_snapshot_recovery_running gauge\n", metrics.RECOVERY) == {}
    assert metrics.gauge_by_id("collections_total 3\n", metrics.RECOVERY) is None
    assert metrics.gauge_by_id("<html>no metrics</html>", metrics.RECOVERY) is None


def test_floats_timestamps_and_more_labels() -> None:
    text = 'snapshot_recovery_running{peer="1", id="x",} 1.0 1700000000000\n'
    assert metrics.gauge_by_id(text, metrics.RECOVERY) == {"x": 1}
