# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node that keeps its own snapshots in S3 (snapshots_storage: s3): they are not in its folder."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time

import pytest
from ansible_collections.vectorops.qdrant.tests.support.qdrant import quick_folder, start_qdrant

SETTINGS = "QDRANT__STORAGE__SNAPSHOTS_CONFIG__"


def settings(s3, bucket):
    return {
        SETTINGS + "SNAPSHOTS_STORAGE": "s3",
        SETTINGS + "S3_CONFIG__BUCKET": bucket,
        SETTINGS + "S3_CONFIG__REGION": s3.region,
        SETTINGS + "S3_CONFIG__ACCESS_KEY": s3.access_key,
        SETTINGS + "S3_CONFIG__SECRET_KEY": s3.secret_key,
        SETTINGS + "S3_CONFIG__ENDPOINT_URL": s3.url,
    }


@pytest.fixture
def in_s3(rig, request):
    """The rig on such a node, with a bucket of its own or the repository's."""
    bucket = getattr(request, "param", "snapshots-of-nodes")
    if bucket not in [one["Name"] for one in rig.s3.client().list_buckets()["Buckets"]]:
        rig.s3.make_bucket(bucket)
    with quick_folder() as folder, start_qdrant(folder, settings=settings(rig.s3, bucket)) as node:
        yield dataclasses.replace(rig, node=node)


def findings(report, severity):
    return [one["what"] for one in report["findings"] if one["severity"] == severity]


def files(rig):
    found = []
    for here, folders, names in os.walk(rig.node.snapshots_dir):
        folders[:] = [name for name in folders if name != "tmp"]
        found += [os.path.join(here, name) for name in names]
    return found


def test_the_round_trip_says_it_once_and_leaves_nothing(in_s3):
    in_s3.fill()
    in_s3.fill("notes")
    before = in_s3.contents()
    report = in_s3.run("back_up", snapshots_dir=in_s3.node.snapshots_dir)
    told = [text for text in report["warnings"] if "keeps its snapshots in S3" in text]
    assert len(told) == 1 and "snapshots-of-nodes" in told[0]
    assert not any("cannot be read" in text or "no checksum" in text for text in map(str, [report["warnings"], report]))
    in_s3.drop()
    in_s3.drop("notes")
    for delivery in ("file", "upload", "auto"):
        report = in_s3.run("restore", delivery=delivery, snapshots_dir=in_s3.node.snapshots_dir)
        assert report["ok"] and all(one["proven"] for one in report["collections"])
        assert in_s3.contents() == before
        assert files(in_s3) == [], delivery
        in_s3.drop()
        in_s3.drop("notes")


def test_an_upload_that_cannot_be_removed_is_told(in_s3):
    in_s3.fill()
    in_s3.run("back_up")
    in_s3.drop()
    (done,) = in_s3.run("restore", delivery="upload")["collections"]
    (left,) = files(in_s3)
    (told,) = [text for text in done["warnings"] if "stays on the node" in text]
    assert os.path.basename(left) in told


def test_a_snapshot_of_its_own_is_restored_through_the_api(in_s3):
    in_s3.fill()
    made = in_s3.run("snapshot", collection="articles")["snapshot"]["name"]
    before = in_s3.contents()
    changes = {"snapshot": made, "collections": ["articles"], "snapshots_dir": in_s3.node.snapshots_dir}
    report = in_s3.run("restore", name="copy", **changes)
    assert report["ok"] and in_s3.contents("copy") == before
    in_s3.node.call("POST", "/collections/articles/points/delete?wait=true", {"points": [1, 2, 3]})
    report = in_s3.run("restore", mode="replace", **changes)
    assert report["ok"] and in_s3.contents() == before
    in_s3.drop()
    with pytest.raises(Exception, match=r"keeps in S3 .*snapshots-of-nodes.* presign"):
        in_s3.run("restore", **changes)


def of_another_server(rig, name):
    """A snapshot of a node that keeps its own in the same bucket, under the same path."""
    parts = name.split("-")
    other = "-".join([parts[0], "1234567890123456", *parts[2:]])
    if rig.node.is_double:
        folder = os.path.join(rig.node.directory, "bucket", "articles")
        shutil.copy(os.path.join(folder, name), os.path.join(folder, other))
        return other
    bucket = "snapshots-of-nodes"
    key = f"{rig.node.snapshots_dir.lstrip('/')}/articles/"
    rig.s3.client().copy_object(Bucket=bucket, CopySource={"Bucket": bucket, "Key": key + name}, Key=key + other)
    return other


def test_snapshots_of_another_server_are_left_alone(in_s3):
    in_s3.fill()
    made = in_s3.run("snapshot", collection="articles")["snapshot"]["name"]
    other = of_another_server(in_s3, made)
    report = in_s3.run("back_up", keep_local=1)
    assert not any(other in text for text in report["warnings"]), report["warnings"]
    (told,) = [text for text in report["warnings"] if "by hand" in text]
    assert made in told
    time.sleep(1.1 - time.time() % 1)
    report = in_s3.run("snapshot", collection="articles", keep=1)
    assert made in report["deleted"] and other not in report["deleted"]
    listed = in_s3.node.call("GET", "/collections/articles/snapshots")["result"]
    assert other in [one["name"] for one in listed]


def test_full_snapshots_are_not_rotated_where_they_may_be_of_another_node(in_s3):
    in_s3.fill()
    in_s3.run("snapshot", collection="articles")
    first = in_s3.run("snapshot", kind="full")
    second = in_s3.run("snapshot", kind="full", keep=1)
    assert second["deleted"] == [] and sorted(second["snapshots"]) == sorted(
        [first["snapshot"]["name"], second["snapshot"]["name"]]
    )
    assert any("keep" in text and "S3" in text for text in second["warnings"])


def test_doctor_sees_no_fault(in_s3):
    in_s3.fill()
    in_s3.run("snapshot", collection="articles")
    report = in_s3.run("doctor", snapshots_dir=in_s3.node.snapshots_dir)
    assert not any("folder" in text and "missing" in text for text in findings(report, "error"))
    (told,) = [text for text in findings(report, "ok") if "keeps its snapshots in S3" in text]
    assert "snapshots-of-nodes" in told


@pytest.mark.parametrize("in_s3", ["qdrant-backups"], indirect=True)
def test_doctor_warns_of_a_bucket_that_keys_for_one_collection_open(in_s3):
    report = in_s3.run("doctor")
    told = [text for text in findings(report, "warning") if "can read every object of it" in text]
    version = tuple(int(part) for part in in_s3.node.version.split(".")[:2])
    assert len(told) == (1 if version < (1, 19) else 0)
