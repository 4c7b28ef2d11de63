# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated policies at work: on a server that enforces them, each allowed thing is done and each forbidden one
is refused, by trying."""

from __future__ import annotations

import json
import time
import uuid

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.options import RepositoryOptions, open_store
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.policies import bucket_policy, role_policy
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.wholeness import other_nodes
from ansible_collections.vectorops.qdrant.tests.support.rig import Rig
from ansible_collections.vectorops.qdrant.tests.support.s3 import in_words_of_seaweedfs, start_s3

pytestmark = pytest.mark.integration
OWN_ID, OTHER_ID = "20261122T100000Z", "20261122T110000Z"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with start_s3(tmp_path_factory.mktemp("iam"), iam=True) as running:
        yield running


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory):
    with start_s3(tmp_path_factory.mktemp("iam-tls"), iam=True, tls=True) as running:
        yield running


@pytest.fixture
def owner(qdrant, server, tmp_path):
    """A rig with every right, and a backup of each of two nodes."""
    rig = Rig(qdrant, server, tmp_path, f"deep/{uuid.uuid4()}")
    rig.fill("articles", 60)
    rig.run("back_up", backup_id=OWN_ID)
    rig.run("back_up", backup_id=OWN_ID, node="node-b")
    return rig


def keys_of(rig, role, node="node-a"):
    """Options with the keys of a user who may do what the role's policy says and nothing else."""
    policy = role_policy(role, bucket=rig.s3.bucket, prefix=rig.prefix, cluster="search", node=node)
    user = rig.s3.make_user(f"{role}{time.time_ns()}", in_words_of_seaweedfs(policy))
    return dict(zip(("access_key", "secret_key"), user))


def store_of(rig, **keys):
    given = {"bucket": rig.s3.bucket, "prefix": rig.prefix, "endpoint_url": rig.s3.url, "timeout": 20.0, **keys}
    return open_store(RepositoryOptions(**given))


def refused(work):
    with pytest.raises(StoreError) as caught:
        work()
    assert caught.value.kind == "forbidden", caught.value


def archive(rig, node="node-a", backup_id=OWN_ID):
    return next(key for key in rig.keys(f"archives/{node}/{backup_id}") if key.endswith(".snapshot"))


def test_a_writer_backs_up_verifies_and_tells_and_no_more(owner):
    keys = keys_of(owner, "writer")
    owner.fill("articles", 40, first=100)
    assert owner.run("back_up", backup_id=OTHER_ID, **keys)["ok"]
    assert not owner.run("back_up", backup_id=OTHER_ID, **keys)["changed"]
    assert owner.run("verify", node="node-a", **keys)["ok"]
    status = owner.run("status", expected_nodes=["node-a", "node-b"], **keys)
    assert status["last_good"]["backup_id"] == OTHER_ID and status["missing_nodes"] == []
    store = store_of(owner, **keys)
    own, other = archive(owner), archive(owner, "node-b")
    for key in (
        own,
        f"search/manifests/node-a/{OWN_ID}.json",
        "search/locks/node-a.json",
        "search/doctor/node-a/probe",
    ):
        refused(lambda key=key: store.delete([key]))
    for key in (other.replace("node-b", "node-c"), "search/locks/node-b.json", "search/pins/x.json", "other/x"):
        refused(lambda key=key: store.put(key, b"x"))
    refused(lambda: store.get(other))
    refused(lambda: store.get(f"search/manifests/node-b/{OWN_ID}.json"))
    refused(lambda: list(store.list("search/archives/node-b/")))
    refused(lambda: list(store.list("")))
    assert owner.keys(f"archives/node-a/{OWN_ID}"), "nothing was deleted"


def test_a_restorer_restores_and_cannot_destroy(owner):
    keys = keys_of(owner, "restorer")
    before = owner.contents()
    owner.drop()
    assert owner.run("restore", collections=["articles"], **keys)["ok"]
    assert owner.contents() == before
    assert owner.run("verify", node="node-a", **keys)["ok"]
    store, own = store_of(owner, **keys), archive(owner)
    refused(lambda: store.delete([own]))
    refused(lambda: store.put(own, b"x"))
    refused(lambda: store.put(f"search/manifests/node-a/{OTHER_ID}.json", b"{}"))
    refused(lambda: store.get(archive(owner, "node-b")))


@pytest.mark.parametrize("role, seen", [("restorer", True), ("drill", True), ("writer", False)])
def test_what_a_node_may_see_of_the_others_parts_of_a_backup(owner, role, seen):
    """A writer brings its own node back as well: what it may not see is told, and is no failure."""
    catalogue = Catalogue(store_of(owner, **keys_of(owner, role)), "search")
    others = other_nodes(catalogue, catalogue.manifest(catalogue.choose(OWN_ID, node="node-a")))
    assert [manifest.node.name for manifest in others.manifests] == (["node-b"] if seen else [])
    assert [key for key, dummy in others.stored] == ([archive(owner, "node-b")] if seen else [])
    assert list(others.unread) == ([] if seen else ["node-b"])


