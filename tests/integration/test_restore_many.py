# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores of many collections: what each costs, and what is wrong with some of them."""

from __future__ import annotations

import re

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils import _options
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import restore
from ansible_collections.vectorops.qdrant.tests.support.backup_runs import CLUSTER, NODE, Setup
from ansible_collections.vectorops.qdrant.tests.support.proxy import FaultProxy

pytestmark = pytest.mark.integration
ID = "20261122T180000Z"
NAMES = [f"c{number:02}" for number in range(24)]
WHOLE_NODE = re.compile(r"GET /(aliases|collections|cluster|telemetry|metrics)(\?\S*)?( |$)")
POLLED = re.compile(r"GET /(livez|collections/[^/]+(/cluster)?)$")


@pytest.fixture
def lost(qdrant, s3_server, tmp_path) -> Setup:
    """A node that lost many collections."""
    qdrant.wipe()
    setup = Setup.in_s3(qdrant, s3_server, tmp_path)
    setup.fill(*NAMES, count=20)
    assert setup.run(ID)["ok"]
    for name in NAMES:
        qdrant.call("DELETE", f"/collections/{name}")
    return setup


def bring_back(setup: Setup, **more):
    known = {
        "url": setup.server.url,
        "state_dir": setup.state_dir,
        "cluster": CLUSTER,
        "node": NODE,
        "snapshots_dir": setup.server.seen_snapshots_dir,
        **setup.repository,
        **more,
    }
    return restore.run({**_options.defaults(*restore.OPTIONS), **known}, False, lambda event: None)


def test_how_many_requests_a_collection_costs(lost, s3_server):
    node, store = FaultProxy(int(lost.server.url.rpartition(":")[2])), FaultProxy(s3_server.port)
    try:
        report = bring_back(lost, url=node.url, endpoint_url=store.url)
    finally:
        node.close()
        store.close()
    assert report["ok"] and all(one["proven"] for one in report["collections"])
    # Recover, its copies, probe 4, and whether the name is still free; the rest is asked until it is ready.
    asked = [line for line in node.requests if not POLLED.match(line)]
    assert len(asked) <= 7 * len(NAMES) + 10, asked
    whole = [line for line in node.requests if WHOLE_NODE.match(line)]
    assert len(whole) <= 10, whole
    heads = [line for line in store.requests if line.startswith("HEAD")]
    assert not heads, "one listing shows all archives"


def test_what_is_gone_or_has_another_size_is_seen_among_many(lost):
    entries = {entry.name: entry for entry in lost.manifests()[ID].collections}
    lost.store().delete([entries["c07"].archive.key])
    lost.store().put(entries["c15"].archive.key, b"another length")
    with pytest.raises(RefusedError) as caught:
        bring_back(lost)
    told = str(caught.value)
    assert "c07" in told and "is not in the store" in told and "c15" in told and "14 bytes" in told
    assert lost.server.call("GET", "/collections")["result"]["collections"] == []
