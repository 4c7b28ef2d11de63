# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token that may read and write one collection, and nothing of the node: Qdrant lets it take snapshots, so do we."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.operation import back_up
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.options import BackupOptions
from ansible_collections.vectorops.qdrant.plugins.module_utils._doctor.judge_node import judge_node
from ansible_collections.vectorops.qdrant.plugins.module_utils._doctor.node import node_facts
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.diff import diff
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.options import PointsOptions
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.by_engine import EngineOptions
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import Node, NodeOptions
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._snapshot.operation import manage
from ansible_collections.vectorops.qdrant.plugins.module_utils._snapshot.values import SnapshotOptions
from ansible_collections.vectorops.qdrant.tests.support.backup_runs import CLUSTER, NODE, Setup
from ansible_collections.vectorops.qdrant.tests.support.qdrant import start_qdrant

pytestmark = pytest.mark.integration
KEY, BACKUP_ID = "made-up-key-0123456789abcdef0123456789abcdef", "20261122T180000Z"
GLOBAL = ("^/cluster$", "^/metrics$", "^/snapshots$", "/snapshot/partial/manifest$")  # what such a token may not ask


def token(collection):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = {"access": [{"collection": collection, "access": "rw"}]}
    signed = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}"
    mark = base64.urlsafe_b64encode(hmac.digest(KEY.encode(), signed.encode(), hashlib.sha256)).rstrip(b"=").decode()
    return f"{signed}.{mark}"


@pytest.fixture(params=["rules", "real"])
def scoped(request, tmp_path, monkeypatch):
    """A node with two collections, and a client that may use one of them."""
    real = request.param == "real"
    if real and not os.environ.get("QDRANT_BIN"):
        pytest.skip("the double knows no tokens of one collection: set QDRANT_BIN")
    monkeypatch.setenv("QDRANT__SERVICE__JWT_RBAC", "true")
    with start_qdrant(str(tmp_path / "node"), api_key=KEY if real else None, force_double=not real) as server:
        setup = Setup(server, {"path": str(tmp_path / "repository")}, str(tmp_path / "state"))
        setup.fill("articles", "secret")
        if not real:
            server.faults([{"path_regex": path, "status": 403} for path in GLOBAL])
        yield setup, Node(NodeOptions(url=server.url, api_key=token("articles") if real else None))


def backed_up(setup, node):
    """Back up the collection that the token is for; the report."""
    options = BackupOptions(
        BACKUP_ID, cluster=CLUSTER, node_name=NODE, collections=("articles",), state_dir=setup.state_dir,
        snapshots_dir=setup.server.snapshots_dir, min_free=0,
    )  # fmt: skip
    report = back_up(options, node, setup.store)
    assert report["ok"], report["failed"]
    return report


def test_a_backup_of_its_collection(scoped):
    setup, node = scoped
    report = backed_up(setup, node)
    assert any("metrics cannot be read" in text for text in report["warnings"])
    entry = setup.manifests()[BACKUP_ID].collection("articles")
    assert entry.shards.captured == (0,)
    assert entry.points.after == 100
    assert setup.intact() == {BACKUP_ID: ["articles"]}


def test_a_snapshot_of_its_collection(scoped):
    setup, node = scoped
    options = SnapshotOptions(collection="articles", keep=1, state_dir=setup.state_dir)
    first = manage(options, node)["snapshot"]["name"]
    second = manage(options, node)["snapshot"]["name"]
    assert first != second
    assert setup.snapshots("articles") == [second]


def test_doctor_tells_what_the_token_may_do(scoped):
    setup, node = scoped
    if setup.server.is_double:
        setup.server.faults(
            [{"path_regex": path, "status": 403} for path in (*GLOBAL, "^/snapshots/", "^/collections/secret/")]
        )
    facts = node_facts(node)
    assert (facts.rights, facts.writable) == ("collections", ("articles",))
    said = [finding.what for finding in judge_node(facts) if finding.severity == "error"]
    assert len(said) == 1 and "It can create snapshots of articles," in said[0]


def test_its_collection_is_compared_with_a_backup(scoped):
    setup, node = scoped
    backed_up(setup, node)
    asked = PointsOptions(cluster=CLUSTER, node_name=NODE, state_dir=setup.state_dir, collection="articles", min_free=0)
    assert diff(asked, EngineOptions(), node, Catalogue(setup.store(), CLUSTER))["identical"]