def test_a_drill_reads_every_node_where_none_is_named_and_reports(owner):
    keys = keys_of(owner, "drill", node=None)
    store = store_of(owner, **keys)
    for node in ("node-a", "node-b"):
        assert store.get(archive(owner, node)).data
    store.put("search/drills/node-a/20261122T190000Z-passed.json", b"{}", if_absent=True)
    assert owner.run("verify", node="", **keys)["ok"]
    refused(lambda: store.delete([archive(owner)]))
    refused(lambda: store.put(archive(owner), b"x"))


def test_a_pruner_deletes_and_writes_no_backups(owner):
    keys = keys_of(owner, "pruner")
    store, own = store_of(owner, **keys), archive(owner)
    refused(lambda: store.put(own, b"x"))
    refused(lambda: store.put(f"search/manifests/node-a/{OTHER_ID}.json", b"{}"))
    refused(lambda: store.delete([archive(owner, "node-b")]))
    refused(lambda: store.delete(["search/locks/node-a.json"]))
    store.put("search/pins/20261122T100000Z.json", b"{}", if_absent=True)
    store.delete([f"search/manifests/node-a/{OWN_ID}.json", own])
    assert store.abort_uploads("search/archives/node-a/", 0) == 0
    assert not owner.keys(f"archives/node-a/{OWN_ID}")


def test_a_pruner_prunes_its_node_and_a_writer_cannot(owner):
    owner.run("back_up", backup_id=OTHER_ID)
    with pytest.raises(StoreError) as caught:
        owner.run("pin", backup_id=OWN_ID, **keys_of(owner, "writer"))
    assert caught.value.kind == "forbidden"
    before = owner.keys()
    with pytest.raises(EngineError, match="Nothing is deleted while a manifest cannot be read"):
        owner.run("prune", keep_last=1, **keys_of(owner, "writer"))
    assert owner.keys() == before
    keys = keys_of(owner, "pruner")
    owner.run("pin", backup_id=OWN_ID, **keys)
    assert not owner.run("prune", keep_last=1, **keys)["changed"]
    owner.run("unpin", backup_id=OWN_ID, **keys)
    report = owner.run("prune", keep_last=1, **keys)
    assert report["ok"] and [one["backup_id"] for one in report["removed"]] == [OWN_ID]
    assert not owner.keys(f"node-a/{OWN_ID}") and owner.keys(f"node-b/{OWN_ID}")


def test_doctor_tells_what_a_writer_may_not_do(owner):
    report = owner.run("doctor", forbidden=True, **keys_of(owner, "writer"))
    told = {item["what"]: item["severity"] for item in report["findings"] if item["area"] == "repository"}
    for what in ("delete an archive", "delete a manifest", "write archives of another node"):
        assert told[f"Denied, as it must be: to {what}."] == "ok"
    # This store knows no condition that could forbid it, so it must be told.
    wrong = [what for what, severity in told.items() if severity == "error"]
    assert len(wrong) == 2 and all("can overwrite" in what for what in wrong)
    assert owner.keys("doctor/") == [f"search/doctor/node-a/{name}" for name in ("copy", "multipart", "probe")]
    assert any("hree small objects stay" in what for what in told)
    assert not owner.keys("never-there")


def test_doctor_warns_of_an_owner_who_may_do_everything(owner):
    report = owner.run("doctor", forbidden=True)
    wrong = [item["what"] for item in report["findings"] if item["severity"] == "error"]
    assert len(wrong) == 5 and all("could destroy its backups" in what for what in wrong)
    assert not owner.keys("doctor")


def test_the_bucket_refuses_what_is_not_encrypted(tls_server):
    """And backups go on working over TLS under the whole policy."""
    policy = json.dumps(bucket_policy(bucket=tls_server.bucket, prefix="deep"))
    user = tls_server.make_user(
        f"w{time.time_ns()}",
        in_words_of_seaweedfs(role_policy("writer", bucket=tls_server.bucket, cluster="search", node="node-a")),
    )
    options = {
        "bucket": tls_server.bucket,
        "timeout": 20.0,
        "access_key": user[0],
        "secret_key": user[1],
        "aws_ca_bundle": tls_server.ca_file,
    }
    plain_url = f"http://127.0.0.1:{tls_server.plain_port}"
    key = "search/archives/node-a/20261122T100000Z/articles/x.snapshot"
    plain = open_store(RepositoryOptions(endpoint_url=plain_url, **options))
    plain.put(key + ".before", b"x", if_absent=True)
    tls_server.client().put_bucket_policy(Bucket=tls_server.bucket, Policy=policy)
    try:
        refused(lambda: plain.put(key, b"x", if_absent=True))
        refused(lambda: plain.get(key + ".before"))
        encrypted = open_store(RepositoryOptions(endpoint_url=tls_server.url, **options))
        encrypted.put(key, b"x", if_absent=True)
        assert encrypted.get(key).data == b"x"
    finally:
        tls_server.client().delete_bucket_policy(Bucket=tls_server.bucket)
