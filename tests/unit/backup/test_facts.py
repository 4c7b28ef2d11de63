# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What shards tell of a cluster that may not be asked for."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.facts import seen_cluster
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Cluster, ShardView
from ansible_collections.vectorops.qdrant.tests.unit.backup.make import SINGLE, view


@pytest.mark.parametrize(
    ("views", "cluster"),
    [
        pytest.param([], SINGLE, id="nothing is seen"),
        pytest.param([view()], SINGLE, id="all shards are here"),
        pytest.param([view(), view(remote={1: (22, "Active")})], Cluster(True, 11, {11: "", 22: ""}), id="one is not"),
        pytest.param([view({}, {0: (33, "Dead")})], Cluster(True, 11, {11: "", 33: ""}), id="none is"),
    ],
)
def test_seen_cluster(views: list[ShardView], cluster: Cluster) -> None:
    assert seen_cluster(views) == cluster
