# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the fault tests."""

from __future__ import annotations

from ansible_collections.vectorops.qdrant.tests.support.cluster_rig import cluster, cluster_rig, cluster_servers
from ansible_collections.vectorops.qdrant.tests.support.rig import folder, node_server, qdrant, rig, s3_server, setup

__all__ = [
    "cluster",
    "cluster_rig",
    "cluster_servers",
    "folder",
    "node_server",
    "qdrant",
    "rig",
    "s3_server",
    "setup",
]
