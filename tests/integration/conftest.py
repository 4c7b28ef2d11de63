# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the integration tests."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.tests.support.aws import find_moto, start_moto
from ansible_collections.vectorops.qdrant.tests.support.cluster_rig import cluster, cluster_rig, cluster_servers
from ansible_collections.vectorops.qdrant.tests.support.rig import folder, node_server, qdrant, rig, s3_server, setup

__all__ = [
    "aws",
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


@pytest.fixture(scope="module")
def aws():
    """The URL of a server that answers as AWS does about buckets and IAM."""
    program = find_moto()
    if program is None:
        pytest.skip("no moto_server: set MOTO_PYTHON")
    with start_moto(program) as url:
        yield url
