# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lifecycle rule moved manifests and proofs of old backups to an archive class: reports go on with the others."""

from __future__ import annotations

import json
import os
import shlex

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.tests.support.aws import client_of

KEYS = ("made-up-access-key", "made-up-secret-key-of-old-documents")
OLD, NEW = "20261122T190000Z", "20261123T190000Z"
MANIFEST = f"p/search/manifests/node-a/{OLD}.json"


@pytest.fixture
def client(aws):
    return client_of(aws, *KEYS)


@pytest.fixture
def store(aws, client):
    bucket = "b" + os.urandom(6).hex()
    client.create_bucket(Bucket=bucket)
    return {"bucket": bucket, "endpoint_url": aws, "access_key": KEYS[0], "secret_key": KEYS[1], "prefix": "p"}


def freeze(client, bucket, below, kind="GLACIER"):
    """What a rule of the lifecycle does to the objects below a prefix."""
    frozen = []
    for entry in client.list_objects_v2(Bucket=bucket, Prefix=below).get("Contents", []):
        source = {"Bucket": bucket, "Key": entry["Key"]}
        client.copy_object(Bucket=bucket, Key=entry["Key"], CopySource=source, StorageClass=kind)
        frozen.append(entry["Key"])
    assert frozen
    return frozen


def test_reports_and_runs_go_on_without_manifests_and_proofs_in_an_archive_class(rig, client, store):
    rig.fill()
    before = rig.contents()
    rig.run("back_up", **store, backup_id=OLD)
    rig.run("verify", **store, backup_id=OLD)
    rig.run("back_up", **store, backup_id=NEW)
    assert freeze(client, store["bucket"], f"p/search/manifests/node-a/{OLD}") == [MANIFEST]
    freeze(client, store["bucket"], f"p/search/proofs/node-a/{OLD}/")
    for more in ({}, {"completeness": True}):
        report = rig.run("list_backups", **store, **more)
        assert [one["backup_id"] for one in report["backups"]] == [NEW]
        assert [one["backup_id"] for one in report["unreadable"]] == [OLD]
        assert "storage class GLACIER" in report["unreadable"][0]["message"]
    report = rig.run("verify", **store, all_backups=True)
    assert [one["backup_id"] for one in report["backups"]] == [NEW] and not report["ok"]
    assert rig.run("status", **store, max_age="520w")["healthy"]
    with pytest.raises(RefusedError, match="restore-object"):
        rig.run("prune", **store, check=True, keep_last=1)
    third = rig.run("back_up", **store, backup_id="20261124T190000Z")
    assert third["ok"]
    rig.drop()
    assert rig.run("restore", **store, backup_id=NEW)["ok"] and rig.contents() == before


def test_a_backup_whose_manifest_is_frozen_names_the_command_that_makes_it_readable(rig, client, store):
    rig.fill()
    before = rig.contents()
    rig.run("back_up", **store, backup_id=OLD)
    freeze(client, store["bucket"], MANIFEST, "DEEP_ARCHIVE")
    rig.drop()
    with pytest.raises(StoreError, match=r"storage class DEEP_ARCHIVE.*12 hours") as refused:
        rig.run("restore", **store)
    assert refused.value.kind == "frozen"
    words = shlex.split(refused.value.next.partition(": ")[2])
    assert words[:3] == ["aws", "s3api", "restore-object"] and KEYS[1] not in refused.value.next
    given = dict(zip(words[3::2], words[4::2]))
    assert given["--key"] == MANIFEST and given["--bucket"] == store["bucket"]
    client.restore_object(
        Bucket=store["bucket"], Key=given["--key"], RestoreRequest=json.loads(given["--restore-request"])
    )
    assert rig.run("restore", **store)["ok"] and rig.contents() == before


def test_the_newest_backup_is_told_to_be_frozen_and_an_older_one_is_offered(rig, client, store):
    rig.fill()
    rig.run("back_up", **store, backup_id=OLD)
    rig.run("back_up", **store, backup_id=NEW)
    freeze(client, store["bucket"], f"p/search/manifests/node-a/{NEW}")
    report = rig.run("status", **store, max_age="520w")
    (problem,) = report["problems"]
    assert problem["code"] == "unreadable_manifest" and OLD in problem["next"] and "GLACIER" in problem["message"]
    assert "restore-object" in problem["next"]
